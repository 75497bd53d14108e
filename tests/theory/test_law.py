import numpy as np
import pytest

from fedorbit.plans.moves.topology import upstreams
from fedorbit.theory.fedmeld.law import (
    Curves,
    pace,
    predict,
    response,
    rounds_apart,
    spread,
)
from fedorbit.theory.fedmeld.ring import walk

PAIR, TRIO, FIVE = (upstreams("ABCDE"[:n], "ring") for n in (2, 3, 5))
RATIOS = [0.1, 0.25, 0.5, 0.75]


def mean_of_clients(models):
    return models.mean(axis=2)


def walked(gradient, regions, delta, alpha, rounds):
    """Return the models of a ring of regions with a client each, one step a round.

    Shape (rounds + 1, regions, coordinates). All begin at 0, of as many coordinates as
    there are regions.
    """
    start = np.zeros((1, regions, 1, regions))
    steps = np.ones(rounds)
    road = walk(gradient, start, steps, 1, delta, alpha, mean_of_clients)
    return np.array([models[0, :, 0] for models in road])


def test_the_response_of_two_regions_by_hand():
    """W has 3/4 and 1/4, and an interval of 4 rounds brings 3 of one's own.

    After two mixings S = 3 W + 3 I: of 8 rounds 6 are left, 5 1/4 of one's own and 3/4
    of the other's. So models are (5.25 - 0.75) / 2 rounds from their mean on either
    side, where two regions alone would be half a round from it for each round.
    """
    np.testing.assert_allclose(response(PAIR, 0.25, 4, 1), 3 * np.eye(2))
    np.testing.assert_allclose(response(PAIR, 0.25, 4, 2), [[5.25, 0.75], [0.75, 5.25]])
    assert rounds_apart(PAIR, 0.25, 4, 2) == pytest.approx(4.5)


@pytest.mark.parametrize("alpha", RATIOS)
@pytest.mark.parametrize("regions", [2, 3, 5])
def test_the_response_is_that_of_fedmelds_recursion(regions, alpha):
    """Region j moves along axis j alone, so that models are the rows of S."""
    above = upstreams("ABCDE"[:regions], "ring")
    models = walked(lambda models: -np.eye(regions)[:, None], regions, 3, alpha, 12)
    np.testing.assert_allclose(models[-1], response(above, alpha, 3, 4), atol=1e-12)
    np.testing.assert_allclose(models[-1].sum(axis=1), pace(alpha, 3, 3) * 12)


@pytest.mark.parametrize("alpha", RATIOS)
def test_without_mixing_regions_are_alone_all_the_time(alpha):
    assert rounds_apart(FIVE, 0.0, 8, 6) == pytest.approx(48)
    assert rounds_apart(FIVE, alpha, 8, 6) < 48


@pytest.mark.parametrize(
    ("above", "expected"),
    [
        (PAIR, 1 / 4),  # by hand: d' = (1 - 2 alpha) d + (1 - alpha) e
        (TRIO, 1 / 3),  # by hand: both other eigenvalues of I - U have modulus sqrt(3)
        (FIVE, 1 / 2),
        (upstreams("ABCDEFGH", "ring"), 3 / 4),
        (upstreams("AB", "chain"), 1.0),  # by hand: d' = (1 - alpha) (d + e)
        # By hand: x2 = e2 - e1 and x3 = e3 + e2 - 2 e1, the spread of which is 10 / 3.
        (upstreams("ABC", "chain"), 5 / 3),
        (upstreams("ABCD", "grid", 2), 3 / 4),  # by hand: (1 + 1 + 1 / 4) / 3
    ],
)
def test_the_spread_by_hand(above, expected):
    assert spread(above) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("regions", range(2, 12))
def test_the_spread_of_a_ring_is_a_twelfth_of_one_more_than_its_regions(regions):
    above = upstreams("ABCDEFGHIJKL"[:regions], "ring")
    assert spread(above) == pytest.approx((regions + 1) / 12, rel=1e-9)


