import numpy as np
import pytest
from nonconvex import (
    SmoothConstants,
    gradient_bound,
    gradient_terms,
)
from sigmoids import (
    Sigmoids,
    draw_sigmoids,
    mean_squared_gradients,
)

from fedorbit.theory.fedmeld.bounds import chi
from fedorbit.theory.fedmeld.ring import walk

VALUES = {
    "smoothness": 2.0,
    "step_size": 0.1,
    "local_steps": 2,
    "regions": 4,
    "squared_gradient": 3.0,
    "variance": 0.5,
    "excess": 1.0,
}


def constants(**changes):
    return SmoothConstants(**VALUES | changes)


def test_the_terms_by_hand():
    """S = 4, alpha 1/2: eta' = 0.05, (L eta)^2 G^2 = 0.12, mean squares 1/2, 7/2."""
    terms = gradient_terms(constants(), 2, 0.5, 80)
    gain = 1 + 0.5 / (1 - np.sqrt(0.5))  # rho^2 = 1/2 for N = 4
    assert terms == pytest.approx(
        {
            "start": 2 / (0.05 * 80),
            "variance": 2 * 0.05 * 0.5,
            "local drift": 0.12 * 0.5,
            "disagreement": 0.12 * 16 * gain**2,
            "pull": 0.12 * 0.25 * 3.5,
        }
    )
    total = 0.5 + 0.05 + 0.06 + 1.92 * gain**2 + 0.105
    by_hand = (total**0.5 + 0.105**0.5) ** 2
    assert gradient_bound(constants(), 2, 0.5, 80) == pytest.approx(by_hand)


@pytest.mark.parametrize("alpha", [0.05, 0.4, 0.9])
def test_the_bound_grows_with_delta_and_falls_with_time(alpha):
    bounds = [gradient_bound(constants(), delta, alpha, 100) for delta in range(1, 9)]
    assert (np.diff(bounds) > 0).all()
    times = [gradient_bound(constants(), 2, alpha, steps) for steps in (1, 10, 1000)]
    assert (np.diff(times) < 0).all()


def test_without_mixing_there_is_no_bound_and_one_local_step_drifts_nowhere():
    assert gradient_bound(constants(), 1, 1e-6, 10) > 1e9
    single = gradient_terms(constants(local_steps=1), 1, 0.5, 10)
    assert single["local drift"] == single["pull"] == 0


def test_no_bound_is_given_where_none_is_proved():
    with pytest.raises(ValueError, match="alpha is 1"):
        gradient_bound(constants(), 1, 1.0, 10)
    with pytest.raises(ValueError, match="lower step_size"):
        gradient_bound(constants(step_size=1.01), 1, 0.5, 10)
    gradient_bound(constants(step_size=1.0), 1, 0.5, 10)


def test_mixing_shortens_what_the_mean_has_moved_in_a_cycle():
    """The identity of the proof, for gradients that are any numbers at all."""
    rng = np.random.default_rng(0)
    seen = []

    def gradient(models):
        seen.append(rng.normal(size=models.shape))
        return seen[-1]

    start = np.ones((1, 3, 2, 2))
    ring = walk(gradient, start, [0.1] * 24, 2, 3, 0.3, lambda m: m.mean(axis=2))
    means = [models.mean(axis=(1, 2)) for models in ring]
    for cycle in range(4):
        first, last = 6 * cycle, 6 * (cycle + 1)
        moved = sum(g.mean(axis=(1, 2)) for g in seen[first:last])
        assert means[last] == pytest.approx(means[first] - 0.7 * 0.1 * moved)


@pytest.mark.parametrize("regions", [2, 5])
def test_disagreement_stays_below_its_bound_for_the_worst_gradients(regions):
    """Regions pull into directions that turn with the ring, the slowest to mix."""
    angle = 2 * np.pi * np.arange(regions) / regions
    pull = np.stack([np.cos(angle), np.sin(angle)], -1)[None, :, None]
    eta, steps, delta, alpha = 0.1, 3, 2, 0.3
    start = np.zeros((1, regions, 1, 2))
    ring = walk(
        lambda m: pull, start, [eta] * 600, steps, delta, alpha, lambda m: m[:, :, 0]
    )
    apart = [(m**2).sum(axis=-1).mean() for m in ring]
    bound = (eta * delta * steps * float(chi(regions, alpha))) ** 2
    assert 0.3 * bound < max(apart) <= bound


@pytest.mark.parametrize(
    ("delta", "alpha", "steps"), [(1, 0.5, 1), (1, 0.3, 4), (4, 0.2, 2)]
)
@pytest.mark.parametrize("eta", [0.05, 1.0])
def test_measured_gradients_stay_below_the_bound(delta, alpha, steps, eta):
    rng = np.random.default_rng(5)
    losses = draw_sigmoids(rng, (4, 3, 20, 3), 1.0)
    start = np.zeros(3)
    known = losses.constants(eta, steps, start)
    measured = mean_squared_gradients(losses, known, delta, alpha, start, 400, 4, rng)
    bound = [gradient_bound(known, delta, alpha, t) for t in range(1, 401)]
    assert (measured <= bound).all()
    assert 0 < measured[-1] < measured[0]


def test_the_constants_of_sigmoids_bound_what_they_should():
    rng = np.random.default_rng(1)
    losses = draw_sigmoids(rng, (2, 2, 10, 2), 1.0)
    start = np.zeros(2)
    known = losses.constants(0.1, 1, start)
    assert known.excess == 0.5  # all sigmoids are 1/2 at the origin
    points = rng.normal(0, 3, (200, 2))
    gradients = losses.squared_gradient(points)
    assert gradients.max() <= known.squared_gradient
    # Central differences agree with the gradient, and its change with L.
    for point, square in zip(points[:20], gradients[:20], strict=True):
        slopes = [
            (losses.loss(point + h) - losses.loss(point - h)) / 2e-5
            for h in 1e-5 * np.eye(2)
        ]
        assert np.dot(slopes, slopes) == pytest.approx(square, rel=1e-4, abs=1e-12)
    one = Sigmoids(np.array([[[[2.0]]], [[[2.0]]]]))
    known = one.constants(0.1, 1, np.zeros(1))
    assert known.smoothness == pytest.approx(4 / (6 * np.sqrt(3)))
    assert (known.squared_gradient, known.variance) == (0.25, 0.125)
    assert one.squared_gradient(np.zeros((1, 1))) == 0.25  # so G is reached
