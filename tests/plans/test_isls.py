import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plans.scenes import ISL, LIGHT_S, MODEL_BITS, isls

from fedorbit.plans.sky import NEVER

HOP_S = 5 + LIGHT_S  # a model over 1,000 km at 2 Mbit/s


def way(hops):
    return "".join([hops[0].sender, *(hop.receiver for hop in hops)])


def ring(**others):
    """Return six satellites around a ring, A to F, 1,000 km apart."""
    pairs = {f"{a}-{b}": 1000.0 for a, b in itertools.pairwise("ABCDEFA")}
    return isls(pairs | {key.replace("_", "-"): km for key, km in others.items()})


def test_the_short_way_around_a_ring_store_and_forward():
    hops = ring().send("A", "C", 7.0, MODEL_BITS, {})
    assert way(hops) == "ABC"
    times = [time_s for hop in hops for time_s in (hop.start_s, hop.end_s)]
    assert times == pytest.approx([7, 7 + HOP_S, 7 + HOP_S, 7 + 2 * HOP_S])
    assert way(ring().send("A", "E", 7.0, MODEL_BITS, {})) == "AFE"


def test_fewer_hops_are_taken_though_they_be_longer():
    assert way(ring(A_C=3000.0).send("A", "C", 0.0, MODEL_BITS, {})) == "AC"


def test_of_routes_with_equally_many_hops_the_shorter_one_is_taken():
    assert way(ring(A_B=1001.0).send("A", "D", 0.0, MODEL_BITS, {})) == "AFED"
    assert way(ring(F_A=1001.0).send("A", "D", 0.0, MODEL_BITS, {})) == "ABCD"


def test_nothing_is_sent_to_oneself():
    assert ring().send("A", "A", 7.0, MODEL_BITS, {}) == []


def test_the_rate_is_that_of_the_range_at_the_start():
    """From 1,000 to 3,000 km in 1,000 s, so that it is 2,000 km at 500 s.

    The ratio of signal to noise, 1 at 1,000 km, is then 1/4.
    """
    links = isls({"A-B": [1000.0, 3000.0]})
    (hop,) = links.send("A", "B", 500.0, MODEL_BITS, {})
    rate_bps = 2e6 * math.log2(1.25)
    assert hop.end_s == pytest.approx(500 + MODEL_BITS / rate_bps + 2 * LIGHT_S)
    assert ISL.rate_bps(2000.0) == pytest.approx(rate_bps)


def test_a_busy_link_is_waited_for_in_its_own_direction_only():
    busy = {("A", "B"): 20.0, ("C", "B"): 50.0}
    hops = ring().send("A", "C", 7.0, MODEL_BITS, busy)
    assert [hop.start_s for hop in hops] == pytest.approx([20, 20 + HOP_S])


def test_a_lost_link_is_gone_around_or_waited_for():
    nan = np.nan
    # B-C is out of sight at 1,000 s: no transfer may use it from 0 to 2,000 s.
    around = {"B-C": [1000.0, nan, 1000.0, 1000.0], "A-B": 1000.0}
    links = isls(around | {"A-D": 1000.0, "D-E": 1000.0, "E-C": 1000.0})
    assert way(links.send("A", "C", 5.0, MODEL_BITS, {})) == "ADEC"
    assert way(links.send("A", "C", 2005.0, MODEL_BITS, {})) == "ABC"
    hops = isls(around).send("A", "C", 5.0, MODEL_BITS, {})
    # There is no way at all, so the message does not even leave A before it opens.
    assert [hop.start_s for hop in hops] == pytest.approx([2000, 2000 + HOP_S])


def test_a_transfer_that_would_be_cut_off_waits():
    links = isls({"A-B": [1000.0, 1000.0, np.nan, 1000.0, 1000.0]})
    assert links.finish_s("A", "B", 990.0, MODEL_BITS) == pytest.approx(990 + HOP_S)
    assert links.finish_s("A", "B", 996.0, MODEL_BITS) == NEVER  # ends at 1001 s
    (hop,) = links.send("A", "B", 996.0, MODEL_BITS, {})
    assert hop.start_s == 3000.0


def test_what_does_not_arrive_before_the_end_of_the_table_is_not_sent():
    links = isls({"A-B": 1000.0, "C-D": 1000.0})
    assert links.send("A", "B", 996.0, MODEL_BITS, {}) is None
    assert links.send("A", "B", 2000.0, MODEL_BITS, {}) is None
    assert links.send("A", "D", 0.0, MODEL_BITS, {}) is None


@given(
    st.dictionaries(
        st.sampled_from(list(itertools.combinations("ABCDE", 2))),
        st.floats(500, 5000),
        min_size=1,
    )
)
@settings(max_examples=60, deadline=None)
def test_routes_equal_those_of_brute_force(ranges_km):
    links = isls({f"{a}-{b}": km for (a, b), km in ranges_km.items()}, step_s=1e6)
    length_km = {frozenset(pair): km for pair, km in ranges_km.items()}
    names = sorted(links.satellites)
    for origin, destination in itertools.permutations(names, 2):
        found = []
        others = [n for n in names if n not in (origin, destination)]
        for count in range(len(others) + 1):
            for between in itertools.permutations(others, count):
                steps = list(itertools.pairwise((origin, *between, destination)))
                if all(frozenset(step) in length_km for step in steps):
                    total_km = sum(length_km[frozenset(step)] for step in steps)
                    found.append((len(steps), total_km))
        hops = links.send(origin, destination, 0.0, 1.0, {})
        if not found:
            assert hops is None
            continue
        total_km = sum(length_km[frozenset((h.sender, h.receiver))] for h in hops)
        assert len(hops) == min(found)[0]
        assert total_km == pytest.approx(min(found)[1], abs=1e-3)


def test_a_message_waits_for_the_sample_that_joins_two_islands():
    """A to D by B and C, of which B-C is out of sight until 3,000 s.

    It starts when there is a whole route. With none before the end of the table, it
    never does.
    """
    nan = math.nan
    apart = [nan, nan, nan, 1000.0, 1000.0]
    links = isls({"A-B": 1000.0, "B-C": apart, "C-D": 1000.0})
    hops = links.send("A", "D", 7.0, MODEL_BITS, {})
    assert way(hops) == "ABCD"
    assert hops[0].start_s == pytest.approx(3000)
    never = isls({"A-B": 1000.0, "B-C": [nan, nan, nan, nan, 1000.0], "C-D": 1000.0})
    assert never.send("A", "D", 7.0, MODEL_BITS, {}) is None
