"""How fast EMS-FL converges on losses that need not be convex: the bound, by term.

The theorem of A. Xu, Z. Zhang, Z. Liu and S. Cui, "EMS-FL",
https://arxiv.org/abs/2602.19485, has not been seen; this statement is derived, as a
sketch, in the manner of local SGD. A cluster's gate is masked to the experts that it
has, so what EMS-FL minimises is the sum of q_c F_c^mask. No expert is in two clusters,
so an expert of a cluster with K devices that take H steps between contacts has, after
Q local steps of size eta <= 1 / (8 L H),

    mean |grad_m F^mask|^2 <= 4 (F_0 - F*) / (eta Q)                   progress
                            + 2 eta L sigma^2 / K                      noise
                            + 16 eta^2 L^2 H (sigma^2 + H zeta^2)      drift

The masked loss is not the loss of the whole mixture. The fourth term is their distance,

    |grad F - grad F^mask|^2 <= c G^2 (epsilon'^2 + epsilon^2)         leakage

with epsilon the gate mass of the cluster outside its experts, and epsilon' that of the
expert in other clusters; c is not derived. A gradient of the whole mixture then obeys
|grad F|^2 <= 2 (progress + noise + drift) + 2 leakage.

``bench/terms.py`` measures each term. A prototype measured on digits: gradients fall as
Q^-.94 to a floor and as K^-1.03; drift is flat up to H = 16, 3 times that at 64 and 12
times at 256, so that the part of it that is linear in H is not seen; leakage grows as
epsilon^1.6.

All functions broadcast over arrays.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fedorbit.base.settings import Settings, between

Positive = between(float, 1e-30, 1e30)
NonNegative = between(float, 0.0, 1e30)


class Constants(Settings):
    """What the bound knows of losses, data and training."""

    smoothness: Positive
    """L, of every device's loss."""
    step_size: Positive
    """eta, the learning rate."""
    initial_excess: NonNegative
    """F_0 - F*, by how much the first loss exceeds the least."""
    variance: NonNegative
    """sigma^2, of a device's stochastic gradient."""
    dissimilarity: NonNegative
    """zeta^2, the mean squared distance of the gradients of a cluster's devices from
    their mean."""
    squared_gradient: NonNegative
    """G^2, a bound on the squared gradient of an expert on a sample."""
    leakage_factor: NonNegative = 1.0
    """c, which is not derived."""


def largest_step_size(smoothness: ArrayLike, local_steps: ArrayLike) -> NDArray:
    """Return 1 / (8 L H), up to which the bound holds."""
    steps = np.asarray(local_steps, dtype=float)
    return 1 / (8 * np.asarray(smoothness, dtype=float) * steps)


def progress(constants: Constants, steps: ArrayLike) -> NDArray:
    """Return 4 (F_0 - F*) / (eta Q) after Q local steps of a device."""
    steps = np.asarray(steps, dtype=float)
    return 4 * constants.initial_excess / (constants.step_size * steps)


def noise(constants: Constants, devices: ArrayLike) -> NDArray:
    """Return 2 eta L sigma^2 / K for K devices of a cluster."""
    scale = 2 * constants.step_size * constants.smoothness * constants.variance
    return scale / np.asarray(devices, dtype=float)


def drift(constants: Constants, local_steps: ArrayLike) -> NDArray:
    """Return 16 eta^2 L^2 H (sigma^2 + H zeta^2) for H steps between two contacts."""
    steps = np.asarray(local_steps, dtype=float)
    apart = constants.variance + steps * constants.dissimilarity
    return 16 * (constants.step_size * constants.smoothness) ** 2 * steps * apart


def leakage_gap(constants: Constants, leaked: ArrayLike, foreign: ArrayLike) -> NDArray:
    """Return c G^2 (epsilon'^2 + epsilon^2), the distance of the two gradients.

    ``leaked`` is epsilon of a cluster, ``foreign`` epsilon' of one of its experts, as
    ``fedorbit.theory.experts.leakage`` returns them.
    """
    scale = constants.leakage_factor * constants.squared_gradient
    return scale * (np.square(foreign) + np.square(leaked))


def terms(
    constants: Constants,
    steps: ArrayLike,
    devices: ArrayLike,
    local_steps: ArrayLike,
    leaked: ArrayLike,
    foreign: ArrayLike,
) -> dict[str, NDArray]:
    """Return the four terms by name, those of the masked loss first.

    Raises ``ValueError`` if the step size is larger than the bound allows.
    """
    largest = float(np.min(largest_step_size(constants.smoothness, local_steps)))
    if constants.step_size > largest:
        raise ValueError(
            f"the step size {constants.step_size:g} is above 1 / (8 L H) = "
            f"{largest:g}, up to which the bound holds; lower it or H"
        )
    return {
        "progress": progress(constants, steps),
        "noise": noise(constants, devices),
        "drift": drift(constants, local_steps),
        "leakage": leakage_gap(constants, leaked, foreign),
    }


def masked_bound(parts: dict[str, NDArray]) -> NDArray:
    """Return the bound on the mean squared gradient of the masked loss."""
    return parts["progress"] + parts["noise"] + parts["drift"]


def full_bound(parts: dict[str, NDArray]) -> NDArray:
    """Return the bound on that of the whole mixture's loss."""
    return 2 * masked_bound(parts) + 2 * parts["leakage"]


def early_advantage(
    round_s: ArrayLike, local_steps: ArrayLike, step_s: ArrayLike, clusters: ArrayLike
) -> tuple[NDArray, NDArray]:
    """Return how many times sooner EMS-FL makes its first progress than others.

    The first is against conventional FL that averages by use of the gate: its devices
    take ``local_steps`` (E) in a round of ``round_s`` seconds, those of EMS-FL a step
    every ``step_s`` seconds. A plain mean besides divides what a cluster does for its
    experts by the number of clusters, so that the second, against conventional FL with
    it, is as many times more.
    """
    rates = np.asarray(round_s, dtype=float) / np.multiply(local_steps, step_s)
    return rates, clusters * rates
