from dataclasses import asdict

import pytest

from fedorbit.learn.count import count
from fedorbit.learn.model import parse_model
from fedorbit.studies.cards import load_card

SPLIT = ["spectralgpt", "spectralgpt_lora", "vit_b", "vit_l", "vit_small"]
IN_PARTS = [*SPLIT, "mixture"]
CARDS = ["cnn", "resnet8", "resnet18", *IN_PARTS]


@pytest.mark.parametrize("name", CARDS)
def test_a_card_is_what_its_model_counts(project, name):
    card = load_card(project / "config" / "cards", name)
    counts = count(card.model, card.shape, card.classes)
    assert counts.parameters == card.parameters
    assert counts.training_flop_per_sample == card.training_flop_per_sample
    assert card.bits == 32 * counts.parameters
    parts = {part: asdict(costs) for part, costs in counts.parts.items()}
    assert {part: costs.model_dump() for part, costs in card.parts.items()} == parts
    assert bool(parts) == (name in IN_PARTS)


def test_all_cards_are_counted(project):
    known = [*CARDS, "vit_b_experts"]
    assert sorted(f.stem for f in (project / "config/cards").iterdir()) == sorted(known)


def test_a_transformer_with_experts_is_both(project):
    folder = project / "config/cards"
    vit, mixture = load_card(folder, "vit_b"), load_card(folder, "mixture")
    card = load_card(folder, "vit_b_experts")
    assert list(card.parts)[:2] == ["embedding", "backbone"]
    assert card.parts.items() >= {n: vit.parts[n] for n in list(card.parts)[:2]}.items()
    experts = list(mixture.parts)
    assert list(card.parts)[2:] == experts
    for name in experts:
        assert card.parts[name].parameters == mixture.parts[name].parameters
        # A sample passes two of eight experts.
        flop = mixture.parts[name].training_flop_per_sample / 4
        assert card.parts[name].training_flop_per_sample == flop
    assert card.parameters == sum(part.parameters for part in card.parts.values())
    two = 2 * mixture.parts["expert/0"].training_flop_per_sample
    assert card.training_flop_per_sample == two


def convolution(width: int, inputs: int, outputs: int, pixels: int) -> int:
    """Return the operations of a convolution: a multiplication and an addition for
    each weight and each pixel of the output."""
    return 2 * width**2 * inputs * outputs * pixels


def test_softmax_regression_by_hand():
    # Forward and the gradient of the weights; nobody asks for that of the pixels.
    counts = count(parse_model({"name": "softmax"}), [1, 28, 28], 10)
    assert counts.parameters == 784 * 10 + 10
    assert counts.training_flop_per_sample == 2 * (2 * 784 * 10)


def test_a_perceptron_by_hand():
    counts = count(parse_model({"name": "mlp", "hidden": 20}), [64], 10)
    assert counts.parameters == 64 * 20 + 20 + 20 * 10 + 10
    first, second = 2 * 64 * 20, 2 * 20 * 10
    assert counts.training_flop_per_sample == 2 * first + 3 * second


def test_the_small_network_by_hand():
    counts = count(parse_model({"name": "cnn"}), [1, 28, 28], 10)
    # Images of 28, 14 and 7 pixels; 7 * 7 * 32 = 1568.
    layers = [9 * 1 * 16 + 16, 9 * 16 * 32 + 32, 1568 * 32 + 32, 32 * 10 + 10]
    assert counts.parameters == sum(layers) == 55_338
    first = convolution(3, 1, 16, 14**2)
    others = convolution(3, 16, 32, 7**2) + 2 * 1568 * 32 + 2 * 32 * 10
    assert counts.training_flop_per_sample == 2 * first + 3 * others


def test_resnet8_by_hand():
    counts = count(parse_model({"name": "resnet8"}), [3, 32, 32], 10)
    convolutions = [
        (3, 3, 16, 32),
        (3, 16, 16, 32),
        (3, 16, 16, 32),
        (3, 16, 32, 16),
        (3, 32, 32, 16),
        (1, 16, 32, 16),
        (3, 32, 64, 8),
        (3, 64, 64, 8),
        (1, 32, 64, 8),
    ]
    weights = sum(w**2 * i * o for w, i, o, _ in convolutions)
    # A scale and a shift for each channel that is normalised.
    scales = 2 * sum(outputs for _, _, outputs, _ in convolutions)
    assert counts.parameters == weights + scales + 64 * 10 + 10 == 78_042
    forward = [convolution(w, i, o, pixels**2) for w, i, o, pixels in convolutions]
    total = 2 * forward[0] + 3 * (sum(forward[1:]) + 2 * 64 * 10)
    assert counts.training_flop_per_sample == total


