"""Softmax regression; convex."""

import math
from collections.abc import Sequence
from typing import Literal

from fedorbit.base.settings import Settings
from fedorbit.learn.model import Model


class Softmax(Settings):
    """Softmax regression; convex."""

    name: Literal["softmax"]
    """Which model."""


def build(settings: Softmax, shape: Sequence[int], classes: int):
    """Return a single layer, without hidden ones."""
    from fedorbit.learn.networks.layers import Layers

    return Layers([math.prod(shape), classes])


MODEL = Model(Softmax, build)
