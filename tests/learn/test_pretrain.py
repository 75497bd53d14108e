"""Masked autoencoding, and what comes out of it."""

import numpy as np
import pytest
import torch
from tests.learn.vits import SMALL
from torch.utils._python_dispatch import TorchDispatchMode

from fedorbit.base.errors import RunError
from fedorbit.learn.networks.vit import build_module
from fedorbit.learn.pretrain.masked import (
    Decoder,
    masked_loss,
    patches,
    pretrain,
    step_size,
)
from fedorbit.learn.pretrain.settings import (
    Foundation,
    load_foundation,
    parse_foundation,
)

HOW = {
    "steps": 60,
    "batch_size": 16,
    "masked": 0.75,
    "learning_rate": 1e-2,
    "weight_decay": 0.05,
    "decoder_dim": 16,
    "decoder_depth": 1,
    "seed": 0,
}
VALUES = {
    "origin": "made for a test",
    "dataset": "landcover",
    "model": SMALL,
    "pretraining": HOW,
}


def settings(**changes) -> Foundation:
    """Return settings of which some of the pretraining are changed."""
    return Foundation(**VALUES | {"pretraining": HOW | changes})


def waves(n: int) -> np.ndarray:
    """Return images (n, 2, 16, 16) of waves, which one patch tells of the others."""
    rng = np.random.default_rng(0)
    phase, angle = rng.uniform(0, 2 * np.pi, (2, n, 1, 1))
    down, right = np.mgrid[:16, :16]
    wave = np.sin(np.cos(angle) * right + np.sin(angle) * down + phase)
    return np.stack([wave, -wave], 1).astype(np.float32)


def module_and_decoder(shape=(2, 16, 16), **changes):
    torch.manual_seed(0)
    model = settings().model.model_copy(update=changes)
    module = build_module(model, shape, classes=1)
    return module, Decoder(module.embedding, settings().pretraining)


def test_masked_patches_are_told_from_the_others():
    rng, losses = np.random.default_rng(0), []
    kinds = rng.normal(size=(2, 2, 4, 4)).astype(np.float32)
    # Each image repeats one of two patches, so that a patch that is seen tells all.
    images = np.tile(kinds[rng.integers(2, size=200)], (1, 1, 4, 4))
    params = pretrain(images, settings(), lambda step, loss: losses.append(loss))
    assert len(losses) == HOW["steps"]
    # A standardised patch has the mean square 1, which is the loss of telling nothing,
    # and to tell the mean of both kinds leaves half of it.
    assert losses[0] > 1.0 and np.mean(losses[-10:]) < 0.3
    assert {name.split(".")[0] for name in params} == {"embedding", "backbone"}


def test_a_seed_makes_the_same_model_and_leaves_other_random_numbers_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first = pretrain(waves(40), settings(steps=3))
    assert torch.equal(torch.rand(3), expected)
    again = pretrain(waves(40), settings(steps=3))
    other = pretrain(waves(40), settings(steps=3, seed=1))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["embedding.pos_embed"], other["embedding.pos_embed"])


