from collections import Counter
from fractions import Fraction

import numpy as np
import pytest

from fedorbit.theory.fedmeld.bounds import (
    Constants,
    kappa_omega,
    largest_interval,
    objective,
    objective_of_cubic,
)
from fedorbit.theory.fedmeld.scmr import (
    Latency,
    NoSolution,
    Optimum,
    Reason,
    cycle_s,
    mixing_ratios,
    optimise,
    smallest_interval,
    total_s,
)

INSTANCES = 2500
GRID = 1001


def latency(**changes):
    times = {"rounds": 100, "round_s": 60.0, "flight_s": 700.0, "limit_s": 10_000.0}
    return Latency(**times | changes)


def constants(**changes):
    values = {
        "strong_convexity": 0.1,
        "smoothness": 1.0,
        "step_scale": 40.0,
        "local_steps": 5,
        "regions": 5,
        "squared_gradient": 0.5,
        "variance": 0.02,
        "heterogeneity": 0.3,
    }
    return Constants(**values | changes)


def draw(rng):
    """Return an instance with its times as fractions, every fourth without slack."""
    rounds = int(rng.integers(1, 200))
    round_s = Fraction(int(rng.integers(1, 3000)), 10)
    limit_s = rounds * round_s * Fraction(int(rng.integers(90, 400)), 100)
    flight_s = limit_s * Fraction(int(rng.integers(0, 106)), 100)
    if rng.random() < 0.25:  # R T_fly is a multiple of T_max
        flight_s = limit_s * int(rng.integers(1, rounds + 1)) / rounds
    if rng.random() < 0.25:
        limit_s = rounds * round_s
    mu = 10 ** rng.uniform(-3, 0)
    sampled = int(rng.integers(1, 11))
    values = {
        "strong_convexity": mu,
        "smoothness": mu * 10 ** rng.uniform(0, 3),
        "step_scale": rng.uniform(0.6, 6) * rng.choice([1, 10, 100]) / mu,
        "local_steps": int(rng.integers(1, 21)),
        "regions": int(rng.integers(2, 13)),
        "squared_gradient": 10 ** rng.uniform(-4, 2),
        "variance": 10 ** rng.uniform(-4, 2),
        "heterogeneity": 10 ** rng.uniform(-4, 4),
        "clients_per_region": 10,
        "sampled_per_region": sampled,
    }
    return (rounds, round_s, flight_s, limit_s), Constants(**values)


def brute_interval(rounds, round_s, flight_s, limit_s):
    """Return the least delta in 1..R that keeps the limit, in exact fractions."""
    for delta in range(1, rounds + 1):
        if Fraction(rounds, delta) * max(delta * round_s, flight_s) <= limit_s:
            return delta
    return None


def brute_ratio(function, values, delta):
    """Return the minimiser on a grid of (0, 1), made finer around the best point."""
    alpha = np.geomspace(1e-9, 1, GRID, endpoint=False)
    if not np.isfinite(function(values, delta, alpha)).any():
        return None
    for _ in range(4):
        best = np.argmin(function(values, delta, alpha))
        ends = alpha[max(best - 1, 0)], alpha[min(best + 1, GRID - 1)]
        alpha = np.linspace(*ends, GRID)
    return alpha[np.argmin(function(values, delta, alpha))]


def test_the_solver_equals_brute_force_on_random_instances():
    rng = np.random.default_rng(0)
    seen = Counter()
    for _ in range(INSTANCES):
        times, values = draw(rng)
        keys = ("rounds", "round_s", "flight_s", "limit_s")
        given = dict(zip(keys, (times[0], *map(float, times[1:])), strict=True))
        solution = optimise(Latency(**given), values)
        delta = brute_interval(*times)
        alpha = delta and brute_ratio(objective, values, delta)
        if isinstance(solution, NoSolution):
            assert (alpha is None) or delta is None
            reason = solution.reason
            assert (reason is Reason.FLIGHT_TOO_LONG) == (times[2] > times[3])
            assert (reason is Reason.NO_MIXING_RATIO) == (delta is not None)
            seen[reason] += 1
            continue
        assert solution.delta == delta
        assert abs(solution.alpha - alpha) < 1e-6
        cubic = brute_ratio(objective_of_cubic, values, delta)
        assert abs(solution.alpha_of_cubic - cubic) < 1e-6
        assert delta * values.local_steps < solution.largest_interval_steps
        seen[Optimum] += 1
    assert sum(seen.values()) == INSTANCES
    assert seen[Optimum] > 1500
    assert all(seen[reason] > 50 for reason in Reason), seen


