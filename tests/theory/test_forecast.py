import pytest

from fedorbit.plans.moves.topology import upstreams
from fedorbit.theory.fedmeld.forecast import Forecast, of_averages, of_fedmeld
from fedorbit.theory.fedmeld.law import Curves

PAIR = upstreams("AB", "ring")
# The mean loses 1 in each round, and regions that learn alone nothing besides.
EVEN = Curves(
    list(range(0, 22, 2)), [20.0 - r for r in range(0, 22, 2)], [0, 40], [0, 0]
)


def test_averages_are_those_of_the_pilot():
    """Two rounds to an exchange: a loss of 15 is between the second and the third."""
    assert of_averages(EVEN, 16.0) == Forecast(2)
    assert of_averages(EVEN, 15.0) == Forecast(3)
    assert of_averages(EVEN, 20.0) == Forecast(0)
    assert of_averages(EVEN, -1.0) == Forecast(None)


def test_fedmeld_takes_the_slowing_of_its_mean_upon_it():
    """Where being apart costs nothing, the least ratio is best: 1 in 100.

    Two exchanges are worth 3.96 rounds, three 5.94.
    """
    assert of_fedmeld(EVEN, PAIR, 2, 16.04) == Forecast(2, pytest.approx(0.01))
    assert of_fedmeld(EVEN, PAIR, 2, 16.0) == Forecast(3, pytest.approx(0.01))


def test_fedmeld_mixes_more_where_being_apart_costs():
    """One interval apart costs 8, and more than that grows as steeply."""
    steep = Curves(EVEN.rounds, EVEN.mean_loss, [0, 2, 40], [0, 8, 160])
    found = of_fedmeld(steep, PAIR, 2, 15.0)
    assert found.exchanges > 3 and found.mixing_ratio > 0.1


def test_what_the_pilot_never_reached_is_not_forecast():
    assert of_fedmeld(EVEN, PAIR, 2, -1.0) == Forecast(None)
