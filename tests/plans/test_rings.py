"""Rings of satellites, with times worked out by hand.

Links carry 1 Mbit/s and light takes a quarter of a second, so that 2 Mbit take 2.25 s.
"""

import math
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.plans.scenes import ISL, LIGHT_S, isls

from fedorbit.base.errors import Infeasible
from fedorbit.orbits.constants import SPEED_OF_LIGHT_M_S
from fedorbit.plans.moves import rings
from fedorbit.plans.sky import NEVER

RATE_BPS, DELAY_S = 1e6, 0.25
ABC, ABCD = ["A", "B", "C"], ["A", "B", "C", "D"]


def link(sender, receiver, start_s, bits):
    return start_s + bits / RATE_BPS + DELAY_S


def at_once(ring):
    return dict.fromkeys(ring, 0.0)


def told(hops):
    return [(h.sender + h.receiver, h.owner, h.start_s, h.end_s) for h in hops]


def chunks(*megabits):
    names = (chr(ord("A") + n) for n in range(len(megabits)))
    return {name: 1e6 * mb for name, mb in zip(names, megabits, strict=True)}


def test_three_satellites_gather_unequal_chunks_ahead():
    """A has 2 Mbit, B and C have 1.

    Until 1.25 s B and C have sent theirs, until 2.25 s A. C passes on that of B from
    1.25 to 2.5; A that of C from 2.25 to 3.5; B that of A from 2.25 to 4.5.
    """
    done = rings.all_gather(ABC, chunks(2, 1, 1), at_once(ABC), link, ways=1)
    assert told(done.hops) == [
        ("BC", "B", 0.0, 1.25),
        ("CA", "C", 0.0, 1.25),
        ("AB", "A", 0.0, 2.25),
        ("CA", "B", 1.25, 2.5),
        ("AB", "C", 2.25, 3.5),
        ("BC", "A", 2.25, 4.5),
    ]
    assert done.ready_s == {"A": 2.5, "B": 3.5, "C": 4.5}
    assert done.end_s == 4.5


def test_half_of_each_chunk_goes_each_way():
    """Three times: A's halves of 1 Mbit take 1.25 s a hop, the others' 0.75 s.

    Ahead, A is done at 1.25; it then sends C's half (there since 0.75) until 2. B
    passes on A's from 1.25 to 2.5, C that of B from 0.75 to 1.5. Back is its mirror.
    """
    done = rings.all_gather(ABC, chunks(2, 1, 1), at_once(ABC), link)
    assert len(done.hops) == 12
    assert {h.bits for h in done.hops if h.owner == "A"} == {1e6}
    assert done.ready_s == {"A": 1.5, "B": 2.5, "C": 2.5}


def test_a_late_satellite_is_waited_for_but_holds_nobody_else_up():
    ready_s = {"A": 0.0, "B": 10.0, "C": 0.0}
    done = rings.all_gather(ABC, chunks(1, 1, 1), ready_s, link, ways=1)
    # B passes on the chunks of A and C before it has its own.
    assert ("BC", "A", 1.25, 2.5) in told(done.hops)
    assert ("BC", "B", 10.0, 11.25) in told(done.hops)
    assert done.ready_s == {"A": 12.5, "B": 10.0, "C": 11.25}


def test_four_satellites_reduce_a_head_by_hand():
    """Parts of 1 Mbit take 1.25 s a hop; each goes around in six hops."""
    done = rings.all_reduce(ABCD, 4e6, at_once(ABCD), link, ways=1)
    assert len(done.hops) == 4 * 6
    assert done.ready_s == dict.fromkeys(ABCD, 7.5)
    assert {(h.sender, h.receiver) for h in done.hops} == {
        ("A", "B"),
        ("B", "C"),
        ("C", "D"),
        ("D", "A"),
    }
    # Two ways: parts of half the size, 0.75 s a hop.
    assert rings.all_reduce(ABCD, 4e6, at_once(ABCD), link).end_s == 4.5


def test_a_sum_waits_for_those_that_add_to_it():
    """C is ready at 10 s only: it then adds to the parts of A and B and sends its own.

    Its link carries at 10 s its own part, then B's and A's, in order of hops.
    """
    ready_s = {"A": 0.0, "B": 0.0, "C": 10.0}
    done = rings.all_reduce(ABC, 3e6, ready_s, link, ways=1)
    from_c = [(h.owner, h.start_s) for h in done.hops if h.sender == "C"]
    assert from_c[:3] == [("C", 10.0), ("B", 11.25), ("A", 12.5)]
    assert ("AB", "A", 0.0, 1.25) in told(done.hops)
    assert min(done.ready_s.values()) > 12.5


