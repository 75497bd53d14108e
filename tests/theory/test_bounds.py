import numpy as np
import pytest

from fedorbit.theory.fedmeld.bounds import (
    Constants,
    chi,
    chi_of_cubic,
    contraction,
    convex_bound,
    disagreement_bound,
    gap,
    largest_interval,
    least_offset,
    noise_terms,
    objective,
    regional_bound,
)

RATIOS = np.linspace(0, 1, 41)[1:-1]


def constants(**changes):
    values = {
        "strong_convexity": 1.0,
        "smoothness": 1.0,
        "step_scale": 6.0,
        "local_steps": 2,
        "regions": 4,
        "squared_gradient": 1.0,
        "variance": 0.1,
        "heterogeneity": 0.5,
    }
    return Constants(**values | changes)


@pytest.mark.parametrize("regions", range(2, 10))
def test_rho_is_the_norm_of_a_mixing_on_what_sums_to_zero(regions):
    shift = np.roll(np.eye(regions), 1, axis=0)
    centring = np.eye(regions) - 1 / regions
    for alpha in RATIOS:
        mixing = (1 - alpha) * np.eye(regions) + alpha * shift
        norm = np.linalg.norm(mixing @ centring, ord=2)
        assert contraction(regions, alpha) == pytest.approx(norm, abs=1e-12)


@pytest.mark.parametrize("regions", [2, 3, 5, 50])
def test_chi_is_what_drift_adds_up_to(regions):
    rho = contraction(regions, RATIOS)
    gain = chi(regions, RATIOS)
    assert gain == pytest.approx(1 + (1 - RATIOS) / (1 - rho), rel=1e-9)
    assert (gain <= 1 + chi_of_cubic(regions, RATIOS) + 1e-12).all()
    assert (gain > chi_of_cubic(regions, RATIOS)).all()


def test_chi_by_hand():
    assert chi(2, 0.25) == pytest.approx(2.5)  # rho = 1/2: 1 + (3/4) / (1/2)
    assert chi(2, 0.75) == pytest.approx(1.5)  # rho = 1/2: 1 + (1/4) / (1/2)
    assert chi(4, 0.5) == pytest.approx(1 + 0.5 / (1 - np.sqrt(0.5)))
    assert chi_of_cubic(2, 0.75) < chi(2, 0.75)  # no bound, then


@pytest.mark.parametrize("regions", [2, 3, 4, 7, 30, 1000])
def test_chi_falls_and_is_log_convex_so_that_f_has_one_minimum(regions):
    alpha = np.linspace(0, 0.5 if regions == 2 else 1, 2002)[1:-1]
    logs = np.log(chi(regions, alpha))
    assert (np.diff(logs) < 0).all()
    assert (np.diff(logs, 2) > 0).all()


def test_without_mixing_there_is_no_bound():
    """As alpha goes to 0, alpha chi goes to 1 / (2 s), and f grows as 1 / alpha^2."""
    tiny = 1e-7
    limit = 8 * 4 / (4 * gap(4) ** 2) * 36 / 5
    assert objective(constants(), 1, tiny) * tiny**2 == pytest.approx(limit, rel=1e-5)


def test_one_round_with_equal_weights_by_hand():
    """delta 1, alpha 1/2, N = 4: rho^2 = 1/2, S = 2, slack = 3 - 1 - 1 = 1."""
    noise = 0.1 + 6 * 0.5 + 8
    square = (1 + 0.5 / (1 - np.sqrt(0.5))) ** 2
    by_hand = 0.5 * 36 * (noise + 8 * 4 * square) / 1
    assert objective(constants(), 1, 0.5) == pytest.approx(by_hand)
    assert largest_interval(constants(), 0.5) == pytest.approx(3.0)  # 1 + 2 / 1
    assert np.isinf(objective(constants(), 2, 0.5))
    assert np.isinf(objective(constants(local_steps=3), 1, 0.5))  # S = m(alpha)


def test_the_price_of_sampling_by_hand():
    """Two of five clients: (5 - 2) / (5 - 1) x 4 / 2 x E^2 G^2 / N = 1.5 x 4 / 4."""
    sampled = constants(clients_per_region=5, sampled_per_region=2)
    assert noise_terms(sampled)["participation"] == pytest.approx(1.5)
    everyone = constants(clients_per_region=5, sampled_per_region=5)
    assert noise_terms(everyone)["participation"] == 0.0


