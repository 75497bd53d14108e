"""What is claimed about SC-MR, checked on random instances.

Each check returns for every instance whether the claim holds, by a way that shares
nothing with the solver: all deltas, a grid of alpha.
"""

from collections.abc import Callable

import numpy as np

from fedorbit.report.claims.expert_checks import (
    assignment_is_the_best_of_all,
    no_expert_is_in_two_clusters,
)
from fedorbit.theory.fedmeld.bounds import Constants, drift, kappa_omega, objective
from fedorbit.theory.fedmeld.scmr import (
    Latency,
    NoSolution,
    Reason,
    mixing_ratios,
    optimise,
    smallest_interval,
)

DELTAS = np.arange(1, 61)
GRID = 4001  # of alpha, so that neighbours are at most 1 / 4000 apart
TOLERANCE = 1e-3
NOISE_OVER_DRIFT = 10.0 ** np.arange(-2, 5)


def share(check: str, instances: int, seed: int) -> float:
    """Return the share of random instances on which a check of ``CHECKS`` holds."""
    rng = np.random.default_rng(seed)
    return sum(CHECKS[check](rng) for _ in range(instances)) / instances


def _constants(rng: np.random.Generator) -> Constants:
    """Return constants over several orders of magnitude, with mu beta above 1.

    Rings have three regions or more: with two, the best alpha may rest at 1/2.
    """
    convexity = 10 ** rng.uniform(-3, 0)
    return Constants(
        strong_convexity=convexity,
        smoothness=convexity * 10 ** rng.uniform(0, 3),
        step_scale=10 ** rng.uniform(0.1, 3) / convexity,
        local_steps=int(rng.integers(1, 21)),
        regions=int(rng.integers(3, 13)),
        squared_gradient=10 ** rng.uniform(-4, 2),
        variance=10 ** rng.uniform(-4, 2),
        heterogeneity=10 ** rng.uniform(-4, 4),
        clients_per_region=10,
        sampled_per_region=int(rng.integers(1, 11)),
    )


def _latency(rng: np.random.Generator, longest_flight: float) -> Latency:
    """Return times with rounds that fit, and a flight of up to a part of the limit."""
    rounds, round_s = int(rng.integers(1, 200)), rng.uniform(1, 300)
    limit_s = rounds * round_s * rng.uniform(1.01, 4)
    flight_s = limit_s * rng.uniform(0, longest_flight)
    return Latency(rounds=rounds, round_s=round_s, flight_s=flight_s, limit_s=limit_s)


def _f_grows_with_delta(rng: np.random.Generator) -> bool:
    alpha = np.geomspace(1e-4, 1, 200, endpoint=False)
    f = objective(_constants(rng), DELTAS[:, None], alpha)
    finite = np.isfinite(f[1:])
    return bool((f[1:] > f[:-1])[finite].all())


def _delta_is_the_least_allowed(rng: np.random.Generator) -> bool:
    latency = _latency(rng, 1)
    delta = np.arange(1, latency.rounds + 1)
    cycles_s = np.maximum(delta * latency.round_s, latency.flight_s)
    allowed = delta[latency.rounds / delta * cycles_s <= latency.limit_s]
    return smallest_interval(latency) == allowed.min()


def _alpha_is_the_grids(rng: np.random.Generator) -> bool:
    constants, delta = _constants(rng), int(rng.integers(1, 61))
    kappa, omega = kappa_omega(constants, delta)
    alpha = np.linspace(0, float(kappa / omega), GRID)[1:-1]
    best = alpha[np.argmin(objective(constants, delta, alpha))]
    exact, _ = mixing_ratios(constants, delta)
    return abs(exact - best) <= TOLERANCE


def _alpha_falls_with_gamma(rng: np.random.Generator) -> bool:
    constants, delta = _constants(rng), int(rng.integers(1, 61))
    scale = float(drift(constants, delta)) / (6 * constants.smoothness)
    levels = [
        constants.model_copy(update={"heterogeneity": ratio * scale})
        for ratio in NOISE_OVER_DRIFT
    ]
    exact = [mixing_ratios(level, delta)[0] for level in levels]
    return bool((np.diff(exact) < 0).all())


def _infeasible_where_flights_exceed_the_limit(rng: np.random.Generator) -> bool:
    latency = _latency(rng, 2)
    found = optimise(latency, _constants(rng))
    refused = isinstance(found, NoSolution) and found.reason is Reason.FLIGHT_TOO_LONG
    return refused == (latency.flight_s > latency.limit_s)


CHECKS: dict[str, Callable[[np.random.Generator], bool]] = {
    "f_grows_with_delta": _f_grows_with_delta,
    "delta_is_the_least_allowed": _delta_is_the_least_allowed,
    "alpha_is_the_grids": _alpha_is_the_grids,
    "alpha_falls_with_gamma": _alpha_falls_with_gamma,
    "infeasible_where_flights_exceed_the_limit": (
        _infeasible_where_flights_exceed_the_limit
    ),
    "assignment_is_the_best_of_all": assignment_is_the_best_of_all,
    "no_expert_is_in_two_clusters": no_expert_is_in_two_clusters,
}
"""What can be checked: functions that draw an instance and say if it holds."""