@pytest.mark.parametrize("alpha", RATIOS)
@pytest.mark.parametrize("form", [("ring",), ("chain",), ("grid", 3)])
def test_after_many_mixings_regions_are_as_far_apart_as_the_spread_says(form, alpha):
    above = upstreams("ABCDEF", *form)
    expected = np.sqrt(spread(above)) * 8 * (1 - alpha) / alpha
    assert rounds_apart(above, alpha, 8, 2000) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("alpha", RATIOS)
@pytest.mark.parametrize(("period", "age"), [(4, 4), (1, 4), (2, 6), (3, 0)])
def test_the_pace_is_that_of_a_mean_that_learns_a_unit_a_round(period, age, alpha):
    found = [0.0]
    for n in range(1, 4001):
        own = found[-1] + 1
        mixes = n % period == 0 and n >= age
        carried = own if age == 0 else found[n - age] if mixes else 0.0
        found.append((1 - alpha) * own + alpha * carried if mixes else own)
    assert (found[4000] - found[2000]) / 2000 == pytest.approx(
        pace(alpha, period, age), rel=2e-2
    )


def test_the_pace_by_hand():
    assert pace(0.25, 8, 8) == 0.75
    assert pace(0.5, 1, 4) == 0.2
    assert pace(0.5, 8, 0) == 1.0


CURVES = Curves([0, 100], [2.0, 1.0], [0, 8], [0.0, 0.8])


def test_a_prediction_by_hand():
    """At 1/2 two regions agree after each mixing but for half of the last round.

    Of 100 rounds 50 count: the loss of the mean is 1.5. A round apart, a whole interval
    here, costs 0.1, and half of that distance a quarter.
    """
    (row,) = predict(CURVES, PAIR, 1, 100, [0.5]).to_dict("records")
    assert row["progress_rounds"] == pytest.approx(50)
    assert row["apart_rounds"] == pytest.approx(0.5)
    assert row["mean_loss"] == pytest.approx(1.5)
    assert row["gap"] == pytest.approx(0.025)
    assert row["loss"] == pytest.approx(1.525)


def test_ratios_beyond_the_pilot_are_left_out():
    """sqrt(1/2) 8 (1 - alpha) / alpha is at most 8 from sqrt(2) - 1 on."""
    table = predict(CURVES, FIVE, 8, 8000)
    assert table["mixing_ratio"].min() == pytest.approx(0.42)
    assert table["mixing_ratio"].max() == pytest.approx(0.99)


def test_more_heterogeneity_raises_the_best_ratio():
    def best(scale):
        gap = [scale * value for value in CURVES.gap]
        curves = Curves(CURVES.rounds, CURVES.mean_loss, CURVES.alone_rounds, gap)
        table = predict(curves, FIVE, 2, 100)
        return table.loc[table["loss"].idxmin(), "mixing_ratio"]

    assert best(0.1) < best(1) < best(10)


@pytest.mark.parametrize(("alpha", "over"), [(0.05, 50), (0.2, 5), (0.5, 1), (0.9, 1)])
def test_a_measured_curve_saturates_as_quadratics_do_and_a_square_does_not(alpha, over):
    """Curvature 0.1 pulls every region to an optimum of its own, at its own axis.

    What disagreement costs is then at most half the distance of the optima. Read off a
    curve, it is right to a factor of 2.5; the square of one interval's is many times
    too large where alpha is small.
    """
    optima = np.eye(5)[:, None]

    def costs(models):  # of disagreement: for quadratics its mean square
        away = models - models.mean(axis=-2, keepdims=True)
        return (away**2).sum(axis=(-1, -2))

    def walked_to_optima(alpha):
        return costs(walked(lambda models: 0.1 * (models - optima), 5, 8, alpha, 400))

    alone, measured = walked_to_optima(0.0), walked_to_optima(alpha)[-1]
    curves = Curves([0, 400], [0.0, 0.0], list(range(401)), alone.tolist())
    (row,) = predict(curves, FIVE, 8, 400, [alpha]).to_dict("records")
    assert 0.95 < row["loss"] / measured < 2.5
    assert alone[8] * (row["apart_rounds"] / 8) ** 2 > over * measured
