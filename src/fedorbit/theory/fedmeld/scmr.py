"""SC-MR: the round interval and the mixing ratio that minimise FedMeld's bound.

Q. Chen, X. Chen and K. Huang, "FedMeld", https://arxiv.org/abs/2412.17231, pose the
problem, "staleness control and mixing ratio", and solve it in two steps. The formulas
here are derived in docs/theory.md; those of the paper have not been seen.

    minimise f(delta, alpha)  over delta in 1..R and 0 < alpha < 1
    such that  (R / delta) max(delta tau_r, T_fly) <= T_max  and  delta E < m(alpha)

f grows with delta for every alpha, and a larger delta leaves fewer alpha, so the
smallest delta that the time limit allows is best whatever alpha is.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

import numpy as np
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from scipy.optimize import brentq

from fedorbit.base.settings import Settings
from fedorbit.theory.fedmeld.bounds import (
    RAW,
    Constants,
    Scales,
    chi,
    contraction,
    drift,
    gap,
    kappa_omega,
    largest_interval,
    least_offset,
    noise_terms,
    weight,
)

# A time within one part in 10^9 of the limit keeps it: 3 flights of 0.1 s fit in 0.3 s.
ROUNDING = 1 + Fraction(1, 10**9)


class Latency(Settings):
    """The times of a training, for regions whose rounds take equally long."""

    rounds: PositiveInt
    """R, the rounds to do in every region."""
    round_s: PositiveFloat
    """tau_r, seconds of one round: broadcast, local steps and uploads."""
    flight_s: NonNegativeFloat
    """T_fly, seconds a model is on its way to the next region, a mean over the ring."""
    limit_s: PositiveFloat
    """T_max, seconds in which all rounds have to be done."""


class Reason(Enum):
    """Why there is no solution."""

    FLIGHT_TOO_LONG = "a flight to the next region takes longer than the time limit"
    ROUNDS_DO_NOT_FIT = "the rounds alone take longer than the time limit"
    NO_MIXING_RATIO = "the step sizes are too small: beta mu has to be above 1"


@dataclass(frozen=True)
class NoSolution:
    """That the problem has no solution, and why."""

    reason: Reason


@dataclass(frozen=True)
class Optimum:
    """The solution of SC-MR, and what it consists of."""

    delta: int
    """Rounds from one mixing to the next."""
    alpha: float
    """The minimiser of f with the exact chi."""
    alpha_of_cubic: float
    """The root of the cubic, which takes 1 / (2 alpha s) for chi."""
    objective: float
    """f(delta, alpha), the sum of ``terms``."""
    terms: dict[str, float]
    """What each source of error adds to f."""
    rho: float
    chi: float
    largest_interval_steps: float
    """m(alpha); delta E is below it."""
    alpha_limit: float
    """kappa / omega; every alpha below it is allowed for this delta."""
    least_offset: float
    """The least gamma for which the bound is proved."""
    total_s: float
    """How long the training takes."""
    idle_s: float
    """How long a region waits for the carried model in each cycle."""


def cycle_s(latency: Latency, delta: int) -> float:
    """Return the seconds from one mixing to the next, with the wait for the carrier."""
    return max(delta * latency.round_s, latency.flight_s)


def total_s(latency: Latency, delta: int) -> float:
    """Return the seconds of R / delta cycles, a fraction of a cycle in proportion.

    In a plan the rounds after the last mixing wait for nobody, so that it is done no
    later than this, and at this very time if delta divides R.
    """
    return latency.rounds / delta * cycle_s(latency, delta)


def smallest_interval(latency: Latency) -> int | NoSolution:
    """Return max(1, ceil(R T_fly / T_max)), the least delta that keeps the limit.

    There is one if and only if a flight and all rounds each fit. Times are compared
    as fractions, so the result is exact where R T_fly is a multiple of T_max.
    """
    limit = Fraction(latency.limit_s) * ROUNDING
    if Fraction(latency.flight_s) > limit:
        return NoSolution(Reason.FLIGHT_TOO_LONG)
    if latency.rounds * Fraction(latency.round_s) > limit:
        return NoSolution(Reason.ROUNDS_DO_NOT_FIT)
    return max(1, math.ceil(latency.rounds * Fraction(latency.flight_s) / limit))


def mixing_ratios(
    constants: Constants, delta: int, scales: Scales = RAW
) -> tuple[float, float] | NoSolution:
    """Return alpha* and the root of the cubic, each to machine precision.

    alpha* minimises ``objective``, f with the exact chi; this is the alpha that a grid
    of f finds. The root of the cubic minimises ``objective_of_cubic`` and is near
    alpha* where alpha* is small. There are neither if beta mu <= 1.
    """
    kappa, _ = kappa_omega(constants, delta)
    if kappa <= 0:
        return NoSolution(Reason.NO_MIXING_RATIO)
    noise = scales.noise * sum(noise_terms(constants).values())
    ratio = noise / (scales.drift * float(drift(constants, delta)))
    return _exact(constants, delta, ratio), _of_cubic(constants, delta, ratio)


def _exact(constants: Constants, delta: int, ratio: float) -> float:
    """Return the minimiser of f with the exact chi, given A / D, D = 8 G^2 S^2.

    Where d log f / d alpha = 0,

        (2 S - 1) (A / D + chi^2) / (-2 chi chi') = (1 - alpha) (kappa - omega alpha).

    The right side falls to 0 at kappa / omega; the left side grows from 0, as chi falls
    and is log-convex, so there is one root. With two regions chi is constant from
    alpha = 1/2 on, where f grows: the minimum is not beyond.
    """
    kappa, omega = kappa_omega(constants, delta)
    regions, s = constants.regions, gap(constants.regions)
    twice = 2 * delta * constants.local_steps - 1

    def slope(alpha: float) -> float:
        rho, gain = contraction(regions, alpha), chi(regions, alpha)
        rho_slope = -2.0 if regions == 2 else -2 * s * (1 - 2 * alpha) / rho
        fall = (1 + rho - alpha * rho_slope) / (4 * alpha**2 * s)
        left = twice * (ratio / gain + gain) / (2 * fall)
        return left - (1 - alpha) * (kappa - omega * alpha)

    upper = float(kappa / omega)
    if regions == 2 and upper > 0.5:
        return 0.5 if slope(0.5) <= 0 else _root(slope, 0.5)
    return _root(slope, upper)


def _of_cubic(constants: Constants, delta: int, ratio: float) -> float:
    """Return the one root of (2 S - 1) a (A a^2 + C) = 2 C (kappa - omega a) (1 - a).

    C = 2 G^2 S^2 / s^2 = D / (4 s^2). The left side grows from 0 and the right side
    falls to 0 at kappa / omega.
    """
    kappa, omega = kappa_omega(constants, delta)
    ratio *= 4 * gap(constants.regions) ** 2
    twice = 2 * delta * constants.local_steps - 1

    def difference(alpha: float) -> float:
        left = twice * alpha * (ratio * alpha**2 + 1)
        return left - 2 * (kappa - omega * alpha) * (1 - alpha)

    return _root(difference, float(kappa / omega))


def _root(rising: Callable[[float], float], upper: float) -> float:
    """Return the root in (0, upper) of a function that grows through zero there."""
    lower = upper / 2
    while rising(lower) > 0:
        upper, lower = lower, lower / 2
    precision = np.finfo(float)
    return brentq(rising, lower, upper, xtol=precision.tiny, rtol=4 * precision.eps)


def optimise(
    latency: Latency, constants: Constants, scales: Scales = RAW
) -> Optimum | NoSolution:
    """Return the solution of SC-MR, or why there is none.

    That delta E >= m(alpha) for every alpha happens only if beta mu <= 1, whatever
    delta is, since m grows beyond all bounds as alpha goes to 0.
    """
    delta = smallest_interval(latency)
    if isinstance(delta, NoSolution):
        return delta
    ratios = mixing_ratios(constants, delta, scales)
    if isinstance(ratios, NoSolution):
        return ratios
    alpha, cubic = ratios
    kappa, omega = kappa_omega(constants, delta)
    factor = float(weight(constants, delta, alpha))
    gain = float(chi(constants.regions, alpha))
    terms = {
        name: factor * scales.noise * value
        for name, value in noise_terms(constants).items()
    }
    apart = scales.drift * float(drift(constants, delta)) * gain**2
    terms["disagreement"] = factor * apart
    return Optimum(
        delta=delta,
        alpha=alpha,
        alpha_of_cubic=cubic,
        objective=sum(terms.values()),
        terms=terms,
        rho=float(contraction(constants.regions, alpha)),
        chi=gain,
        largest_interval_steps=float(largest_interval(constants, alpha)),
        alpha_limit=float(kappa / omega),
        least_offset=least_offset(constants, delta, alpha),
        total_s=total_s(latency, delta),
        idle_s=cycle_s(latency, delta) - delta * latency.round_s,
    )
