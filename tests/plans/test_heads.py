import itertools
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.plans.networks import both_ways, brute_force_s, random_rows, windows

from fedorbit.base.errors import Infeasible
from fedorbit.plans.moves.earliest import earliest_arrival
from fedorbit.plans.moves.heads import (
    along_tree,
    along_walk,
    best_root,
    chain_walk,
    flood,
    ring_walk,
)
from fedorbit.plans.sky import NEVER

seeds = st.integers(0, 10**6)
BITS = 1e6  # 0.5 to 4 s by random windows, 1 s by the others


def now(names="ABC"):
    return dict.fromkeys(names, 0.0)


def spans(transfers):
    return [(t.sender + t.receiver, t.start_s, t.end_s) for t in transfers]


# A sees B, then B sees C, then A sees B again.
LINE = both_ways([("A", "B", 0, 10), ("B", "C", 20, 30), ("A", "B", 40, 50)])


def test_the_best_root_by_hand():
    """B and C have the sum first at 21 s: A sends at 0, then B and C each other.

    B gathers at 21 (C sends from 20), and sends to C until 22 and to A until 41; C
    gathers at 21 and A gets it by way of B, at 41 as well.
    """
    done = best_root(windows(LINE), now(), BITS)
    assert (done.gathered_s, done.end_s) == (21.0, 41.0)
    assert done.root == "B"
    assert spans(done.up) == [("AB", 0.0, 1.0), ("CB", 20.0, 21.0)]
    assert spans(done.down) == [("BC", 21.0, 22.0), ("BA", 40.0, 41.0)]


def test_a_partial_sum_waits_for_what_is_still_to_come():
    """A's head passes B, whose own is ready at 7 s only: B sends both at once."""
    rows = both_ways([("A", "B", 0, 10), ("B", "C", 0, 30), ("A", "B", 40, 50)])
    ready_s = {"A": 0.0, "B": 7.0, "C": 0.0}
    done = best_root(windows(rows), ready_s, BITS, roots=["C"])
    assert spans(done.up) == [("AB", 0.0, 1.0), ("BC", 7.0, 8.0)]
    assert spans(done.down) == [("CB", 8.0, 9.0), ("BA", 9.0, 10.0)]
    assert done.end_s == 10.0


def test_a_root_on_the_ground_need_have_no_head():
    rows = both_ways([("A", "ground", 5, 9), ("B", "ground", 12, 15)])
    rows += [("ground", "A", 60, 70)]
    done = best_root(windows(rows), now("AB"), BITS, roots=["ground"])
    assert (done.root, done.gathered_s, done.end_s) == ("ground", 13.0, 61.0)
    assert spans(done.down) == [("groundB", 13.0, 14.0), ("groundA", 60.0, 61.0)]


def test_walks_along_a_chain_and_around_a_ring():
    assert chain_walk("ABC") == ["A", "B", "C", "B", "A"]
    assert ring_walk("ABC") == ["A", "B", "C", "A", "B"]
    done = along_walk(windows(LINE), chain_walk("ABC"), now(), BITS)
    assert spans(done) == [
        ("AB", 0.0, 1.0),
        ("BC", 20.0, 21.0),
        ("CB", 21.0, 22.0),
        ("BA", 40.0, 41.0),
    ]
    # A node that is not ready when the walk comes by is waited for.
    late = along_walk(windows(LINE), chain_walk("ABC"), now() | {"C": 25.0}, BITS)
    assert spans(late)[2] == ("CB", 25.0, 26.0)


def test_all_heads_by_flooding():
    """A and B have each other's at 1 s. From 20 s B sends C its own and A's in turn."""
    done = flood(windows(LINE), now(), BITS)
    assert done.end_s == 41.0
    assert [(o, *spans([t])[0]) for o, t in done.transfers] == [
        ("A", "AB", 0.0, 1.0),
        ("B", "BA", 0.0, 1.0),
        ("B", "BC", 20.0, 21.0),
        ("C", "CB", 20.0, 21.0),
        ("A", "BC", 21.0, 22.0),
        ("C", "BA", 40.0, 41.0),
    ]


def test_flooding_takes_turns_where_windows_are_short():
    """Two heads of 6 Mbit do not fit into ten seconds from B to C."""
    rows = [*LINE, *both_ways([("B", "C", 60, 70)])]
    done = flood(windows(rows), now(), 6e6)
    to_c = [(o, *spans([t])[0]) for o, t in done.transfers if t.receiver == "C"]
    assert to_c == [("B", "BC", 20.0, 26.0), ("A", "BC", 60.0, 66.0)]
    with pytest.raises(Infeasible, match="the model of A never gets to C"):
        flood(windows(LINE), now(), 6e6)


def test_one_node_has_the_sum_of_all():
    done = best_root(windows(LINE), {"A": 3.0}, BITS)
    assert (done.root, done.end_s, done.up, done.down) == ("A", 3.0, [], [])
    assert flood(windows(LINE), {"A": 3.0}, BITS).end_s == 3.0


def test_who_is_never_reached_is_told(refused):
    net = windows(both_ways([("A", "B", 0, 10)]))
    assert "models of 3 groups" in refused(best_root, net, now(), BITS)
    walk = refused(along_walk, net, chain_walk("ABC"), now(), BITS)
    assert "the model of B never gets to C" in walk
    one_way = windows([("A", "B", 0, 10)])
    assert "of B never gets to A" in refused(flood, one_way, now("AB"), BITS)
    tree = refused(along_tree, one_way, "B", {"A": "B"}, now("AB"), BITS)
    assert "of B never gets to A" in tree


