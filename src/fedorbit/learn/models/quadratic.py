"""A quadratic around each sample, whose optimum is known."""

import math
from collections.abc import Sequence
from typing import Literal, Self

from pydantic import model_validator

from fedorbit.base.settings import Settings, between
from fedorbit.learn.model import Model


class Quadratic(Settings):
    """The mean over samples z of (w - z)' A (w - z) / 2, with a diagonal A.

    Strongly convex with a known optimum: the mean of the samples. It has no classes,
    so that it has a loss and no accuracy.
    """

    name: Literal["quadratic"]
    """Which model."""
    strong_convexity: between(float, 1e-12, 1e12)
    """Smallest entry of A, mu."""
    smoothness: between(float, 1e-12, 1e12)
    """Largest entry of A, L; those between are spaced evenly by their logarithms."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.smoothness < self.strong_convexity:
            raise ValueError(
                f"model.smoothness {self.smoothness} is below "
                f"model.strong_convexity {self.strong_convexity}; raise it"
            )
        return self


def build(settings: Quadratic, shape: Sequence[int], classes: int):
    """Return the bowl with the curvatures spaced as the settings say."""
    import torch

    from fedorbit.learn.networks.bowl import Bowl

    ends = (math.log10(settings.strong_convexity), math.log10(settings.smoothness))
    return Bowl(torch.logspace(*ends, math.prod(shape)))


MODEL = Model(Quadratic, build)
