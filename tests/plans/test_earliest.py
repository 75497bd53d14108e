import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.plans.networks import brute_force_s, random_rows, windows

from fedorbit.plans.moves.earliest import earliest_arrival, latest_departures, spread
from fedorbit.plans.sky import NEVER
from fedorbit.plans.windows import Transfer

seeds = st.integers(0, 10**6)
starts = st.floats(0, 70)
# 3 Mbit take 1.5 to 12 s, and windows last from 2 to 29 s.
BITS = 3e6

# A meets B early and late, C in between; C meets B, and B meets D only once.
NET = [
    ("A", "B", 50, 80),
    ("A", "C", 10, 30),
    ("C", "B", 15, 40),
    ("B", "D", 20, 26),
    ("B", "D", 90, 99),
]


def test_the_way_around_is_taken_where_it_is_sooner():
    """At 0 s: A to C from 10 to 13, C to B from 15 to 18, B to D from 20 to 23."""
    found = earliest_arrival(windows(NET), {"A": 0.0}, BITS)
    assert found.at_s == {"A": 0.0, "C": 13.0, "B": 18.0, "D": 23.0}
    assert [t.window for t in found.route("D")] == [1, 2, 3]
    assert [(t.start_s, t.end_s) for t in found.route("D")] == [
        (10.0, 13.0),
        (15.0, 18.0),
        (20.0, 23.0),
    ]
    assert found.route("A") == []


def test_a_start_too_late_for_the_way_around_waits():
    """At 25 s C has it at 28 and B at 31, after the first window to D."""
    found = earliest_arrival(windows(NET), {"A": 25.0}, BITS)
    assert found.at_s == {"A": 25.0, "C": 28.0, "B": 31.0, "D": 93.0}
    # At 28 s it does not fit into the window to C any more.
    found = earliest_arrival(windows(NET), {"A": 28.0}, BITS)
    assert found.at_s == {"A": 28.0, "B": 53.0, "D": 93.0}


def test_several_origins_and_windows_that_are_taken():
    found = earliest_arrival(windows(NET), {"A": 0.0, "B": 5.0}, BITS)
    assert found.at_s == {"A": 0.0, "B": 5.0, "C": 13.0, "D": 23.0}
    busy_s = np.array([-math.inf, 20.0, -math.inf, -math.inf, -math.inf])
    found = earliest_arrival(windows(NET), {"A": 0.0}, BITS, busy_s)
    assert found.at_s == {"A": 0.0, "C": 23.0, "B": 26.0, "D": 93.0}


def test_nodes_may_be_anything_that_can_be_told_apart():
    net = windows([(0, ("G", 1), 0, 9), (("G", 1), "x", 5, 20)])
    assert earliest_arrival(net, {0: 1.0}, BITS).at_s == {0: 1.0, ("G", 1): 4.0, "x": 8}


def test_nobody_asks_for_what_starts_after_the_arrival():
    """A has ways to B at 5, 20 and 30 s, which take 1, 12 and 2 s.

    B is asked at 6 s, and has a way to D from 7 to 27. Of A's ways only that at 20 is
    still looked at before D is there.
    """
    asked = []

    def from_a():
        for start_s, end_s in ((5.0, 6.0), (20.0, 32.0), (30.0, 32.0)):
            yield start_s
            asked.append(start_s)
            yield Transfer(0, "A", "B", start_s, end_s)

    ways = {"A": from_a(), "B": iter([Transfer(1, "B", "D", 7.0, 27.0)]), "D": iter(())}
    found = spread(lambda node, _: [ways[node]], {"A": 0.0}, "D".__eq__)
    assert found.at_s == {"A": 0.0, "B": 6.0, "D": 27.0}
    assert asked == [5.0, 20.0]


@given(seeds, starts)
def test_earliest_arrival_equals_all_ways_tried(seed, start_s):
    names, rows = random_rows(seed, nodes=5, count=14)
    found = earliest_arrival(windows(rows, 0.25), {"A": start_s}, BITS).at_s
    expected = brute_force_s(rows, "A", start_s, BITS, 0.25)
    assert found == pytest.approx(expected, abs=1e-6)
    assert set(found) <= set(names)


@given(seeds, starts)
def test_routes_are_ways_in_time(seed, start_s):
    _, rows = random_rows(seed, nodes=5, count=14)
    found = earliest_arrival(windows(rows), {"A": start_s}, BITS)
    for node, at_s in found.at_s.items():
        now_s, here = start_s, "A"
        for transfer in found.route(node):
            sender, receiver, open_s, close_s, rate_bps = rows[transfer.window]
            assert (sender, receiver) == (here, transfer.receiver)
            assert transfer.start_s >= max(now_s, open_s)
            assert transfer.end_s <= close_s + 1e-5
            lasts_s = transfer.end_s - transfer.start_s
            assert lasts_s == pytest.approx(BITS / rate_bps, abs=1e-5)
            now_s, here = transfer.end_s, receiver
        assert (now_s, here) == (at_s, node)


@given(seeds, st.floats(0, 90))
def test_latest_departures_are_those_from_which_all_is_just_in_time(seed, deadline_s):
    names, rows = random_rows(seed, nodes=5, count=14)
    net = windows(rows, 0.25)
    latest_s, successor = latest_departures(net, "A", deadline_s, BITS)
    assert set(successor) == set(latest_s) - {"A"}
    for node in names[1:]:
        from_s = latest_s.get(node, -NEVER)
        if from_s > -NEVER:
            arrival_s = earliest_arrival(net, {node: from_s - 1e-5}, BITS).at_s["A"]
            assert arrival_s <= deadline_s + 1e-5
        later_s = max(from_s, -50.0) + 0.001
        assert earliest_arrival(net, {node: later_s}, BITS).at_s.get("A", NEVER) > (
            deadline_s - 1e-5
        )
