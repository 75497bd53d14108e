"""Vision transformers, held against timm's own, and files of pretrained ones."""

import json

import pytest
import torch
from pydantic import ValidationError
from safetensors import safe_open
from safetensors.torch import save_file
from tests.learn.vits import network, vit

from fedorbit.base.errors import SettingsError
from fedorbit.base.torchvision import import_torchvision
from fedorbit.learn.networks.foundation import save_foundation

SHAPE, CLASSES = (2, 8, 8), 3


def of_timm(**changes):
    """Return timm's own vision transformer of the size of ``vits.SMALL``."""
    import_torchvision("models")
    from timm.models.vision_transformer import VisionTransformer

    torch.manual_seed(5)
    module = VisionTransformer(
        img_size=8,
        patch_size=4,
        in_chans=2,
        num_classes=CLASSES,
        embed_dim=8,
        depth=2,
        num_heads=2,
        mlp_ratio=2.0,
        **changes,
    )
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return module.eval()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("FEDORBIT_DATA", str(tmp_path))
    return tmp_path


def test_a_file_of_timm_gives_timms_own_features(folder):
    theirs = of_timm()
    save_file(theirs.state_dict(), folder / "timm.safetensors")
    ours = network(pooling="class", checkpoint="timm.safetensors")
    params = ours.init(0)
    x = torch.randn(4, *SHAPE, generator=torch.Generator().manual_seed(0))
    features = ours.call("backbone", params, ours.call("embedding", params, x))
    with torch.no_grad():
        expected = theirs.forward_head(theirs.forward_features(x), pre_logits=True)
        torch.testing.assert_close(features, expected, rtol=1e-5, atol=1e-6)
    # The head is drawn: that of the file is one of other classes.
    assert not torch.equal(params["head.weight"], theirs.head.weight)
    assert torch.equal(
        params["head.weight"], network(pooling="class").init(0)["head.weight"]
    )


def test_means_of_tokens_are_timms_average_pooling(folder):
    theirs = of_timm(class_token=False, global_pool="avg", fc_norm=False)
    save_file(theirs.state_dict(), folder / "mean.safetensors")
    ours = network(checkpoint="mean.safetensors")
    params = ours.init(0)
    x = torch.randn(4, *SHAPE, generator=torch.Generator().manual_seed(0))
    features = ours.call("backbone", params, ours.call("embedding", params, x))
    with torch.no_grad():
        expected = theirs.forward_head(theirs.forward_features(x), pre_logits=True)
        torch.testing.assert_close(features, expected, rtol=1e-5, atol=1e-6)


def test_a_token_sees_its_own_bands_alone():
    net = network(shape=(6, 8, 8), bands_per_token=2)
    params = net.init(0)
    x = torch.randn(1, 6, 8, 8, generator=torch.Generator().manual_seed(0))
    tokens = net.call("embedding", params, x)
    assert tokens.shape == (1, 3 * 4, 8)
    x[:, 2:4] += 1.0  # the second of three groups: tokens 4 to 7
    moved = (net.call("embedding", params, x) != tokens).any(2)[0]
    assert moved.tolist() == [False] * 4 + [True] * 4 + [False] * 4


def test_a_model_is_parameters_alone():
    net = network(adapter_rank=1, pooling="class")
    assert not list(net._module.named_buffers())
    scopes = net.scopes()
    assert set(scopes) == {"embedding", "backbone", "head", "adapter"}
    assert sorted(sum(scopes.values(), [])) == sorted(net.init(0))


def test_a_file_is_the_same_bytes_and_holds_no_head(folder):
    params = network().init(0)
    for name in ("one", "two"):
        made_by = {"b": 1, "a": [2, None]}
        save_foundation(params, made_by, folder / f"{name}.safetensors")
    first, second = (folder / f"{n}.safetensors" for n in ("one", "two"))
    assert first.read_bytes() == second.read_bytes()
    with safe_open(first, "pt") as file:
        assert json.loads(file.metadata()["made_by"]) == {"b": 1, "a": [2, None]}
        assert {name.split(".")[0] for name in file.keys()} == {"embedding", "backbone"}
    again = network(checkpoint="one.safetensors").init(7)
    for name, p in again.items():
        assert torch.equal(p, params[name])


def broken(folder) -> None:
    params = network().init(0)
    save_foundation(params, {}, folder / "good.safetensors")
    (folder / "cut.safetensors").write_bytes(
        (folder / "good.safetensors").read_bytes()[:-1]
    )
    torch.save(params, folder / "pickle.safetensors")
    lacking = {n: p for n, p in params.items() if "norm2" not in n}
    save_foundation(lacking, {}, folder / "lacking.safetensors")


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("none", {}, ["model.checkpoint is 'none.safetensors'", "put the file there"]),
        ("cut", {}, ["cut.safetensors: no safetensors file"]),
        ("pickle", {}, ["pickle.safetensors: no safetensors file"]),
        ("lacking", {}, ["no parameter backbone.blocks.0.norm2.weight"]),
        ("good", {"dim": 16}, ["has the shape", "needs", "sizes"]),
        ("good", {"depth": 3}, ["no parameter backbone.blocks.2."]),
    ],
)
def test_a_file_that_does_not_fit_is_named(refused, folder, name, changes, words):
    broken(folder)
    sentence = refused(network, checkpoint=f"{name}.safetensors", **changes)
    for word in words:
        assert word in sentence


@pytest.mark.parametrize(
    ("shape", "bands"),
    [((2, 9, 8), None), ((2, 8, 6), None), ((4, 8, 8), 3), ((64,), 1)],
)
def test_patches_and_bands_divide_the_samples(shape, bands):
    with pytest.raises(SettingsError, match="patch_px is 4 and model.bands_per_token"):
        network(shape=shape, bands_per_token=bands)


def test_heads_divide_the_numbers_of_a_token():
    with pytest.raises(ValidationError, match="dim 8 is no multiple of heads 3"):
        vit(heads=3)
