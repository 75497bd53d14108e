"""FedMeld with an interval for each region, by the flights that reach it."""

import pytest
from tests.plans.scenes import PASSES, scene

from fedorbit.plans.check import check_plan
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld
from fedorbit.plans.strategies.fedmeld_regional import (
    FedMeldRegional,
    own_intervals,
    plan_fedmeld_regional,
)

HORIZON_S = 2000.0


def steady(late_s=0):
    """Return a sky of two regions, each always served by a satellite of its own.

    Every 100 s another one flies from A to B in a minute, and from B to A in two
    minutes and ``late_s`` more.
    """
    passes = [("A0", "A", 0, HORIZON_S), ("B0", "B", 0, HORIZON_S)]
    for n in range(0, 1800, 100):
        passes += [(f"to B {n}", "A", n, n + 20), (f"to B {n}", "B", n + 80, n + 140)]
        back_s = n + 140 + late_s
        passes += [
            (f"to A {n}", "B", n, n + 20),
            (f"to A {n}", "A", back_s, back_s + 60),
        ]
    return scene(passes, ["A", "B"], horizon_s=HORIZON_S)


def test_intervals_are_flights_over_rounds_rounded_up():
    """A round is 10 s of broadcast, 30 s of steps and 10 s of uploads: 50 s.

    Models are ready every ten minutes from 0 on, when the satellites of that moment
    load. The one to B is there after 80 s, collects until 90 and broadcasts until 100:
    two rounds. The one to A is there after 140 s and is done at 160: four rounds,
    rounded up.
    """
    assert own_intervals(steady()) == {"A": 4, "B": 2}
    assert own_intervals(steady(late_s=60)) == {"A": 5, "B": 2}


def test_each_region_mixes_by_its_own_interval():
    """A mixes every fourth round with 4/3 of 0.3, B every other with 2/3 of it."""
    world = steady()
    plan = plan_fedmeld_regional(world, FedMeldRegional(mixing_ratio=0.3))
    check_plan(plan, world)
    rounds = plan.ops["round"].max()
    for region, other, delta, ratio in [("A", "B", 4, 0.4), ("B", "A", 2, 0.2)]:
        mixed = plan.ops[plan.ops["staleness"] > 0]
        mixed = mixed[mixed["target"] == f"region/{region}"]
        assert mixed["round"].tolist() == list(range(delta, rounds + 1, delta))
        assert set(mixed["staleness"]) == {delta}
        for op in mixed.itertuples():
            assert op.weights == pytest.approx([1 - ratio, ratio])
            assert op.sources[1].endswith(f"/{other}/{op.round - delta}")
    assert rounds > 8


def test_what_all_count_in_the_end_is_the_same():
    """With pi (I - diag(alpha / delta) (I - U)) = pi in a round: 0.4 / 4 = 0.2 / 2."""
    plan = plan_fedmeld_regional(steady(), FedMeldRegional(mixing_ratio=0.3))
    mixed = plan.ops[plan.ops["staleness"] > 0]
    flows = [weights[1] for weights in mixed["weights"]] / mixed["staleness"]
    assert flows.tolist() == pytest.approx([0.1] * len(mixed))


def test_equal_intervals_are_the_mixings_of_fedmeld():
    """The same operations, but that plans in step evaluate less often."""
    world = scene(PASSES, ["A", "B"])
    meld = FedMeld(variant="interval", round_interval=2, mixing_ratio=0.25)
    one = plan_fedmeld(world, meld)
    own = plan_fedmeld(world, meld, intervals={"A": 2, "B": 2})
    for plan in (one, own):
        check_plan(plan, world)
    ends = [p.ops.loc[p.ops["staleness"] > 0, ["target", "end_s"]] for p in (one, own)]
    common = min(map(len, ends))
    assert common == 2
    rows = [table.head(common).to_numpy().tolist() for table in ends]
    assert rows[0] == rows[1]


def test_a_ratio_above_one_is_refused(refused):
    """4 / 3 of 0.8 is more than 1; 3 / 4 is the most."""
    sentence = refused(
        plan_fedmeld_regional, steady(), FedMeldRegional(mixing_ratio=0.8)
    )
    assert "would mix with 1.06667; lower it to 0.75 or less" in sentence


def test_a_hop_without_satellites_has_no_interval(refused):
    lonely = scene([("A0", "A", 0, 400), ("B0", "B", 0, 400)], ["A", "B"])
    assert "no satellite brings a model from A to B" in refused(
        plan_fedmeld_regional, lonely, FedMeldRegional(mixing_ratio=0.3)
    )
