"""A perceptron with one hidden layer."""

import math
from collections.abc import Sequence
from typing import Literal

from fedorbit.base.settings import Settings, between
from fedorbit.learn.model import Model


class Perceptron(Settings):
    """One hidden layer of rectified linear units."""

    name: Literal["mlp"]
    """Which model."""
    hidden: between(int, 1, 100_000)
    """Width of the hidden layer."""


def build(settings: Perceptron, shape: Sequence[int], classes: int):
    """Return the two layers."""
    from fedorbit.learn.networks.layers import Layers

    return Layers([math.prod(shape), settings.hidden, classes])


MODEL = Model(Perceptron, build)
