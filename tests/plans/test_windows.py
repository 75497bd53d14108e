import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.plans.networks import windows
from tests.plans.scenes import ISL, LIGHT_S

from fedorbit.plans.windows import Windows, isl_windows


def times(transfer):
    return transfer.start_s, transfer.end_s


def test_a_transfer_waits_for_the_window_and_for_what_is_before_it():
    net = windows([("A", "B", 10, 20)], light_s=0.5)
    assert times(net.soonest("A", "B", 0, 4e6)) == (10.0, 14.5)
    assert times(net.soonest("A", "B", 12, 4e6)) == (12.0, 16.5)
    busy_s = np.array([15.0])
    assert times(net.soonest("A", "B", 12, 4e6, busy_s)) == (15.0, 19.5)
    assert net.soonest("B", "A", 0, 4e6) is None


def test_a_transfer_must_fit_into_what_is_left():
    net = windows([("A", "B", 10, 20), ("A", "B", 40, 60)])
    assert net.soonest("A", "B", 0, 10e6).window == 0
    assert net.soonest("A", "B", 0, 11e6).window == 1
    assert times(net.soonest("A", "B", 15, 5e6)) == (15.0, 20.0)
    assert times(net.soonest("A", "B", 15.001, 5e6)) == (40.0, 45.0)
    assert net.soonest("A", "B", 0, 21e6) is None
    busy_s = np.array([18.0, 0.0])
    assert net.soonest("A", "B", 0, 3e6, busy_s).window == 1


def test_a_faster_window_that_opens_later_may_be_the_sooner():
    net = windows([("A", "B", 0, 100), ("A", "B", 5, 100, 10e6)])
    assert net.soonest("A", "B", 0, 4e6).window == 0
    assert times(net.soonest("A", "B", 0, 10e6)) == (5.0, 6.0)


def rising(light=(0.0, 0.0)):
    """Return a window whose rate rises from 0.5 to 1.5 and on to 2.5 Mbit/s."""
    ends = pd.DataFrame({"sender": ["A"], "receiver": ["B"]})
    samples = pd.DataFrame(
        {
            "window": [0, 0, 0],
            "time_s": [0.0, 10.0, 20.0],
            "rate_bps": [0.5e6, 1.5e6, 2.5e6],
            "light_s": np.linspace(*light, 3),
        }
    )
    return Windows(ends, samples)


def test_bits_are_the_integral_of_the_rate():
    """A stretch has the mean of its ends: 1 Mbit/s until 10 s, then 2 Mbit/s."""
    assert times(rising().soonest("A", "B", 5, 9e6)) == (5.0, 12.0)
    assert rising().soonest("A", "B", 0, 30e6).end_s == 20.0
    assert rising().soonest("A", "B", 0, 30.001e6) is None


def test_light_takes_the_time_that_it_takes_at_the_end():
    found = rising((0.0, 2.0)).soonest("A", "B", 0, 5e6)
    assert found.end_s == pytest.approx(5.5)


@given(st.floats(0, 20), st.floats(0.1e6, 30e6))
def test_the_latest_start_is_the_start_of_a_transfer_that_just_arrives(from_s, bits):
    net = rising((1.0, 3.0))
    found = net.soonest("A", "B", from_s, bits)
    if found is None:
        return
    (latest_s,) = net.to_node("B").latest_starts_s(found.end_s, bits).values()
    assert latest_s == pytest.approx(found.start_s, abs=1e-6)
    earlier = net.to_node("B").latest_starts_s(1.0 + 0.01e6 / 1e6 - 0.02, bits)
    assert earlier == {}


