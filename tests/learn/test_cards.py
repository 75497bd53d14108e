from functools import partial

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from fedorbit.study import Card, load_card
from fedorbit.vision import import_torchvision


@pytest.fixture(scope="module")
def card(project) -> Card:
    return load_card(project / "config" / "cards", "resnet18")


@pytest.fixture(scope="module")
def resnet18() -> nn.Module:
    """Return the network of the card, for colour images of 32 x 32 and ten classes."""
    models = import_torchvision("models")
    network = models.resnet18(num_classes=10, norm_layer=partial(nn.GroupNorm, 32))
    network.conv1 = nn.Conv2d(3, 64, kernel_size=3, stride=1, padding=1, bias=False)
    network.maxpool = nn.Identity()
    return network


def test_the_parameters_of_resnet18_are_those_of_its_card(card, resnet18):
    assert sum(p.numel() for p in resnet18.parameters()) == card.parameters
    assert all(
        p.element_size() * 8 == card.bits_per_parameter for p in resnet18.parameters()
    )


def test_the_operations_of_resnet18_are_those_of_its_card(card, resnet18):
    image = torch.zeros(1, 3, 32, 32)
    with FlopCounterMode(display=False) as forward:
        loss = resnet18(image).sum()
    with FlopCounterMode(display=False) as backward:
        loss.backward()
    # A backward pass takes twice a forward pass, except that nobody asks for the
    # gradient of the image, which would take one more first convolution: a multiply
    # and an add for 9 * 3 inputs of 64 * 32 * 32 outputs.
    first_convolution = 2 * 9 * 3 * 64 * 32 * 32
    assert backward.get_total_flops() == (
        2 * forward.get_total_flops() - first_convolution
    )
    counted = forward.get_total_flops() + backward.get_total_flops()
    assert counted == card.training_flop_per_sample
