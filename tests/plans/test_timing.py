import math

import pytest
from tests.plans.scenes import PICKUP_S, scene

from fedorbit.base.errors import SettingsError
from fedorbit.plans.scmr.timing import measure_timing

# S1 sees A and S2 sees B all the time. "fly" leaves A at 100, is over B from 400 on;
# "back" leaves B at 200 and is over A from 600 on.
PASSES = [
    ("S1", "A", 0, 2000),
    ("S2", "B", 0, 2000),
    ("fly", "A", 0, 100),
    ("fly", "B", 400, 600),
    ("back", "B", 0, 200),
    ("back", "A", 600, 700),
]


def test_rounds_and_flights_by_hand():
    """A round is 10 s of broadcast, 30 s of steps, 10 s of uploads.

    A flight from A lasts until "fly" rises over B at 400, and 20 s of uploads and
    broadcast follow; from B it is 600 + 20 s. Models are ready at 0 s only.
    """
    timing = measure_timing(scene(PASSES, "AB", horizon_s=1000.0))
    assert timing.round_s == pytest.approx(50.0, rel=1e-3)
    assert timing.hops["mean_s"].tolist() == pytest.approx([420.0, 620.0], rel=1e-3)
    assert timing.hops["flights"].tolist() == [1, 1]
    assert timing.flight_s == pytest.approx(520.0, rel=1e-3)
    # With footprints that overlap, there is no flight, but the transfers are left.
    both = scene([("S", site, 0, 2000) for site in "AB"], "AB", horizon_s=1000.0)
    by_hand = PICKUP_S + 20
    assert measure_timing(both).flight_s == pytest.approx(by_hand, rel=1e-3)


def test_a_hop_that_nobody_flies_takes_for_ever():
    timing = measure_timing(scene(PASSES[:4], "AB", horizon_s=1000.0))
    assert timing.flight_s == math.inf
    assert timing.hops["lost"].tolist() == [0, 1]


def test_a_scene_without_time_for_a_round_is_refused():
    with pytest.raises(SettingsError, match="no round fits into 0.01"):
        measure_timing(scene(PASSES, "AB", horizon_s=40.0))
