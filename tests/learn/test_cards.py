import pytest

from fedorbit.learn.count import count
from fedorbit.learn.model import parse_model
from fedorbit.studies.cards import load_card

CARDS = ["cnn", "resnet8", "resnet18"]


@pytest.mark.parametrize("name", CARDS)
def test_a_card_is_what_its_model_counts(project, name):
    card = load_card(project / "config" / "cards", name)
    counts = count(card.model, card.shape, card.classes)
    assert counts.parameters == card.parameters
    assert counts.training_flop_per_sample == card.training_flop_per_sample
    assert card.bits == 32 * counts.parameters


def test_all_cards_are_counted(project):
    assert sorted(f.stem for f in (project / "config/cards").iterdir()) == sorted(CARDS)


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