def test_one_after_the_other():
    """Four chunks of 1, 2, 1 and 1 Mbit take three hops each, one after the other."""
    done = rings.broadcast_in_turn(ABCD, chunks(1, 2, 1, 1), at_once(ABCD), link)
    assert done.end_s == 3 * (1.25 + 2.25 + 1.25 + 1.25)
    assert [h.owner for h in done.hops] == [owner for owner in ABCD for _ in range(3)]
    ready_s = at_once(ABCD) | {"A": 5.0}
    done = rings.broadcast_in_turn(ABCD, chunks(1, 2, 1, 1), ready_s, link)
    assert done.end_s == 5 + 18


def test_everything_to_a_gateway_over_one_link_and_over_two():
    """The gateway's own link carries all chunks but its own: 3 x 1.25 s.

    Over two links, those of B and D come at 1.25 s, and C's by B at 2.5.
    """
    equal = chunks(1, 1, 1, 1)
    one = rings.relay_to_gateway(ABCD, "A", equal, at_once(ABCD), link, ways=1)
    assert one.ready_s == {"A": 3.75}
    assert [h.owner for h in one.hops if h.receiver == "A"] == ["D", "C", "B"]
    two = rings.relay_to_gateway(ABCD, "A", equal, at_once(ABCD), link)
    assert two.ready_s == {"A": 2.5}
    assert len(two.hops) == 4


def test_a_chain_gathers_whole_chunks_from_both_ends():
    """C's chunk of 2 Mbit is at A after 2 hops, A's at C: 4.5 s and 2.5 s."""
    done = rings.all_gather_in_chain(ABC, chunks(1, 1, 2), at_once(ABC), link)
    ends = {(h.owner, h.receiver): h.end_s for h in done.hops}
    assert ends["C", "A"] == 4.5
    assert ends["A", "C"] == 2.5
    assert done.ready_s == {"A": 4.5, "B": 2.25, "C": 2.5}
    assert {h.sender + h.receiver for h in done.hops} == {"AB", "BA", "BC", "CB"}


def test_one_and_two_satellites_are_rings_too():
    alone = rings.all_gather(["A"], {"A": 1e6}, {"A": 3.0}, link)
    assert (alone.hops, alone.ready_s) == ([], {"A": 3.0})
    assert rings.all_reduce(["A"], 1e6, {"A": 3.0}, link).end_s == 3.0
    assert rings.broadcast_in_turn(["A"], {"A": 1e6}, {"A": 3.0}, link).end_s == 3.0
    # Both halves take the same link, one after the other.
    two = rings.all_gather(["A", "B"], chunks(2, 2), at_once("AB"), link)
    assert two.end_s == 2.5
    assert rings.all_gather(["A", "B"], chunks(2, 2), at_once("AB"), link, 1).end_s == (
        2.25
    )


sizes = st.lists(st.floats(0.1, 50), min_size=3, max_size=9)


@given(sizes)
def test_gathering_lies_between_its_bounds(megabits):
    bits = chunks(*megabits)
    done = rings.all_gather(list(bits), bits, at_once(bits), link, ways=1)
    hops = len(bits) - 1
    upper_s = hops * (max(megabits) + DELAY_S)
    lower_s = sum(megabits) - min(megabits)
    assert lower_s <= done.end_s <= upper_s * (1 + 1e-12)
    every = [(o, r) for o in bits for r in bits if o != r]
    assert sorted((h.owner, h.receiver) for h in done.hops) == every


@given(st.floats(0.1, 50), st.integers(3, 22))
def test_equal_chunks_take_what_the_formulas_say(megabits, size):
    ring = [f"S{n}" for n in range(size)]
    bits = dict.fromkeys(ring, 1e6 * megabits)
    ahead = rings.all_gather(ring, bits, at_once(ring), link, ways=1).end_s
    assert ahead == pytest.approx((size - 1) * (megabits + DELAY_S))
    both = rings.all_gather(ring, bits, at_once(ring), link).end_s
    assert both == pytest.approx((size - 1) * (megabits / 2 + DELAY_S))
    reduced = rings.all_reduce(ring, 1e6 * megabits, at_once(ring), link, 1).end_s
    assert reduced == pytest.approx(2 * (size - 1) * (megabits / size + DELAY_S))
    in_turn = rings.broadcast_in_turn(ring, bits, at_once(ring), link).end_s
    assert in_turn == pytest.approx(size * ahead)