def test_what_arrives_after_the_close_is_in_time_for_later_deadlines():
    bundle = windows([("A", "B", 10, 20)], light_s=0.5).to_node("B")
    assert bundle.latest_starts_s(100.0, 4e6) == {"A": 16.0}
    assert bundle.latest_starts_s(14.5, 4e6)["A"] == pytest.approx(10.0)
    assert bundle.latest_starts_s(14.4, 4e6) == {}
    assert bundle.latest_starts_s(9.0, 1.0) == {}
    assert bundle.latest_starts_s(20.5, 4e6, np.array([16.5])) == {}


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=2))
def test_who_starts_later_never_arrives_earlier(starts):
    net = windows([("A", "B", 0, 30), ("A", "B", 20, 90, 3e6), ("A", "B", 50, 60, 9e6)])
    ends_s = []
    for from_s in sorted(start for pair in starts for start in pair):
        found = net.soonest("A", "B", from_s, 8e6)
        ends_s.append(math.inf if found is None else found.end_s)
    assert all(a <= b + 1e-9 for a, b in zip(ends_s, ends_s[1:], strict=False))


def test_many_windows_of_a_node_are_kept_apart():
    """A hundred windows of a second each, in any order, carry one Mbit each."""
    order = np.random.default_rng(3).permutation(100)
    net = windows([("A", f"B{n}", 10 * n, 10 * n + 1) for n in order])
    for number, n in enumerate(order):
        found = net.soonest("A", f"B{n}", 0.0, 1e6)
        assert (found.window, found.start_s) == (number, 10 * n)
        assert found.end_s == pytest.approx(10 * n + 1)
        assert net.soonest("A", f"B{n}", 10 * n + 0.01, 1e6) is None


def test_links_between_satellites_carry_both_ways_between_their_planes():
    table = pd.DataFrame({"satellite_a": ["S1", "S2"], "satellite_b": ["T1", "U1"]})
    ranges = pd.DataFrame(
        {
            "window": [0, 0, 1, 1],
            "time_s": [0.0, 100.0, 50.0, 150.0],
            "range_km": [1000.0, 1000.0, 2000.0, 2000.0],
        }
    )
    planes = {"S1": "0", "S2": "0", "T1": "1", "U1": "2"}
    net = isl_windows(table, ranges, ISL, planes)
    there, back = net.soonest("0", "1", 0.0, 10e6), net.soonest("2", "0", 0.0, 10e6)
    assert there.end_s == pytest.approx(5 + LIGHT_S)
    rate_bps = float(ISL.rate_bps(2000.0))
    assert back.end_s == pytest.approx(50 + 10e6 / rate_bps + 2 * LIGHT_S)
    assert (there.window, back.window) == (0, 3)
    assert net.ends.loc[3, ["sender", "receiver"]].tolist() == ["2", "0"]
    assert net.ends.loc[3, ["satellite_a", "satellite_b"]].tolist() == ["S2", "U1"]
    alone = isl_windows(table, ranges, ISL)
    assert alone.soonest("T1", "S1", 0.0, 10e6).end_s == there.end_s
    del planes["U1"]
    fewer = isl_windows(table, ranges, ISL, planes)
    assert fewer.soonest("0", "1", 0.0, 10e6) == there
    assert set(fewer.from_node("0").soonest(0.0, 10e6)) == {"1"}


def test_samples_that_are_not_of_the_windows_are_refused():
    ends = pd.DataFrame({"sender": ["A"], "receiver": ["B"]})
    samples = rising()._samples
    columns = dict(zip(["time_s", "rate_bps", "light_s"], samples, strict=True))
    table = pd.DataFrame({"window": [0, 0, 1], **columns})
    with pytest.raises(ValueError, match="not those of the windows"):
        Windows(ends, table)
    table = pd.DataFrame({"window": [0, 0, 0], **columns})
    with pytest.raises(ValueError, match="do not grow"):
        Windows(ends, table.assign(time_s=[0.0, 5.0, 5.0]))
    with pytest.raises(ValueError, match="fewer than two samples"):
        Windows(ends, table.head(1))
    with pytest.raises(ValueError, match="not above 0"):
        Windows(ends, table.assign(rate_bps=[1.0, 0.0, 1.0]))
