"""Volumes of planes on their way to stations, worked out by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.plans import scenes
from tests.plans.flow_cases import check_playable, demand, views

from fedorbit.base.errors import Infeasible
from fedorbit.plans.moves.flows.associations import (
    associate,
    at_random,
    best_sum,
    each_for_itself,
    greedy,
    nearest,
    one_sink,
)
from fedorbit.plans.moves.flows.programme import soonest
from fedorbit.plans.moves.flows.relays import Relays, grid_relays, window_relays
from fedorbit.plans.moves.flows.transfers import matchings, replay
from fedorbit.plans.moves.flows.views import (
    demand_of,
    least_slots,
    slot_edges,
    views_of,
)
from fedorbit.plans.sky import Sky

RATE_BPS = 2e6  # of the feeder of the scenes
ARRAYS = ("sender", "receiver", "sending", "receiving", "slot", "bits")


def test_a_cell_is_a_slot_that_a_pass_covers():
    sky = Sky(scenes.contacts([("A", "G", 5, 42), ("B", "G", 0, 20), ("C", "H", 0, 9)]))
    link = scenes.LINKS.feeder_down
    edges_s = np.arange(0.0, 60.0, 10.0)
    cells = views_of(sky, link, ["B", "A"], ["G"], edges_s)
    assert cells.slot.tolist() == [0, 1, 1, 2, 3]
    assert cells.satellite.tolist() == [0, 0, 1, 1, 1]
    assert cells.bits == pytest.approx(np.full(5, 10 * RATE_BPS))
    # With the ends of passes as edges, no second is lost.
    edges_s = slot_edges(sky, ["G"], 0.0, 50.0, 10.0)
    assert edges_s.tolist() == [0, 5, 10, 20, 30, 40, 42, 50]
    cells = views_of(sky, link, ["B", "A"], ["G"], edges_s)
    seconds = cells.bits / RATE_BPS
    assert np.bincount(cells.satellite, seconds) == pytest.approx([20, 37])
    # Of three ends and two slots, the ends are too many.
    assert slot_edges(sky, ["G"], 0.0, 50.0, 25.0).tolist() == [0, 25, 50]


def test_a_slot_is_shared_where_that_is_soonest():
    # Two planes need half a slot each of the only antenna.
    cells, task = views(np.ones((2, 2, 1))), demand([0, 1], [0.5, 0.5], [1])
    best = soonest(cells, task)
    assert best.end_s == pytest.approx(10.0, abs=1e-4) and best.slots == 1
    check_playable(best.transfers, task, cells)
    assert best.transfers["bits"].tolist() == pytest.approx([0.5, 0.5], abs=1e-5)
    for choose in (nearest, greedy, best_sum, at_random(0)):
        assert associate(cells, task, choose)["end_s"].max() == pytest.approx(15.0)


def test_antennas_limit_seconds_not_bits():
    # One bit at 1 a slot and three at 3 a slot: a slot each. A flow through a station
    # of 3 bits a slot would be through after a slot and a third.
    cells = views(np.tile([[1.0], [3.0]], (3, 1, 1)))
    one, two = (demand([0, 1], [1, 3], [antennas]) for antennas in (1, 2))
    assert soonest(cells, one).end_s == pytest.approx(20.0, abs=1e-4)
    assert soonest(cells, two).end_s == pytest.approx(10.0, abs=1e-4)


def test_any_satellite_of_a_plane_sends_any_part():
    # Both send 1 a slot to their own station: three bits take a slot and a half.
    bits = np.tile(np.eye(2), (4, 1, 1))
    cells, task = views(bits), demand([0, 0], [3.0], [1, 1])
    best = soonest(cells, task)
    assert best.end_s == pytest.approx(15.0)
    assert set(best.transfers["station"]) == {"G0", "G1"}
    # Each keeps its own station throughout, so there is a transfer for each.
    assert len(best.transfers) == 2
    assert one_sink(cells, task)["end_s"].max() == pytest.approx(30.0)
    own = each_for_itself(cells, task)
    assert own.bits.tolist() == [1.5, 1.5] and own.planes == ["S0", "S1"]
    assert associate(cells, own, greedy)["end_s"].max() == pytest.approx(15.0)


def test_a_plane_waits_until_its_volume_is_ready():
    cells = views(np.ones((5, 2, 1)))
    task = demand([0, 1], [1.0, 1.0], [1], ready_s=[0.0, 25.0])
    sent = soonest(cells, task).transfers
    assert sent["start_s"].tolist() == pytest.approx([0, 30])
    assert associate(cells, task, greedy)["end_s"].max() == pytest.approx(40.0)


def test_bits_arrive_as_soon_as_they_can():
    # S1 ends the plan in the third slot, S0 need not wait for it.
    bits = np.zeros((3, 2, 2))
    bits[:, 0, 0] = 1.0
    bits[2, 1, 1] = 1.0
    sent = soonest(views(bits), demand([0, 1], [1.0, 1.0], [1, 1])).transfers
    assert sent["end_s"].tolist() == pytest.approx([10, 30])


def test_the_nearest_station_may_be_taken():
    # G0 takes S0, the better one; S1 waits although G1 would have it.
    cells = views(np.tile([[3.0, 1.0], [2.0, 1.0]], (4, 1, 1)))
    task = demand([0, 1], [3.0, 2.0], [1, 1])
    assert associate(cells, task, nearest)["end_s"].max() == pytest.approx(20.0)
    sent = associate(cells, task, greedy)
    assert sent["station"].tolist() == ["G0", "G1", "G0"]
    assert sent["end_s"].max() == pytest.approx(15.0)


def test_the_best_sum_is_not_the_greatest_first():
    # 3 and 1 against 2 and 2.9.
    cells = views([[[3.0, 2.9], [2.0, 1.0]]])
    assert sorted(cells.bits[best_sum(cells, np.array([1, 1]))]) == [2.0, 2.9]
    assert sorted(cells.bits[greedy(cells, np.array([1, 1]))]) == [1.0, 3.0]


def test_sinks_leave_each_other_alone():
    # Both planes' satellites see the station in the same slots. P0 takes the first two.
    cells, task = views(np.ones((5, 2, 1))), demand([0, 1], [2.0, 1.5], [1])
    sent = one_sink(cells, task)
    assert sent["start_s"].tolist() == [0, 20]
    assert sent["end_s"].tolist() == pytest.approx([20, 35])
    with pytest.raises(Infeasible, match="no satellite of plane P1"):
        one_sink(views(np.ones((3, 2, 1))), task)


def test_fractions_become_associations_by_hand():
    # Each row and column sums to 3, so three ticks are enough, and needed.
    ticks = np.array([[2, 1], [1, 2]])
    parts = list(matchings(ticks, np.array([1, 1])))
    assert sorted(parts) == [(1, [(0, 1), (1, 0)]), (2, [(0, 0), (1, 1)])]
    # A station with two antennas takes three satellites of two ticks in three.
    parts = list(matchings(np.array([[2], [2], [2]]), np.array([2])))
    assert sum(step for step, _ in parts) == 3
    assert sum(step * len(pairs) for step, pairs in parts) == 6


def test_random_fractions_become_associations():
    rng = np.random.default_rng(0)
    for _ in range(300):
        shape = rng.integers(1, 6, 2)
        antennas = rng.integers(1, 4, shape[1])
        ticks = rng.integers(0, 50, shape) * (rng.random(shape) < 0.6)
        ticks[0, 0] += 1
        total = np.zeros(shape, dtype=int)
        length = 0
        for step, pairs in matchings(ticks, antennas):
            rows, columns = (list(ends) for ends in zip(*pairs, strict=True))
            assert step > 0 and len(set(rows)) == len(rows)
            assert (np.bincount(columns, minlength=shape[1]) <= antennas).all()
            total[rows, columns] += step
            length += step
        assert (total == ticks).all()
        by_antenna = np.ceil(ticks.sum(axis=0) / antennas)
        assert length == max(ticks.sum(axis=1).max(), by_antenna.max())


def test_a_plan_of_passes_is_replayed_with_their_rates():
    passes = [("A", "G", 5, 42), ("B", "G", 8, 80), ("C", "H", 0, 33)]
    sky, link = Sky(scenes.contacts(passes)), scenes.LINKS.feeder_up
    edges_s = slot_edges(sky, ["G", "H"], 2.0, 90.0, 10.0)
    cells = views_of(sky, link, ["A", "B", "C"], ["G", "H"], edges_s)
    members = {"x": ["A", "B"], "y": ["C"]}
    volumes = {"x": 100e6, "y": 50e6}
    ready_s = {"x": 2.0, "y": 2.0}
    task = demand_of(cells, members, volumes, ready_s, {"G": 1, "H": 1})
    best = soonest(cells, task)
    # G listens from 5 s on, 50 s for x; H from 2 s on, 25 s for y.
    assert best.end_s == pytest.approx(55.0, abs=1e-4)
    assert replay(sky, link, best.transfers) == pytest.approx(volumes, rel=1e-5)
    ends = best.transfers.groupby("plane")["end_s"].max()
    assert ends["y"] == pytest.approx(27.0, abs=1e-4)
    astray = best.transfers.assign(end_s=100.0)
    with pytest.raises(ValueError, match="no pass covers"):
        replay(sky, link, astray)


def test_what_cannot_come_down_is_told():
    cells = views(np.ones((3, 2, 1)))
    with pytest.raises(Infeasible, match=r"plane P0 .* before 30 s; make the scenario"):
        soonest(cells, demand([0, 1], [4.0, 1.0], [1]))
    with pytest.raises(Infeasible, match="all planes"):
        soonest(cells, demand([0, 1], [2.0, 2.0], [1]))
    with pytest.raises(Infeasible, match="plane P1 is not done before 30 s"):
        associate(cells, demand([0, 1], [2.0, 2.0], [1]), greedy)
    # No bound sees that P0 and P1 want the antenna in the same slot alone.
    bits = np.zeros((3, 3, 1))
    bits[0, :2] = bits[1:, 2] = 1.0
    task = demand([0, 1, 2], [1.0, 1.0, 1.0], [1])
    assert least_slots(views(bits), task) == 3
    with pytest.raises(Infeasible, match="0.333 of the volumes"):
        soonest(views(bits), task)


def hand_over(*links, slots):
    """Return links of one bit a slot between S0 of P0, S1 of P1 and S2 of P2."""
    links = [(*ends, slot, 1.0) for slot in range(slots) for ends in links]
    sender, receiver, slot, bits = (
        np.array(column) for column in zip(*links, strict=True)
    )
    names = ["S0", "S1", "S2"]
    ends = (sender, receiver)
    return Relays(names, np.arange(3), *ends, *ends, slot, bits)


def test_planes_hand_volume_on():
    # S0 alone sees the station, with 4 bits a slot. P2's two bits take two slots to P1
    # and two to P0, one behind the other: the last comes down in the fourth slot.
    bits = np.zeros((9, 3, 1))
    bits[:, 0] = 4.0
    cells, task = views(bits), demand([0, 1, 2], [0.0, 0.0, 2.0], [1])
    with pytest.raises(Infeasible, match="P2"):
        soonest(cells, task)
    relays = hand_over((2, 1), (1, 0), slots=9)
    best = soonest(cells, task, relays)
    assert best.slots == 4 and best.end_s == pytest.approx(32.5, abs=1e-4)
    assert best.transfers["bits"].sum() == pytest.approx(2.0, rel=1e-5)
    assert set(best.transfers["plane"]) == {"P0"}
    hops = best.relayed
    assert hops["sender"].tolist() == ["S1", "S2"]
    assert hops["start_s"].tolist() == [10, 0]
    assert hops["end_s"].tolist() == pytest.approx([30, 20], abs=1e-4)
    assert hops["bits"].tolist() == pytest.approx([2.0, 2.0], rel=1e-5)
    # The other way round nothing reaches the station.
    with pytest.raises(Infeasible, match="1 of the volumes"):
        soonest(cells, task, hand_over((1, 2), (0, 1), slots=9))


def test_planes_hand_on_what_is_ready():
    # P1's bit is ready in the fourth slot, is handed on, and comes down in the fifth.
    bits = np.zeros((9, 3, 1))
    bits[:, 0] = 4.0
    cells, relays = views(bits), hand_over((1, 0), slots=9)
    task = demand([0, 1, 2], [1.0, 1.0, 0.0], [1], ready_s=[0.0, 25.0, 0.0])
    best = soonest(cells, task, relays)
    assert best.end_s == pytest.approx(42.5, abs=1e-4)
    assert best.relayed["start_s"].tolist() == [30]
    late = demand([0, 1, 2], [3.0, 1.0, 0.0], [1], ready_s=[0.0, 95.0, 0.0])
    with pytest.raises(Infeasible, match="0.25 of the volumes"):
        soonest(cells, late, relays)
    # Where there are no links, each plane sends what it has when it is ready.
    none = replace(relays, **{name: getattr(relays, name)[:0] for name in ARRAYS})
    own = demand([0, 1, 2], [1.0, 0.0, 0.0], [1], ready_s=[25.0, 0.0, 0.0])
    assert soonest(cells, own, none).end_s == pytest.approx(32.5, abs=1e-4)


def test_links_between_planes_follow_from_their_ranges():
    seconds = [0.0, 60.0, 120.0]
    km = {("A", "B"): [1000.0, 1000.0, np.nan], ("A", "C"): [1000.0] * 3}
    rows = [
        (*pair, time_s, range_km)
        for pair, ranges in km.items()
        for time_s, range_km in zip(seconds, ranges, strict=True)
    ]
    columns = ["satellite_a", "satellite_b", "time_s", "range_km"]
    table = pd.DataFrame(rows, columns=columns)
    link = scenes.LINKS.isl_radio
    edges_s = np.arange(0.0, 141.0, 20.0)
    relays = grid_relays(table, link, {"A": 0, "B": 1, "C": 0}, edges_s)
    # A and C share a plane; A and B see each other until the second sample.
    assert relays.slot.tolist() == [0, 1, 2] * 2
    assert [relays.satellites[n] for n in relays.sender] == ["A"] * 3 + ["B"] * 3
    bits = 20 * float(link.rate_bps(np.array(1000.0)))
    assert relays.bits == pytest.approx(np.full(6, bits))
    assert len(grid_relays(table, link, {"A": 0, "C": 0}, edges_s).bits) == 0


def test_nothing_to_send_takes_no_time():
    cells, task = views(np.ones((3, 2, 1))), demand([0, 1], [0.0, 0.0], [1])
    best = soonest(cells, task)
    assert best.end_s == pytest.approx(0.0, abs=1e-4) and best.transfers.empty
    assert associate(cells, task, greedy).empty and one_sink(cells, task).empty


def test_links_between_planes_follow_from_their_windows():
    pairs = [("A", "B"), ("A", "C"), ("B", "C")]
    table = pd.DataFrame(pairs, columns=["satellite_a", "satellite_b"])
    # Of A and B the range falls until 30 s and rises again: the rate of the slot from
    # 20 s to 40 s is that of the stretch from 30 s to 45 s, the mean of its two ends.
    samples = [(0, 5.0, 900.0), (0, 30.0, 800.0), (0, 45.0, 1000.0)]
    samples += [(1, 0.0, 800.0), (1, 50.0, 800.0), (2, 21.0, 800.0), (2, 39.0, 800.0)]
    ranges = pd.DataFrame(samples, columns=["window", "time_s", "range_km"])
    edges_s = np.arange(0.0, 61.0, 20.0)
    link = scenes.LINKS.isl_radio
    relays = window_relays(table, ranges, link, {"A": 0, "B": 1, "C": 0}, edges_s)
    # Of A and B one slot is covered; A and C share a plane; B and C have no slot.
    assert relays.slot.tolist() == [1, 1]
    assert relays.sending.tolist() == relays.sender.tolist() == [0, 1]
    bits = 20 * float(link.rate_bps(np.array([800.0, 1000.0])).mean())
    assert relays.bits == pytest.approx([bits, bits])


def test_a_terminal_talks_to_one_other_at_a_time():
    # S0 sees the station with 4 bits a slot, S1 and S2 hand it one bit each. With one
    # terminal S0 takes two slots to receive them, with one for each link a slot.
    bits = np.zeros((6, 3, 1))
    bits[:, 0] = 4.0
    cells, task = views(bits), demand([0, 1, 2], [0.0, 1.0, 1.0], [1])
    relays = hand_over((1, 0), (2, 0), slots=6)
    best = soonest(cells, task, relays)
    assert best.end_s == pytest.approx(22.5, abs=1e-4)
    first, second = sorted(
        zip(best.relayed["start_s"], best.relayed["end_s"], strict=True)
    )
    assert first[1] <= second[0] + 1e-4
    apart = replace(relays, receiving=relays.sender)
    assert soonest(cells, task, apart).end_s == pytest.approx(15.0, abs=1e-4)


def test_the_bound_on_slots_by_hand():
    # Six bits of two planes over one antenna take six slots, over two three.
    cells = views(np.ones((8, 4, 1)))
    assert least_slots(cells, demand([0, 0, 1, 1], [3.0, 3.0], [1])) == 6
    assert least_slots(cells, demand([0, 0, 1, 1], [3.0, 3.0], [2])) == 3
    assert least_slots(cells, demand([0, 0, 1, 1], [3.0, 3.0], [4])) == 2