def test_resnet18_by_hand():
    counts = count(parse_model({"name": "resnet18"}), [3, 32, 32], 10)
    widths, weights, forward = [64, 64, 128, 256, 512], 9 * 3 * 64, 0
    scales = 2 * 64
    for stage, (inputs, outputs) in enumerate(zip(widths, widths[1:], strict=False)):
        pixels = (32 >> stage) ** 2
        for first in (inputs, outputs):
            weights += 9 * first * outputs + 9 * outputs * outputs
            scales += 4 * outputs
            forward += convolution(3, first, outputs, pixels)
            forward += convolution(3, outputs, outputs, pixels)
        if inputs != outputs:
            weights += inputs * outputs
            scales += 2 * outputs
            forward += convolution(1, inputs, outputs, pixels)
    assert counts.parameters == weights + scales + 512 * 10 + 10
    stem = convolution(3, 3, 64, 32**2)
    total = 2 * stem + 3 * (forward + 2 * 512 * 10)
    assert counts.training_flop_per_sample == total


def attention(tokens: int, dim: int, hidden: int) -> tuple[int, int]:
    """Return the forward operations of a block's linear layers, and of its products."""
    linear = 2 * tokens * dim * (3 * dim + dim + 2 * hidden)
    return linear, 2 * 2 * tokens**2 * dim


def test_a_small_transformer_by_hand(project):
    card = load_card(project / "config/cards", "vit_small")
    parts = card.parts
    # 64 patches of 13 bands and 4 x 4 pixels, and a place for each.
    embedding = 13 * 16 * 64 + 64 + 64 * 64
    norm = 2 * 64
    block = 2 * norm + (64 * 192 + 192) + (64 * 64 + 64)
    block += (64 * 128 + 128) + (128 * 64 + 64)
    head = 64 * 10 + 10
    adapter = 4 * (4 * 64 + 192 * 4)
    own = {name: part.parameters for name, part in parts.items()}
    assert own == {
        "embedding": embedding,
        "backbone": 4 * block + norm,
        "adapter": adapter,
        "head": head,
    }
    assert card.parameters == sum(own.values())
    crossing = {name: part.output for name, part in parts.items()}
    assert crossing["embedding"] == [64, 64] and crossing["backbone"] == [64]

    patches = 2 * 64 * 13 * 16 * 64
    assert parts["embedding"].forward_flop_per_sample == patches
    assert parts["embedding"].training_flop_per_sample == 2 * patches
    linear, products = (4 * flop for flop in attention(64, 64, 128))
    changes = 4 * 2 * 192 * 4 * 64  # B A of each block, whatever the batch
    backbone = parts["backbone"]
    assert backbone.forward_flop_per_sample == linear + products + changes
    # The products of two activations have two gradients, frozen or not.
    passing = 2 * linear + 3 * products + changes
    assert backbone.passing_flop_per_sample == passing
    adapting = parts["adapter"].training_flop_per_sample
    assert adapting == passing + linear_of_adapted() + 2 * changes
    assert parts["head"].training_flop_per_sample == 3 * (2 * 64 * 10)


def linear_of_adapted() -> int:
    """Return the operations of the gradients of all W + B A, each of 192 x 64."""
    return 4 * 2 * 64 * 64 * 192


@pytest.mark.parametrize(
    ("name", "parameters", "forward_gflop"),
    # torchvision's documentation of vit_b_16 and vit_l_16 has these parameters, and
    # 17.56 and 61.55 thousand million multiplications with additions.
    [("vit_b", 86_567_656, 17.56 * 2), ("vit_l", 304_326_632, 61.55 * 2)],
)
def test_published_transformers(project, name, parameters, forward_gflop):
    card = load_card(project / "config/cards", name)
    assert card.parameters == parameters
    forward = sum(part.forward_flop_per_sample for part in card.parts.values())
    assert forward / 1e9 == pytest.approx(forward_gflop, abs=0.02)
    training = sum(part.training_flop_per_sample for part in card.parts.values())
    assert training == card.training_flop_per_sample


def test_what_crosses_a_spectral_transformer(project):
    parts = load_card(project / "config/cards", "spectralgpt").parts
    # 12 x 12 patches and four groups of three bands; eight times as many numbers as
    # the image has in 16 bits, when they are of 32 bits.
    assert parts["embedding"].output == [576, 768]
    assert 576 * 768 == 4 * 12 * 96 * 96
    assert parts["backbone"].output == [768]
    linear, products = attention(576, 768, 4 * 768)
    backbone = parts["backbone"]
    assert backbone.forward_flop_per_sample == 12 * (linear + products)
    assert backbone.forward_flop_per_sample == pytest.approx(110e9, rel=0.01)


def test_experts_by_hand():
    model = {"name": "experts", "hidden": 6, "experts": 3, "width": 2, "active": 1}
    counts = count(parse_model(model | {"routing": "masked"}), [4], 5)
    assert list(counts.parts) == ["expert/0", "expert/1", "expert/2"]
    each = counts.parts["expert/1"]
    assert each.parameters == 6 * 2 + 2 * 6
    assert each.forward_flop_per_sample == 2 * (6 * 2 + 2 * 6)
    # Once forward, once for the weights, and the second matrix for the two units.
    assert each.training_flop_per_sample == 2 * 2 * 24 + 2 * 2 * 6
    assert counts.parameters == 3 * 24 + (4 * 6 + 6) + (6 * 3 + 3) + (6 * 5 + 5)