def test_the_bounds_over_time_by_hand():
    """N = 4, S = 2, alpha 1/2, t = 60, gamma = 40: eta = 6 / 100, L = 1."""
    known = (constants(), 1, 0.5, 40.0)
    gain = 1 + 0.5 / (1 - np.sqrt(0.5))
    apart = 4 * 0.06**2 * 2**2 * gain**2
    assert disagreement_bound(*known, 60) == pytest.approx(apart)
    mean = float(objective(constants(), 1, 0.5)) / 100
    assert convex_bound(*known, 1.0, 60) == pytest.approx(mean / 2)
    assert regional_bound(*known, 1.0, 60) == pytest.approx(mean + 4 * apart)
    assert convex_bound(*known, 1e9, 60) == pytest.approx(0.5 * 40e9 / 100)


def worst_apart(values, delta, alpha, offset, cycles):
    """Return disagreement over its bound, in the worst case, at every local step."""
    steps = delta * values.local_steps
    rho, gain = contraction(values.regions, alpha), chi(values.regions, alpha)
    apart, shares = 0.0, []
    for cycle in range(cycles):
        drift = 0.0
        for t in range(cycle * steps, (cycle + 1) * steps):
            eta = values.step_scale / (t + offset)
            shares.append((apart + drift) / (2 * eta * steps * gain))
            drift += eta
        apart = rho * apart + (1 - alpha) * drift
    return max(shares)


@pytest.mark.parametrize("regions", [2, 3, 8])
@pytest.mark.parametrize("alpha", [0.02, 0.3, 0.8])
def test_twice_the_present_step_stands_for_the_past_from_the_least_offset_on(
    regions, alpha
):
    values = constants(regions=regions, step_scale=0.01, local_steps=3)
    least = least_offset(values, 4, alpha)
    assert worst_apart(values, 4, alpha, least, 400) <= 1
    # With steps all but equal, half of the bound is left for their growth to the past.
    assert 0.45 < worst_apart(values, 4, alpha, 1e4 * least, 2000) <= 0.5


def test_the_least_offset_keeps_the_induction_on_disagreement_going():
    """K (1 + u) <= 2 a / (1 - rho), K = a (1 + u) / (1 - rho (1 + u)), u = S / gamma.

    Equality holds for rho = 0, so no smaller constant than 1 + sqrt(2) does.
    """
    rho = np.linspace(0, 0.999, 1000)
    u = (1 - rho) / (1 + np.sqrt(2))
    share = (1 + u) ** 2 / (1 - rho * (1 + u)) * (1 - rho) / 2
    assert (share <= 1 + 1e-12).all()
    assert share[0] == pytest.approx(1)
    values = constants(regions=2, step_scale=0.01, local_steps=3)
    assert least_offset(values, 4, 0.5) == pytest.approx(12 * (1 + np.sqrt(2)))


def worst_distance(values, delta, alpha, offset, start, steps):
    """Return what the recursion of the proof allows, and the bound, at every step."""
    interval = delta * values.local_steps
    gain = chi(values.regions, alpha)
    noise = sum(noise_terms(values).values())
    noise += 8 * values.squared_gradient * interval**2 * gain**2
    squares = [start]
    for t in range(steps):
        eta = values.step_scale / (t + offset)
        after = (1 - values.strong_convexity * eta) * squares[t] + eta**2 * noise
        if (t + 1) % interval == 0:
            after = (1 - alpha) * after + alpha * squares[t + 1 - interval]
        squares.append(after)
    bound = convex_bound(values, delta, alpha, offset, start, np.arange(steps + 1))
    return np.array(squares), 2 * bound / values.smoothness


@pytest.mark.parametrize("start", [0.0, 1e7])
@pytest.mark.parametrize(
    ("delta", "alpha", "beta"), [(1, 0.2, 3.0), (2, 0.1, 4.0), (5, 0.3, 12.0)]
)
def test_the_recursion_of_the_proof_stays_below_the_bound_and_comes_close(
    delta, alpha, beta, start
):
    values = constants(step_scale=beta)
    offset = least_offset(values, delta, alpha)
    worst, bound = worst_distance(values, delta, alpha, offset, start, 20_000)
    assert (worst <= bound * (1 + 1e-12)).all()
    assert (worst / bound).max() > 0.2


def test_no_bound_is_given_where_none_is_proved():
    few = constants(local_steps=1)
    with pytest.raises(ValueError, match="give at least 24"):
        convex_bound(few, 1, 0.3, 23.0, 1.0, 10)
    with pytest.raises(ValueError, match=r"S < m\(alpha\)"):
        regional_bound(few, 50, 0.3, 1e6, 1.0, 10)


@pytest.mark.parametrize(
    "wrong",
    [
        {"smoothness": 0.5},
        {"regions": 1},
        {"squared_gradient": 0.0},
        {"sampled_per_region": 2},
        {"heterogeneity": -0.1},
    ],
)
def test_constants_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError):
        constants(**wrong)
