"""The programme of volumes against brute force, maximum flow and simple rules."""

import numpy as np
import pytest
from pandas.testing import assert_frame_equal
from scipy.optimize import linprog
from scipy.sparse import coo_array
from scipy.sparse.csgraph import maximum_flow
from tests.plans.flow_cases import (
    check_playable,
    demand,
    dense,
    random_case,
    tried_slots,
    views,
)

from fedorbit.base.errors import Infeasible
from fedorbit.plans.moves.flows.associations import (
    associate,
    at_random,
    best_sum,
    greedy,
    nearest,
    one_sink,
)
from fedorbit.plans.moves.flows.programme import soonest
from fedorbit.plans.moves.flows.views import least_slots

RULES = {"nearest": nearest, "greedy": greedy, "best sum": best_sum}
LOOSE_S = 1e-4  # of slots of 10 s; fractions are rounded to 1e-6 of a slot


def fewest_slots(cells, task):
    """Return the slots of the optimum, ``None`` if there is none."""
    try:
        return soonest(cells, task).slots
    except Infeasible:
        return None


def flow_slots(bits, task):
    """Return the least number of slots by SciPy's maximum flow, one bit a slot."""
    slots, satellites, stations = bits.shape
    for count in range(1, slots + 1):
        planes = len(task.bits)
        sender = 1 + planes + np.arange(slots * satellites).reshape(slots, satellites)
        taker = sender[-1, -1] + 1 + np.arange(slots * stations).reshape(slots, -1)
        sink = taker[-1, -1] + 1
        arcs = [(0, 1 + p, int(bits)) for p, bits in enumerate(task.bits)]
        for k in range(count):
            arcs += [(1 + task.plane[s], sender[k, s], 1) for s in range(satellites)]
            arcs += [(taker[k, g], sink, task.antennas[g]) for g in range(stations)]
            seen = zip(*np.nonzero(bits[k]), strict=True)
            arcs += [(sender[k, s], taker[k, g], 1) for s, g in seen]
        tail, head, room = np.array(arcs, dtype=np.int32).T
        graph = coo_array((room, (tail, head)), shape=(sink + 1, sink + 1)).tocsr()
        if maximum_flow(graph, 0, sink).flow_value == task.bits.sum():
            return count
    return None


def test_with_constant_rates_brute_force_and_integer_flow_agree():
    rng = np.random.default_rng(1)
    found = []
    for _ in range(400):
        cells, task = random_case(rng, constant=True)
        slots = fewest_slots(cells, task)
        assert slots == tried_slots(dense(cells), task)
        assert slots == flow_slots(dense(cells), task)
        found.append(slots)
    assert 50 < found.count(None) < 250 and len(set(found)) == 6


@pytest.mark.parametrize("wanted", [100, pytest.param(300, marks=pytest.mark.slow)])
def test_no_association_is_sooner(wanted):
    rng = np.random.default_rng(wanted)
    sooner = dict.fromkeys(RULES, 0)
    cases = 0
    while cases < wanted:
        cells, task = random_case(rng, constant=False)
        try:
            best = soonest(cells, task)
        except Infeasible:
            for rule in RULES.values():
                with pytest.raises(Infeasible):
                    associate(cells, task, rule)
            continue
        cases += 1
        if cases <= 100:
            check_playable(best.transfers, task, cells)
            sent = best.transfers.groupby("plane")["bits"].sum()
            assert sent.to_numpy() == pytest.approx(task.bits, rel=1e-4)
        assert best.end_s == pytest.approx(best.transfers["end_s"].max(), abs=LOOSE_S)
        assert best.slots >= least_slots(cells, task)
        for name, rule in {**RULES, "random": at_random(cases)}.items():
            try:
                end_s = associate(cells, task, rule)["end_s"].max()
            except Infeasible:
                end_s = np.inf
            assert best.end_s <= end_s + LOOSE_S
            if name in sooner:
                sooner[name] += best.end_s < end_s - 0.01
        try:
            assert best.end_s <= one_sink(cells, task)["end_s"].max() + LOOSE_S
        except Infeasible:
            pass
    # The comparison can tell: each rule loses in many cases, and in no case wins.
    assert all(count > 0.1 * wanted for count in sooner.values()), sooner


def test_no_integral_association_is_sooner_than_brute_force_finds():
    rng = np.random.default_rng(3)
    cases = 0
    while cases < 60:
        cells, task = random_case(rng, constant=False)
        tried = tried_slots(dense(cells), task)
        if tried is None:
            continue
        cases += 1
        assert fewest_slots(cells, task) <= tried


def test_more_stations_or_antennas_never_take_longer():
    rng = np.random.default_rng(4)
    cases = 0
    while cases < 60:
        shape = (6, 4, 3)
        bits = rng.uniform(0.2, 3.0, shape) * (rng.random(shape) < 0.5)
        volumes = rng.uniform(0.5, 3.0, 2)
        try:
            ends_s = [
                soonest(views(bits[..., :count]), demand([0, 0, 1, 1], volumes, room))
                for count, room in ((1, [1]), (2, [1, 1]), (3, [1, 1, 1]), (3, [2] * 3))
            ]
        except Infeasible:
            continue
        cases += 1
        assert (np.diff([best.end_s for best in ends_s]) <= LOOSE_S).all()


def test_there_is_one_optimum_however_it_is_found(monkeypatch):
    rng = np.random.default_rng(5)
    # Equal rates, so that but for the ties nearly all plans would be as good.
    cells = views(np.ones((12, 8, 3)))
    task = demand(rng.integers(0, 3, 8), [6.0, 7.5, 8.25], [1, 1, 2])
    inner = soonest(cells, task)
    again = soonest(cells, task)
    assert inner.transfers.equals(again.transfers)

    def simplex(*args, method, **kwargs):
        return linprog(*args, method="highs-ds", **kwargs)

    monkeypatch.setattr("scipy.optimize.linprog", simplex)
    assert_frame_equal(inner.transfers, soonest(cells, task).transfers, atol=1e-4)