class Watched(TorchDispatchMode):
    """Keeps the names of all operations."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.seen.add(func.__name__.partition(".")[0])
        return func(*args, **(kwargs or {}))


def test_no_square_root_of_tensors_rounds_by_the_processor():
    # MKL's has other last digits with AVX-512 than without, whatever MKL_CBWR says.
    with Watched() as operations:
        pretrain(waves(40), settings(steps=2))
    assert {"rsqrt", "_fused_adamw_"} <= operations.seen
    assert not {name for name in operations.seen if "sqrt" in name} - {"rsqrt"}


@pytest.mark.parametrize("steps", [0, 3])
def test_features_come_out_standardised(steps):
    tiles = waves(300) * 5 + 2
    params = pretrain(tiles, settings(steps=steps))
    module, _ = module_and_decoder()
    module.load_state_dict(params, strict=False)
    with torch.no_grad():
        features = module.backbone(module.embedding(torch.from_numpy(tiles)))
    torch.testing.assert_close(features.mean(0), torch.zeros(8), rtol=0, atol=1e-4)
    torch.testing.assert_close(features.std(0), torch.ones(8), rtol=1e-3, atol=0)


def test_the_loss_does_not_see_what_the_backbone_sees():
    """A decoder that tells zeros has the mean square of masked pixels as its loss."""
    module, decoder = module_and_decoder()
    for parameter in decoder.leave.parameters():
        torch.nn.init.zeros_(parameter)
    x = torch.randn(8, 2, 16, 16, generator=torch.Generator().manual_seed(0))
    generator = torch.Generator().manual_seed(1)
    order = torch.rand(8, 16, generator=generator).argsort(1)
    # 16 tokens, a quarter of which are seen: the first four places of the order.
    pixels = patches(x, module.embedding)
    masked = [pixels[n, place] for n in range(8) for place in order[n, 4:]]
    loss = masked_loss(module, decoder, x, 0.75, torch.Generator().manual_seed(1))
    assert loss.item() == pytest.approx(
        torch.stack(masked).square().mean().item(), rel=1e-6
    )


def test_hidden_pixels_change_no_token_that_is_seen():
    module, decoder = module_and_decoder()
    torch.nn.init.normal_(decoder.leave.weight)
    x = torch.randn(1, 2, 16, 16)
    order = torch.arange(16).view(1, 16)
    tokens = module.embedding(x)[:, :4]
    told = decoder(module.backbone.tokens(tokens), order)
    assert told.shape == (1, 12, 2 * 4 * 4)
    x[:, :, 4:] = 0.0  # the second to fourth row of patches, which are masked
    again = module.embedding(x)[:, :4]
    assert torch.equal(decoder(module.backbone.tokens(again), order), told)


@pytest.mark.parametrize("bands", [None, 1])
def test_patches_are_in_the_order_of_tokens(bands):
    module, _ = module_and_decoder(bands_per_token=bands)
    x = torch.randn(3, 2, 16, 16)
    pixels = patches(x, module.embedding)
    step = bands or 2
    place = 0
    for band in range(0, 2, step):
        for down in range(0, 16, 4):
            for right in range(0, 16, 4):
                cut = x[:, band : band + step, down : down + 4, right : right + 4]
                cut = cut.flatten(1)
                mean, deviation = cut.mean(1, keepdim=True), cut.std(1, keepdim=True)
                expected = (cut - mean) / deviation
                torch.testing.assert_close(
                    pixels[:, place], expected, atol=1e-4, rtol=0
                )
                # The convolution of the embedding sees them in the same order.
                kernel = module.embedding.patch_embed.proj
                token = cut @ kernel.weight.flatten(1).T + kernel.bias
                token = token + module.embedding.pos_embed[0, place]
                torch.testing.assert_close(
                    module.embedding(x)[:, place], token, atol=1e-5, rtol=0
                )
                place += 1
    assert place == pixels.shape[1]


def test_steps_rise_and_then_fall_to_zero():
    how = settings(steps=100, learning_rate=1.0).pretraining
    sizes = [step_size(step, how) for step in range(101)]
    assert sizes[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert sizes[5] == 1.0 and sizes[100] == pytest.approx(0.0)
    # Half a cosine over the 95 steps that are left: cos(pi 19 / 95) = 0.809017.
    assert sizes[24] == pytest.approx((1 + 0.809017) / 2)
    assert sizes[5:] == sorted(sizes[5:], reverse=True)


def test_a_loss_that_is_no_number_ends_the_run():
    tiles = waves(20)
    tiles[:] = np.nan
    with pytest.raises(RunError, match="not finite at step 1; lower pretraining"):
        pretrain(tiles, settings())


@pytest.mark.parametrize(
    "changes", [{"pooling": "class"}, {"adapter_rank": 2}, {"checkpoint": "x"}]
)
def test_what_is_not_made_here_is_refused(refused, changes):
    values = VALUES | {"model": SMALL | changes}
    sentence = refused(parse_foundation, values, "config/models/x.yaml")
    assert sentence.startswith("config/models/x.yaml: ")
    assert "set checkpoint and adapter_rank to null and pooling" in sentence


def test_the_shipped_models_differ_in_their_steps_alone(project):
    folder = project / "config" / "models"
    made, random = (
        load_foundation(folder, n) for n in ("landcover", "landcover_random")
    )
    assert made.pretraining.steps > 0 == random.pretraining.steps
    same = made.pretraining.model_copy(update={"steps": 0})
    assert same == random.pretraining and made.model == random.model
    assert made.dataset == random.dataset
