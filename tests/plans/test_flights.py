import numpy as np
import pytest
from tests.plans.scenes import contacts

from fedorbit.plans.readings.flights import flight_times, hops, soonest_flight
from fedorbit.plans.sky import Sky

# "quick" leaves A until 100 and is over B at 400, "slow" until 300 and at 900; back
# from B to A only "quick", and that once.
SKY = Sky(
    contacts(
        [
            ("quick", "A", 0, 100),
            ("quick", "B", 400, 500),
            ("slow", "A", 0, 300),
            ("slow", "B", 900, 1000),
            ("quick", "A", 5000, 5100),
        ]
    )
)


def test_the_ring_closes():
    assert list(hops(["A", "B", "C"])) == [("A", "B"), ("B", "C"), ("C", "A")]


def test_the_soonest_satellite_flies():
    assert soonest_flight(SKY, "A", "B", 50.0, 1e4) == ("quick", 350.0)
    assert soonest_flight(SKY, "A", "B", 150.0, 1e4) == ("slow", 750.0)
    assert soonest_flight(SKY, "A", "B", 150.0, 700.0) == ("", np.inf)


def test_statistics_of_flights_by_hand():
    """A to B: 400, 350, 750 and 700 s; B to A: 5000 s less the readiness, each."""
    ready_s = np.array([0.0, 50.0, 150.0, 200.0])
    table = flight_times(SKY, ["A", "B"], ready_s, 1e4).set_index("origin")
    hop = table.loc["A"]
    assert (hop["destination"], hop["flights"], hop["lost"]) == ("B", 4, 0)
    assert (hop["p50_s"], hop["mean_s"]) == (550.0, 550.0)
    assert hop["p95_s"] == pytest.approx(742.5)  # 700 + 0.85 x 50
    assert table.loc["B", "mean_s"] == 4900.0
    ring = table.loc["all"]
    assert (ring["flights"], ring["lost"], ring["mean_s"]) == (8, 0, 2725.0)


def test_flights_that_never_arrive_are_counted_and_left_out():
    ready_s = np.array([50.0, 350.0])
    table = flight_times(SKY, ["A", "B"], ready_s, 1000.0).set_index("origin")
    assert list(table.loc["A", ["flights", "lost", "mean_s"]]) == [2, 1, 350.0]
    assert table.loc["B", "lost"] == 2
    assert table.loc["B", ["p50_s", "mean_s", "p95_s"]].isna().all()
    assert list(table.loc["all", ["flights", "lost", "mean_s"]]) == [4, 3, 350.0]
