"""What a plan that does not fit would need."""

import pytest
from tests.plans.scenes import scene

from fedorbit.base.errors import Infeasible
from fedorbit.data.homes import region_homes
from fedorbit.plans.needed import MOST_HOURS, at_least, hours_needed, needed
from fedorbit.plans.plan import Plan, PlanBuilder
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld

MELD = FedMeld(variant="interval", round_interval=2, mixing_ratio=0.25)
HOMES = region_homes(["A", "B"], 2)


def fits_into(hours: float):
    """Return a planner that needs so many hours, and the hours that it was asked."""
    asked = []

    def plan_within(given: float) -> Plan:
        asked.append(given)
        if given < hours:
            raise Infeasible("nothing fits.")
        return PlanBuilder().build()

    return plan_within, asked


@pytest.mark.parametrize("hours", [3.05, 4.6, 5.9, 24.0, 95.0])
def test_the_hours_are_found_to_a_hundredth_of_them(hours):
    plan_within, asked = fits_into(hours)
    found, _ = hours_needed(plan_within, 3.0)
    assert hours <= found <= 1.0102 * hours
    assert asked[:2] == ([6.0, 4.5] if hours <= 6 else [6.0, 12.0])


def test_what_takes_longer_than_four_days_is_said_to():
    plan_within, asked = fits_into(97.0)
    assert hours_needed(plan_within, 3.0) is None
    assert asked[-1] == MOST_HOURS
    assert needed(plan_within, 3.0, HOMES) == " It would not fit into 96 h either."


# FedMeld needs a flight from A to B and one back; that from B to A comes at 2 h.
SLOW = [
    ("S1", "A", 0, 100),
    ("S1", "B", 80, 160),
    ("S2", "B", 0, 100),
    ("S2", "A", 7200, 7300),
    ("S3", "A", 40, 140),
    ("S4", "B", 40, 140),
]


def test_the_last_flight_is_named_with_its_arrival():
    def plan_within(hours: float) -> Plan:
        passes = [p for p in SLOW if p[2] < 3600 * hours]
        return plan_fedmeld(scene(passes, ["A", "B"], horizon_s=3600 * hours), MELD)

    with pytest.raises(Infeasible, match="no exchange around the ring fits into 1 h"):
        plan_within(1.0)
    # S2 rises over A at 7,200 s; broadcast and uploads take 20 s more.
    hours, sentence = hours_needed(plan_within, 1.0)[0], needed(plan_within, 1.0, HOMES)
    assert 7220 / 3600 <= hours <= 1.0102 * 7220 / 3600
    # What is printed is rounded up, so that it really fits.
    assert sentence == (
        " It would fit into 2.1 h; its last flight, from B to A, arrives at 2 h."
    )
    plan_within(2.1)


@pytest.mark.parametrize(
    ("hours", "words"),
    [(4.21, "4.3"), (4.2, "4.3"), (4.0, "4"), (0.0312, "0.032"), (95.01, "96")],
)
def test_hours_are_rounded_up_to_two_digits(hours, words):
    # 4.2 is a little more than 42 tenths as a binary number.
    assert at_least(hours) == words


def test_nothing_is_said_of_hours_beyond_those_that_are_tried():
    plan_within, asked = fits_into(1000.0)
    assert needed(plan_within, 100.0, HOMES) == ""
    assert asked == []