def test_a_full_search_of_both_finds_no_better_pair():
    rng = np.random.default_rng(1)
    alpha = np.linspace(0, 1, 4001)[1:-1]
    for _ in range(50):
        times, values = draw(rng)
        given = Latency(
            rounds=times[0],
            round_s=float(times[1]),
            flight_s=float(times[2]),
            limit_s=float(times[3]),
        )
        solution = optimise(given, values)
        if isinstance(solution, NoSolution):
            continue
        deltas = [
            d
            for d in range(1, given.rounds + 1)
            if total_s(given, d) <= given.limit_s * (1 + 1e-9)
        ]
        f = objective(values, np.array(deltas)[:, None], alpha)
        assert solution.objective <= f.min() * (1 + 1e-12)


@pytest.mark.parametrize("regions", [2, 3, 5, 12])
def test_f_grows_with_delta_on_the_whole_grid(regions):
    delta = np.arange(1, 60)[:, None]
    alpha = np.geomspace(1e-4, 1, 500, endpoint=False)
    f = objective(constants(regions=regions), delta, alpha)
    allowed = np.isfinite(f[1:])
    assert allowed.sum() > 10_000
    assert (f[1:] > f[:-1])[allowed].all()
    # A delta that allows an alpha is never larger than one that does not.
    assert (np.isfinite(f[:-1]) | ~np.isfinite(f[1:])).all()


@pytest.mark.parametrize("regions", [2, 5])
@pytest.mark.parametrize("cause", ["heterogeneity", "variance"])
def test_the_best_ratio_falls_as_noise_grows_while_drift_stays(regions, cause):
    levels = 10.0 ** np.arange(1, 9)
    for delta in (1, 4, 30):
        pairs = [
            mixing_ratios(constants(regions=regions, **{cause: level}), delta)
            for level in levels
        ]
        assert (np.diff(np.array(pairs), axis=0) < 0).all()


def test_larger_gradients_raise_the_best_ratio_while_heterogeneity_stays():
    """They add to drift and noise alike, but the other noise stays as it is."""
    values = [
        constants(heterogeneity=1e6, squared_gradient=square) for square in (0.5, 5.0)
    ]
    low, high = (np.array(mixing_ratios(each, 4)) for each in values)
    assert (low < high).all()


def test_the_cubic_approaches_the_exact_minimiser_where_ratios_are_small():
    for delta, relative in ((1, 0.1), (10, 0.01), (100, 0.001)):
        exact, cubic = mixing_ratios(constants(), delta)
        assert cubic == pytest.approx(exact, rel=relative)


def test_two_regions_may_do_best_with_equal_weights():
    """With N = 2 disagreement is least at 1/2 and constant beyond; f has a kink."""
    values = constants(regions=2, local_steps=1, heterogeneity=0.0, variance=0.0)
    values = values.model_copy(update={"step_scale": 1e4})
    exact, _ = mixing_ratios(values, 1)
    assert exact == 0.5
    assert brute_ratio(objective, values, 1) == pytest.approx(0.5, abs=1e-7)


def test_a_loose_limit_allows_mixing_after_every_round_with_waiting():
    """T_max = R T_fly: 100 flights of 700 s fit into 70,000 s, each cycle a flight."""
    loose = latency(limit_s=70_000.0)
    assert smallest_interval(loose) == 1
    assert cycle_s(loose, 1) == 700.0
    assert total_s(loose, 1) == 70_000.0
    assert smallest_interval(latency(limit_s=69_999.0)) == 2


def test_a_limit_of_the_rounds_alone_forbids_waiting():
    """T_max = R tau_r: delta = ceil(700 / 60) = 12, and 12 rounds take 720 s."""
    tight = latency(limit_s=6000.0)
    assert smallest_interval(tight) == 12
    assert cycle_s(tight, 12) == 720.0
    solution = optimise(tight, constants())
    assert (solution.delta, solution.idle_s) == (12, 0.0)
    assert solution.total_s == pytest.approx(6000.0)