@given(sizes, st.data())
def test_links_send_one_chunk_at_a_time_and_only_what_has_come(megabits, data):
    bits = chunks(*megabits)
    ready_s = {name: data.draw(st.floats(0, 30)) for name in bits}
    args = list(bits), bits, ready_s, link
    for done in (
        rings.all_gather(*args),
        rings.all_gather_in_chain(*args),
        rings.broadcast_in_turn(*args),
    ):
        by_link, has_s = defaultdict(list), {}
        for hop in done.hops:
            by_link[hop.sender, hop.receiver].append(hop)
            key = hop.receiver, hop.owner
            has_s[key] = max(hop.end_s, has_s.get(key, 0.0))
            if hop.sender == hop.owner:
                assert hop.start_s >= ready_s[hop.owner]
        for hops in by_link.values():
            assert all(
                a.end_s <= b.start_s for a, b in zip(hops, hops[1:], strict=False)
            )
        for name in bits:
            got_s = max(has_s[name, other] for other in bits if other != name)
            assert done.ready_s[name] == max(got_s, ready_s[name])


# Ten satellites at 550 km, 1 Gbit/s: R l/c / (1 - 2 / S) is 17.9 Mbit.
GIGABIT, TEN = 1e9, [f"S{n}" for n in range(10)]
LIGHT_OF_TEN_S = 2e3 * (6378.137 + 550) * math.sin(math.pi / 10) / SPEED_OF_LIGHT_M_S


@pytest.mark.parametrize("ways", [1, 2])
def test_small_heads_are_gathered_and_large_ones_reduced(ways):
    def fast(sender, receiver, start_s, bits):
        return start_s + bits / GIGABIT + LIGHT_OF_TEN_S

    limit = ways * GIGABIT * LIGHT_OF_TEN_S / (1 - 2 / 10)
    assert limit == pytest.approx(ways * 17.86e6, rel=1e-3)
    args = at_once(TEN), fast, ways
    small = rings.share_heads(TEN, 0.99 * limit, *args)
    assert {h.bits for h in small.hops} == {0.99 * limit / ways}
    large = rings.share_heads(TEN, 1.01 * limit, *args)
    assert {h.bits for h in large.hops} == {1.01 * limit / ways / 10}


def test_hops_take_the_true_rate_and_the_time_of_light():
    links = isls({"A-B": 1000.0, "B-C": 1000.0, "C-A": 2000.0})
    bits = dict.fromkeys(ABC, 10e6)
    done = rings.all_gather(ABC, bits, at_once(ABC), links.finish_s, ways=1)
    ends = {h.sender + h.receiver: h.end_s for h in done.hops if h.start_s == 0}
    assert ends["AB"] == pytest.approx(5 + LIGHT_S)
    slow_s = 10e6 / ISL.rate_bps(2000.0) + 2 * LIGHT_S
    assert ends["CA"] == pytest.approx(slow_s)


def test_a_broken_ring_is_told(refused):
    links = isls({"A-B": 1000.0, "B-C": 1000.0})
    bits = dict.fromkeys(ABC, 10e6)
    args = ABC, bits, at_once(ABC), links.finish_s
    for move in (rings.all_gather, rings.broadcast_in_turn):
        with pytest.raises(Infeasible):
            move(*args)
    sentence = refused(rings.all_gather, *args)
    assert "C cannot send to A from 0 s on" in sentence
    assert rings.all_gather_in_chain(*args).end_s == pytest.approx(2 * (5 + LIGHT_S))


def test_a_ring_with_one_gap_is_a_chain(refused):
    def seeing(*gaps):
        return lambda a, b: a + b not in gaps

    assert rings.open_at_gap(ABCD, seeing()) is None
    assert rings.open_at_gap(ABCD, seeing("BC")) == ["C", "D", "A", "B"]
    assert rings.open_at_gap(ABCD, seeing("DA")) == ABCD
    sentence = refused(rings.open_at_gap, ABCD, seeing("AB", "CD"))
    assert "the plane of A has 4 satellites and 2 gaps" in sentence


def test_a_scenario_that_ends_is_told():
    def until_ten(sender, receiver, start_s, bits):
        end_s = link(sender, receiver, start_s, bits)
        return end_s if end_s <= 10 else NEVER

    with pytest.raises(Infeasible, match="or the scenario ends"):
        rings.all_gather(ABCD, chunks(4, 4, 4, 4), at_once(ABCD), until_ten, ways=1)


def test_a_ring_at_550_km_takes_nine():
    """cos(20 degrees) is 0.9397 and cos(22.5) 0.9239; 6458.1 / 6928.1 is 0.9322."""
    assert rings.least_in_ring(550.0, 80.0) == 9
    # At one Earth radius above a bare Earth: cos(60 degrees) is a half.
    assert rings.least_in_ring(6378.137, 0.0) == 3
    with pytest.raises(ValueError, match="no ring at 50 km"):
        rings.least_in_ring(50.0, 80.0)