def end_s(move, *args):
    """Return the end of an exchange or of a walk, infinite if there is none."""
    try:
        done = move(*args)
    except Infeasible:
        return NEVER
    return done[-1].end_s if isinstance(done, list) else done.end_s


def random_case(seed, nodes=4, count=16):
    rng = np.random.default_rng(seed)
    names, rows = random_rows(seed, nodes, count)
    rows = both_ways([(a, b, o, o + 3 * (c - o), r) for a, b, o, c, r in rows])
    return names, rows, {name: float(rng.integers(0, 40)) for name in names}


def of_brute_force(rows, names, ready_s, bits):
    """Return the soonest end by way of any root, by trying all ways."""
    at = {n: brute_force_s(rows, n, ready_s[n], bits) for n in names}
    ends_s = []
    for root in names:
        gathered_s = max(at[name].get(root, NEVER) for name in names)
        back = brute_force_s(rows, root, gathered_s, bits)
        ends_s.append(max(back.get(name, NEVER) for name in names))
    return min(ends_s)


@given(seeds)
def test_the_best_root_is_that_of_brute_force(seed):
    names, rows, ready_s = random_case(seed, count=6)
    expected_s = of_brute_force(rows, names, ready_s, BITS)
    assume(expected_s < NEVER)
    done = best_root(windows(rows), ready_s, BITS)
    assert done.end_s == pytest.approx(expected_s, abs=1e-5)


@given(seeds)
def test_sums_wait_for_all_that_they_are_of(seed):
    names, rows, ready_s = random_case(seed, nodes=6)
    net = windows(rows)
    assume(end_s(best_root, net, ready_s, BITS) < NEVER)
    done = best_root(net, ready_s, BITS)
    # Every node sends once, after all that it receives, and the root never.
    assert sorted(t.sender for t in done.up) == sorted(set(names) - {done.root})
    got_s = defaultdict(lambda: -NEVER, ready_s)
    for transfer in done.up:
        assert transfer.start_s >= got_s[transfer.sender]
        got_s[transfer.receiver] = max(got_s[transfer.receiver], transfer.end_s)
    assert got_s[done.root] == done.gathered_s
    at_s = [earliest_arrival(net, {n: ready_s[n]}, BITS).at_s[done.root] for n in names]
    assert done.gathered_s == pytest.approx(max(at_s), abs=1e-5)


def trees(names):
    """Yield all trees with a root among up to four nodes."""
    for root in names:
        others = [name for name in names if name != root]
        for choice in itertools.product(names, repeat=len(others)):
            parents = dict(zip(others, choice, strict=True))
            if all(leads_to(parents, name, root) for name in others):
                yield root, parents


def leads_to(parents, name, root):
    for _ in parents:
        if name == root:
            return True
        name = parents[name]
    return name == root


@given(seeds, st.floats(0, 40))
@settings(max_examples=50)
def test_the_best_root_never_loses_to_any_fixed_tree_chain_or_ring(seed, start_s):
    names, rows, ready_s = random_case(seed)
    ready_s = {name: start_s + time_s for name, time_s in ready_s.items()}
    net = windows(rows)
    rivals_s = [end_s(along_tree, net, *tree, ready_s, BITS) for tree in trees(names)]
    for order in itertools.permutations(names):
        for walk in (chain_walk(order), ring_walk(order)):
            rivals_s.append(end_s(along_walk, net, walk, ready_s, BITS))
    assert end_s(best_root, net, ready_s, BITS) <= min(rivals_s) + 1e-5


@given(seeds, st.floats(0, 40), st.sampled_from([("AB", "BC"), ("AC", "BC", "AD")]))
def test_the_best_root_never_loses_to_fixed_pairs(seed, start_s, pairs):
    names, rows, _ = random_case(seed)
    ready_s = {name: start_s for name in names[: len(pairs) + 1]}
    kept = [row for row in rows if "".join(sorted(row[0] + row[1])) in pairs]
    assume(kept)
    fixed_s = end_s(best_root, windows(kept), ready_s, BITS)
    assert end_s(best_root, windows(rows), ready_s, BITS) <= fixed_s + 1e-5


@given(seeds)
def test_flooding_of_tiny_heads_is_the_greatest_earliest_arrival(seed):
    names, rows, ready_s = random_case(seed, nodes=5)
    net, tiny = windows(rows), 1e-3
    at = [earliest_arrival(net, {n: ready_s[n]}, tiny).at_s for n in names]
    expected_s = max(one.get(name, NEVER) for one in at for name in names)
    assume(expected_s < NEVER)
    done = flood(net, ready_s, tiny)
    assert done.end_s == pytest.approx(expected_s, abs=1e-5)
    assert done.end_s <= best_root(net, ready_s, tiny).end_s + 1e-5


@given(seeds, st.sampled_from([0.2e6, 1e6, 3e6]))
def test_flooded_windows_carry_one_head_at_a_time_and_none_twice(seed, bits):
    names, rows, ready_s = random_case(seed, nodes=5)
    assume(end_s(flood, windows(rows), ready_s, bits) < NEVER)
    done = flood(windows(rows), ready_s, bits)
    got = [(t.receiver, owner) for owner, t in done.transfers]
    assert sorted(got) == [(v, o) for v in names for o in names if v != o]
    has_s = {(n, n): ready_s[n] for n in names}
    free_s = defaultdict(lambda: -NEVER)
    for owner, transfer in done.transfers:
        assert transfer.start_s >= has_s[transfer.sender, owner]
        assert transfer.start_s >= free_s[transfer.window]
        free_s[transfer.window] = transfer.end_s
        has_s[transfer.receiver, owner] = transfer.end_s
    assert max(has_s.values()) == done.end_s