def test_the_problem_has_no_solution_if_one_flight_exceeds_the_limit():
    one = {"rounds": 10, "round_s": 60.0}
    assert smallest_interval(latency(flight_s=700.0, limit_s=700.0, **one)) == 10
    beyond = optimise(latency(flight_s=700.1, limit_s=700.0, **one), constants())
    assert beyond == NoSolution(Reason.FLIGHT_TOO_LONG)


def test_the_rounds_themselves_have_to_fit():
    late = optimise(latency(limit_s=5999.0), constants())
    assert late == NoSolution(Reason.ROUNDS_DO_NOT_FIT)


def test_small_steps_leave_no_ratio_whatever_the_interval():
    """With mu beta = 1 f has no finite value; just above, every interval has some."""
    values = constants(step_scale=10.0)
    for rounds in (1, 50):
        given = latency(rounds=rounds, flight_s=0.0)
        assert optimise(given, values) == NoSolution(Reason.NO_MIXING_RATIO)
    tiny, _ = mixing_ratios(constants(step_scale=10.001), 500)
    assert 0 < tiny < 1e-6


def test_rounding_of_binary_fractions_does_not_add_a_round():
    """3 x 0.1 s is 0.3 s, though 3 * 0.1 > 0.3 in binary; and so for all decimals."""
    assert 3 * 0.1 > 0.3
    third = latency(rounds=3, round_s=0.1, flight_s=0.1, limit_s=0.3)
    assert smallest_interval(third) == 1
    for rounds in range(1, 120):
        for delta in range(1, rounds + 1):
            given = latency(
                rounds=rounds, round_s=1e-6, flight_s=0.1 * delta, limit_s=0.1 * rounds
            )
            assert smallest_interval(given) == delta


def test_a_plan_that_stops_early_takes_no_longer_than_in_proportion():
    """Seven rounds, delta 3: two cycles of 700 s and one round of 60 s, 1460 s."""
    given = latency(rounds=7, limit_s=2000.0)
    assert total_s(given, 3) == pytest.approx(7 / 3 * 700)
    assert 2 * cycle_s(given, 3) + 60 < total_s(given, 3)


def test_the_terms_by_hand():
    """N = 3, s = 3/4; E = 2; delta 1, S = 2; mu beta = 4: kappa 3, omega 6."""
    values = constants(regions=3, local_steps=2)
    assert [float(x) for x in kappa_omega(values, 1)] == [3.0, 6.0]
    assert largest_interval(values, 0.25) == pytest.approx(1 + (0.75 * 4 - 1) / 0.5)
    solution = optimise(latency(rounds=1, flight_s=0.0), values)
    weight = (1 - solution.alpha) * 1600 / (3 - 6 * solution.alpha)
    rho = np.sqrt(1 - 3 * solution.alpha * (1 - solution.alpha))
    chi = 1 + (1 - solution.alpha) / (1 - rho)
    assert solution.terms == pytest.approx(
        {
            "variance": weight * 0.02,
            "heterogeneity": weight * 6 * 0.3,
            "local drift": weight * 8 * 0.5,
            "participation": 0.0,
            "disagreement": weight * 8 * 0.5 * 4 * chi**2,
        }
    )
    assert solution.objective == pytest.approx(sum(solution.terms.values()))


@pytest.mark.parametrize("flights_s", [(100.0, 900.0, 300.0), (50.0, 90.0, 10.0)])
def test_a_ring_cycles_in_the_long_run_by_the_mean_of_its_flights(flights_s):
    """Regions without a common clock: each waits for its own rounds and carrier only.

    Round the ring go N flights in N cycles, so a long hop is made up for by short ones.
    """
    delta, round_s, cycles = 4, 60.0, 3000
    mixed_s = np.zeros(len(flights_s))
    for _ in range(cycles):
        carried_s = np.roll(mixed_s, 1) + flights_s
        mixed_s = np.maximum(mixed_s + delta * round_s, carried_s)
    given = latency(round_s=round_s, flight_s=float(np.mean(flights_s)))
    assert mixed_s / cycles == pytest.approx(cycle_s(given, delta), rel=1e-3)
