"""How small gradients get where losses are smooth but not convex: FedMeld's bound.

Derived in docs/nonconvex.md; nothing of the kind has been seen in the paper on FedMeld
(https://arxiv.org/abs/2412.17231), whose proof takes strongly convex losses. Losses
are L-smooth and bounded from below, all clients take part, and the step size eta is
constant. The mean over t < T of E|grad F(w_t)|^2, w_t the mean of all models, is at
most the square of

    sqrt(start + variance + local drift + disagreement + pull) + sqrt(pull)

with the terms of ``gradient_terms``; S = delta E, rho and chi are those of
``fedorbit.theory.fedmeld.bounds``.
"""

import math

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from fedorbit.base.settings import Settings
from fedorbit.theory.fedmeld.bounds import chi


class SmoothConstants(Settings):
    """What the bound knows of losses, data and training."""

    smoothness: PositiveFloat
    """L, of every client's loss."""
    step_size: PositiveFloat
    """eta of all steps."""
    local_steps: PositiveInt
    """E, the local steps in a round."""
    regions: int = Field(ge=2)
    """N, the equal regions of the ring."""
    squared_gradient: PositiveFloat
    """G^2, a bound on the mean square of a stochastic gradient."""
    variance: NonNegativeFloat
    """Sum over clients of (weight times standard deviation of the gradient)^2."""
    excess: NonNegativeFloat
    """F at the first model less a lower bound of F."""


def gradient_terms(
    constants: SmoothConstants, delta: int, alpha: float, steps: int
) -> dict[str, float]:
    """Return the terms of the bound after ``steps`` local steps, by name.

    ``start`` is the way to go, ``pull`` the distance of the mean model to where
    mixing will pull it back. Raises ``ValueError`` unless 0 < alpha < 1 and
    (1 - alpha) eta L <= 1, for which alone the bound is proved.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"no bound: alpha is {alpha:g}; give one between 0 and 1")
    eta, smooth = constants.step_size, constants.smoothness
    shortened = (1 - alpha) * eta
    if shortened * smooth > 1:
        raise ValueError(
            f"no bound: (1 - alpha) eta L is {shortened * smooth:g}; lower step_size "
            "until it is at most 1"
        )
    interval = delta * constants.local_steps
    moved = (smooth * eta) ** 2 * constants.squared_gradient  # by a step, at most
    return {
        "start": 2 * constants.excess / (shortened * steps),
        "variance": smooth * shortened * constants.variance,
        "local drift": moved * _mean_square(constants.local_steps),
        "disagreement": moved * interval**2 * float(chi(constants.regions, alpha)) ** 2,
        "pull": moved * alpha**2 * _mean_square(interval),
    }


def gradient_bound(
    constants: SmoothConstants, delta: int, alpha: float, steps: int
) -> float:
    """Return the bound on the mean of E|grad F(w_t)|^2 over the first ``steps`` steps.

    Raises as ``gradient_terms``.
    """
    terms = gradient_terms(constants, delta, alpha, steps)
    return (math.sqrt(sum(terms.values())) + math.sqrt(terms["pull"])) ** 2


def _mean_square(count: int) -> float:
    """Return the mean of 0, 1, 4, ..., (count - 1)^2."""
    return (count - 1) * (2 * count - 1) / 6
