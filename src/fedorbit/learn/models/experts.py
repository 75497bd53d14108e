"""A mixture of experts on one hidden layer, of which a gate chooses a few."""

import math
from collections.abc import Sequence
from typing import Literal, Self

from pydantic import model_validator

from fedorbit.base.settings import Settings, between
from fedorbit.learn.model import Model


class Gated(Settings):
    """Experts of which a gate chooses a few for each sample."""

    experts: between(int, 1, 10_000)
    """Number of experts, M."""
    active: between(int, 1, 10_000)
    """Experts that a sample passes, k: those with the largest scores of the gate."""
    routing: Literal["masked", "full"]
    """Where some experts learn, samples pass only these, or any as in a test."""

    @model_validator(mode="after")
    def _has_the_active_experts(self) -> Self:
        if self.active > self.experts:
            raise ValueError(
                f"active {self.active} is more than experts {self.experts}; lower it"
            )
        return self


class Mixture(Gated):
    """Residual experts on a hidden layer, mixed by a softmax gate.

    Its parts are ``body``, ``gate``, ``head`` and ``expert/0``, ``expert/1``, ...
    """

    name: Literal["experts"]
    """Which model."""
    hidden: between(int, 1, 100_000)
    """Width of the hidden layer, the body."""
    width: between(int, 1, 100_000)
    """Rectified units of an expert, its bottleneck."""


def build(settings: Mixture, shape: Sequence[int], classes: int):
    """Return the network, whose body sees the numbers of a sample in a row."""
    from fedorbit.learn.networks.experts import Experts

    return Experts(settings, math.prod(shape), classes)


MODEL = Model(Mixture, build)
