"""How fast FedMeld converges on convex losses: the bound, term by term.

Q. Chen, X. Chen and K. Huang, "FedMeld", https://arxiv.org/abs/2412.17231, prove such
a bound; its constants have not been seen, and all of them are derived here, in
docs/theory.md, on X. Li et al., "On the Convergence of FedAvg on Non-IID Data",
https://arxiv.org/abs/1907.02189 (Lemmas 1 to 3 and 5).

delta is the number of rounds from one mixing to the next, alpha the weight of the
carried model, S = delta E the number of local steps in between. With step sizes
eta_t = beta / (t + gamma), the virtual mean of all regional models obeys

    E F(w_t) - F* <= (L / 2) max(f(delta, alpha), gamma Delta_0) / (t + gamma).

Everything here takes 0 < alpha < 1 and broadcasts over arrays of delta and alpha.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from pydantic import (
    model_validator,
)

from fedorbit.base.settings import Settings, between

Positive = between(float, 1e-30, 1e30)
NonNegative = between(float, 0.0, 1e30)


class Constants(Settings):
    """What the bound knows of losses, data and training."""

    strong_convexity: Positive
    """mu, of every client's loss."""
    smoothness: Positive
    """L, of every client's loss."""
    step_scale: Positive
    """beta of the step sizes beta / (t + gamma), t in local steps."""
    local_steps: between(int, 1, 1_000_000)
    """E, the local steps in a round."""
    regions: between(int, 2, 100_000)
    """N, the equal regions of the ring."""
    squared_gradient: Positive
    """G^2, a bound on the mean square of a stochastic gradient."""
    variance: NonNegative
    """Sum over clients of (weight times standard deviation of the gradient)^2."""
    heterogeneity: NonNegative
    """Gamma, the least global loss less the mean of the clients' least losses."""
    clients_per_region: between(int, 1, 100_000) = 1
    """Clients of a region, of equal weight."""
    sampled_per_region: between(int, 1, 100_000) = 1
    """Clients that a round samples in a region, without replacement."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.smoothness < self.strong_convexity:
            raise ValueError("smoothness is below strong_convexity; raise it")
        if self.sampled_per_region > self.clients_per_region:
            raise ValueError("sampled_per_region is above clients_per_region; lower it")
        return self


@dataclass(frozen=True)
class Scales:
    """Factors that fit the bound to measured losses; one each is the bound itself."""

    noise: float = 1.0
    """On all terms that do not depend on mixing, A."""
    drift: float = 1.0
    """On the term of disagreement between regions, 8 G^2 S^2 chi^2."""


RAW = Scales()


def noise_terms(constants: Constants) -> dict[str, float]:
    """Return the terms of A, those of the bound that mixing does not touch, by name.

    ``participation`` is the price of sampling (Li et al., Lemma 5, in each region).
    """
    steps, square = constants.local_steps, constants.squared_gradient
    clients, sampled = constants.clients_per_region, constants.sampled_per_region
    left_out = (clients - sampled) / (clients - 1) if clients > 1 else 0.0
    return {
        "variance": constants.variance,
        "heterogeneity": 6 * constants.smoothness * constants.heterogeneity,
        "local drift": 8 * (steps - 1) ** 2 * square,
        "participation": 4 * left_out * steps**2 * square / sampled / constants.regions,
    }


def drift(constants: Constants, delta: ArrayLike) -> np.ndarray:
    """Return 8 G^2 S^2, which chi^2 turns into the term of disagreement."""
    steps = np.asarray(delta, dtype=float) * constants.local_steps
    return 8 * constants.squared_gradient * steps**2


def gap(regions: int) -> float:
    """Return s = sin^2(pi / N), which says how slowly a ring of N regions mixes."""
    return float(np.sin(np.pi / regions) ** 2)


def contraction(regions: int, alpha: ArrayLike) -> np.ndarray:
    """Return rho, by which one mixing shrinks the disagreement of the regions.

    It is the second largest modulus of the eigenvalues 1 - alpha + alpha
    exp(-2 pi i q / N) of the mixing matrix, which is normal.
    """
    alpha = np.asarray(alpha, dtype=float)
    return np.sqrt(np.maximum(1 - 4 * alpha * (1 - alpha) * gap(regions), 0.0))


def chi(regions: int, alpha: ArrayLike) -> np.ndarray:
    """Return chi = 1 + (1 - alpha) / (1 - rho), the gain from drift to disagreement.

    Written as 1 + (1 + rho) / (4 alpha s), which loses no digits for small alpha.
    """
    alpha = np.asarray(alpha, dtype=float)
    return 1 + (1 + contraction(regions, alpha)) / (4 * alpha * gap(regions))


def chi_of_cubic(regions: int, alpha: ArrayLike) -> np.ndarray:
    """Return 1 / (2 alpha s), what chi tends to for small alpha.

    It leads to a cubic for the best alpha, but is below chi, so that no bound follows.
    """
    return 1 / (2 * np.asarray(alpha, dtype=float) * gap(regions))


def largest_interval(constants: Constants, alpha: ArrayLike) -> np.ndarray:
    """Return m(alpha), in local steps: the bound holds for S < m(alpha) only."""
    alpha = np.asarray(alpha, dtype=float)
    per_cycle = constants.strong_convexity * constants.step_scale
    return 1 + ((1 - alpha) * per_cycle - 1) / (2 * alpha)


def kappa_omega(constants: Constants, delta: ArrayLike) -> tuple[float, np.ndarray]:
    """Return kappa and omega; S < m(alpha) says that alpha < kappa / omega."""
    product = constants.strong_convexity * constants.step_scale
    steps = np.asarray(delta, dtype=float) * constants.local_steps
    return product - 1, product + 2 * (steps - 1)


def weight(constants: Constants, delta: ArrayLike, alpha: ArrayLike) -> np.ndarray:
    """Return what turns A + 8 G^2 S^2 chi^2 into f, infinite unless S < m(alpha)."""
    alpha = np.asarray(alpha, dtype=float)
    kappa, omega = kappa_omega(constants, delta)
    slack = kappa - omega * alpha
    with np.errstate(divide="ignore"):
        factor = (1 - alpha) * constants.step_scale**2 / np.maximum(slack, 0.0)
    return factor


def objective(
    constants: Constants, delta: ArrayLike, alpha: ArrayLike, scales: Scales = RAW
) -> np.ndarray:
    """Return f(delta, alpha) of the bound, with the exact chi."""
    return _objective(constants, delta, alpha, scales, chi)


def objective_of_cubic(
    constants: Constants, delta: ArrayLike, alpha: ArrayLike, scales: Scales = RAW
) -> np.ndarray:
    """Return f with ``chi_of_cubic`` for chi: close for small alpha, but no bound."""
    return _objective(constants, delta, alpha, scales, chi_of_cubic)


def _objective(constants, delta, alpha, scales, gain) -> np.ndarray:
    noise = scales.noise * sum(noise_terms(constants).values())
    spread = scales.drift * drift(constants, delta)
    square = gain(constants.regions, alpha) ** 2
    return weight(constants, delta, alpha) * (noise + spread * square)


def least_offset(constants: Constants, delta: int, alpha: float) -> float:
    """Return the least gamma for which the bound is proved.

    4 L beta makes the first step at most 1 / (4 L). The other makes step sizes vary so
    slowly that twice the present one stands for the past; as S >= E, it includes
    gamma >= E and gamma >= 2 (S - 1).
    """
    slow = (1 + np.sqrt(2)) * delta * constants.local_steps
    slow /= 1 - contraction(constants.regions, alpha)
    return float(max(4 * constants.smoothness * constants.step_scale, slow))


def disagreement_bound(
    constants: Constants, delta: int, alpha: float, offset: float, steps: ArrayLike
) -> np.ndarray:
    """Return 4 eta^2 S^2 G^2 chi^2 after ``steps`` local steps.

    It bounds the mean over regions of the squared distance of a regional model to the
    mean of all.
    """
    eta = constants.step_scale / (np.asarray(steps, dtype=float) + offset)
    return eta**2 * drift(constants, delta) * chi(constants.regions, alpha) ** 2 / 2


def convex_bound(
    constants: Constants,
    delta: int,
    alpha: float,
    offset: float,
    squared_distance: float,
    steps: ArrayLike,
) -> np.ndarray:
    """Return the bound on E F(w) - F* of the virtual mean after ``steps`` local steps.

    ``offset`` is gamma, ``squared_distance`` is Delta_0, that of the initial model to
    the optimum. After r rounds ``steps`` is r E. Raises ``ValueError`` where the
    theorem does not hold: S >= m(alpha), or gamma below ``least_offset``.
    """
    distance = _distance(constants, delta, alpha, offset, squared_distance, steps)
    return constants.smoothness / 2 * distance


def regional_bound(
    constants: Constants,
    delta: int,
    alpha: float,
    offset: float,
    squared_distance: float,
    steps: ArrayLike,
) -> np.ndarray:
    """Return the bound on E F(w) - F* of any one regional model at the end of a round.

    Its distance to the optimum is at most that of the mean and that to the mean, and
    one region may hold all N shares of the disagreement. Raises as ``convex_bound``.
    """
    distance = _distance(constants, delta, alpha, offset, squared_distance, steps)
    apart = disagreement_bound(constants, delta, alpha, offset, steps)
    return constants.smoothness * (distance + constants.regions * apart)


def _distance(constants, delta, alpha, offset, squared_distance, steps) -> np.ndarray:
    """Return the bound on the squared distance of the virtual mean to the optimum."""
    value = float(objective(constants, delta, alpha))
    if not np.isfinite(value):
        raise ValueError(
            f"no bound: delta {delta} and alpha {alpha} break S < m(alpha)"
        )
    least = least_offset(constants, delta, alpha)
    if offset < least:
        raise ValueError(f"no bound: offset is {offset:g}; give at least {least:g}")
    top = max(value, offset * squared_distance)
    return top / (np.asarray(steps, dtype=float) + offset)
