import numpy as np
import pytest

from fedorbit.theory.fedmeld.bounds import (
    Constants,
    convex_bound,
    disagreement_bound,
    least_offset,
    objective,
    regional_bound,
)
from fedorbit.theory.fedmeld.quadratics import Quadratics, draw_quadratics, simulate

SCENES = {
    "mu = L = 1": ((4, 3, 1), (1.0, 1.0), 1.0, 0.5),
    "mu = L = 1, no noise": ((2, 1, 1), (1.0, 1.0), 1.0, 0.0),
    "diagonal": ((5, 4, 3), (1.0, 3.0), 1.0, 0.3),
}


def scene(name, local_steps, sampled=None, beta=6.0):
    shape, curvature, spread, noise = SCENES[name]
    rng = np.random.default_rng(7)
    losses = draw_quadratics(rng, shape, curvature, spread, noise)
    sampled = sampled or shape[1]
    return losses, losses.constants(beta, local_steps, sampled)


def run(losses, values, delta, alpha, offset, rounds=300, start=None, runs=20):
    start = losses.centre.max(axis=(0, 1)) if start is None else start
    rng = np.random.default_rng(11)
    table = simulate(losses, values, delta, alpha, offset, start, rounds, runs, rng)
    return table, offset, table["distance"][0]


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize(("delta", "alpha", "steps"), [(1, 0.2, 3), (3, 0.1, 2)])
def test_quadratics_stay_below_the_bounds_in_every_round(name, delta, alpha, steps):
    losses, values = scene(name, steps, beta=12.0)
    offset = least_offset(values, delta, alpha)
    table, *rest = run(losses, values, delta, alpha, offset)
    bound = convex_bound(values, delta, alpha, *rest, table["steps"])
    assert (table["excess"] <= bound).all()
    apart = disagreement_bound(values, delta, alpha, offset, table["steps"])
    assert (table["apart"] <= apart).all()
    regional = regional_bound(values, delta, alpha, *rest, table["steps"])
    assert (table["regional"] <= regional).all()
    assert table["excess"].iloc[-1] < table["excess"].iloc[0]


def test_far_from_the_optimum_the_bound_begins_where_the_loss_does():
    """Where gamma Delta_0 is above f the bound is an equality at the first step."""
    losses, values = scene("mu = L = 1", 2)
    f = objective(values, 2, 0.1)
    start = losses.centre.max(axis=(0, 1))
    offset = float(f / ((start - losses.optimum) ** 2).sum()) * 1.01
    table, *rest = run(losses, values, 2, 0.1, offset, 2000, start)
    bound = convex_bound(values, 2, 0.1, *rest, table["steps"])
    assert table["excess"][0] == pytest.approx(bound[0])
    assert (table["excess"] <= bound * (1 + 1e-12)).all()


def test_sampling_costs_accuracy_and_stays_below_its_bound():
    excess = []
    for sampled in (1, 2, 4):
        losses, values = scene("diagonal", 3, sampled, beta=12.0)
        offset = least_offset(values, 2, 0.1)
        table, *rest = run(losses, values, 2, 0.1, offset)
        bound = convex_bound(values, 2, 0.1, *rest, table["steps"])
        assert (table["excess"] <= bound).all()
        excess.append(table["excess"].iloc[-50:].mean())
    assert excess[0] > excess[1] > excess[2]


def test_steps_too_small_for_the_theorem_do_lose_the_rate():
    """Mixing slows the mean down to t^-2(1 - alpha) mu beta, here t^-0.4."""
    losses = Quadratics(np.ones((2, 1, 1)), np.zeros((2, 1, 1)), 0.0)
    values = Constants(
        strong_convexity=1.0,
        smoothness=1.0,
        step_scale=0.4,
        local_steps=1,
        regions=2,
        squared_gradient=1.0,
        variance=0.0,
        heterogeneity=0.0,
    )
    table, *_ = run(losses, values, 1, 0.5, 40.0, 6000, np.ones(1), runs=1)
    late = table.iloc[[600, 6000]]
    times = np.log(late["steps"] + 40)
    slope = np.diff(np.log(late["distance"])) / np.diff(times)
    assert slope == pytest.approx(-0.4, abs=0.01)


def test_the_simulated_ring_by_hand():
    """Centres 0 and 1, eta = 1/4 at first: models 0 and 1/4, each mixed half with 0."""
    losses = Quadratics(np.ones((2, 1, 1)), np.array([[[0.0]], [[1.0]]]), 0.0)
    values = losses.constants(1.0, 1, 1)
    assert (values.squared_gradient, values.heterogeneity) == (1.0, 0.125)
    table, *_ = run(losses, values, 1, 0.5, 4.0, 2, np.zeros(1))
    first = table.iloc[1]
    assert first["distance"] == pytest.approx((0.5 - 1 / 16) ** 2)
    assert first["excess"] == pytest.approx((0.5 - 1 / 16) ** 2 / 2)
    assert first["apart"] == pytest.approx(1 / 16**2)
    assert first["regional"] == pytest.approx(0.5**2 / 2)
    # eta = 1/5: models 0 and 1/8 + 7/40 = 3/10, each half with the other's 1/8 or 0.
    assert table.iloc[2]["apart"] == pytest.approx(((0.15 - 0.0625) / 2) ** 2)


def test_the_constants_of_noisy_quadratics_by_hand():
    """Centres 0 and 1, noise in [-3, 3], variance 3: the box is from -3 to 4."""
    losses = Quadratics(np.ones((2, 1, 1)), np.array([[[0.0]], [[1.0]]]), 3.0)
    values = losses.constants(1.0, 1, 1)
    assert values.variance == pytest.approx(2 * 0.5**2 * 3)
    assert values.squared_gradient == 49.0
    # Curvatures 1 and 2: the optimum is 2/3, and half of 1/2 x 4/9 + 2/2 x 1/9 is left.
    bent = Quadratics(np.array([[[1.0]], [[2.0]]]), losses.centre, 3.0)
    values = bent.constants(1.0, 1, 1)
    assert bent.optimum == pytest.approx(2 / 3)
    assert values.heterogeneity == pytest.approx(1 / 6)
    assert (values.strong_convexity, values.smoothness) == (1.0, 2.0)
    assert values.squared_gradient == 4 * 6**2  # the box is from -3 to 3


def test_steps_longer_than_the_theory_allows_are_refused():
    losses, values = scene("mu = L = 1", 1)
    with pytest.raises(ValueError, match="above 1 / L"):
        run(losses, values, 1, 0.5, 5.0)
