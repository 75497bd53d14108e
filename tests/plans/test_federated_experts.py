"""Baselines of EMS-FL: like strategies of regions where these do the same, by hand."""

from dataclasses import replace

import numpy as np
import pytest
from tests.plans.expert_scenes import ALL, BLOCK_BITS, OWN, changed, cluster_scene
from tests.plans.scenes import PASSES, scene
from tests.plans.test_by_hand import approximately, moves, rows
from tests.plans.test_star_by_hand import LATE

from fedorbit.base.errors import SettingsError, TooShort
from fedorbit.plans.check import check_plan
from fedorbit.plans.strategies.centralised import Centralised, plan_centralised
from fedorbit.plans.strategies.centralised_experts import (
    CentralisedExperts,
    plan_centralised_experts,
)
from fedorbit.plans.strategies.fedasync import FedAsync, plan_fedasync
from fedorbit.plans.strategies.fedasync_experts import (
    FedAsyncExperts,
    plan_fedasync_experts,
)
from fedorbit.plans.strategies.fedbuff import FedBuff, plan_fedbuff
from fedorbit.plans.strategies.fedbuff_experts import (
    FedBuffExperts,
    plan_fedbuff_experts,
)
from fedorbit.plans.strategies.fl_experts import FlExperts, plan_fl_experts
from fedorbit.plans.strategies.hfl import Hfl, plan_hfl
from fedorbit.plans.strategies.local_only import LocalOnly, plan_local_only

MASS = np.array([[0.4, 0.4, 0.1, 0.1], [0.1, 0.1, 0.4, 0.4]])
FL = FlExperts(
    server="station",
    local_work="fixed",
    step_cap=80,
    average="plain",
    trains="all",
    profiled="before",
)
ASYNC = FedAsyncExperts(
    server="station",
    local_work="fixed",
    step_cap=80,
    trains="all",
    profiled="before",
    mixing_ratio=0.5,
    staleness_exponent=0.5,
)
BUFF = FedBuffExperts(
    server="station",
    local_work="fixed",
    step_cap=80,
    trains="all",
    profiled="before",
    buffer_size=2,
    server_rate=0.5,
    staleness_exponent=0.5,
)
ALONE = LocalOnly(round_steps=5, profiled="before")
# All four experts of 2.5 Mbit are as much as the model of the regions' scenes.
WORLD = cluster_scene(PASSES, ["G"], expert_bits=BLOCK_BITS / 4)
LATER = cluster_scene(LATE, ["G"], expert_bits=BLOCK_BITS / 4)
EVERYWHERE = {"server": "everywhere"}


def checked(plan, world):
    check_plan(plan, world)
    return plan


def of_server(plan):
    ops = plan.ops[(plan.ops["target"] == "ground") & (plan.ops["op"] == "mix")]
    ops = ops[ops["end_s"] > 0]
    return [
        (op.end_s, list(op.weights), list(op.scope), op.staleness)
        for op in ops.itertuples()
    ]


def test_conventional_learning_of_all_experts_sends_what_hfl_sends():
    plan = checked(plan_fl_experts(WORLD, FL, ALL, MASS), WORLD)
    regional = plan_hfl(scene(PASSES, ["A", "B"], ["G"]), Hfl(regional_rounds=1))
    assert moves(plan.ledger) == approximately(moves(regional.ledger))
    bits = plan.ledger.groupby("link")["bits"].sum()
    assert bits.to_dict() == regional.ledger.groupby("link")["bits"].sum().to_dict()


def test_fedasync_of_all_experts_sends_what_fedasync_sends():
    plan = checked(plan_fedasync_experts(LATER, ASYNC, ALL), LATER)
    settings = FedAsync(regional_rounds=1, mixing_ratio=0.5, staleness_exponent=0.5)
    regional = plan_fedasync(scene(LATE, ["A", "B"], ["G"]), settings)
    assert moves(plan.ledger) == approximately(moves(regional.ledger))
    weights = [row[1] for row in of_server(plan)]
    assert weights == [row[1] for row in of_server(regional)]
    assert [row[3] for row in of_server(plan)] == [0, 1]


def test_fedbuff_of_all_experts_sends_what_fedbuff_sends():
    plan = checked(plan_fedbuff_experts(LATER, BUFF, ALL), LATER)
    settings = FedBuff(
        regional_rounds=1, buffer_size=2, server_rate=0.5, staleness_exponent=0.5
    )
    regional = plan_fedbuff(scene(LATE, ["A", "B"], ["G"]), settings)
    assert moves(plan.ledger) == approximately(moves(regional.ledger))
    assert [row[1] for row in of_server(plan)] == [
        row[1] for row in of_server(regional)
    ]


def test_experts_are_averaged_plainly_or_by_use():
    """Cluster 0 has .4 of .5 of the use of experts 0 and 1, cluster 1 of the others."""
    names = [f"expert/{number}" for number in range(4)]
    plain = of_server(plan_fl_experts(WORLD, FL, ALL, MASS))
    assert plain == [(pytest.approx(95.0), [0.5, 0.5], names, 0)]
    by_use = changed(FL, average="by_use")
    plan = checked(plan_fl_experts(WORLD, by_use, ALL, MASS), WORLD)
    assert of_server(plan) == [
        (pytest.approx(95.0), pytest.approx([0.8, 0.2]), names[:2], 0),
        (pytest.approx(95.0), pytest.approx([0.2, 0.8]), names[2:], 0),
    ]
    # Clusters that count differently count so in their use, too: 3 x .4 to 1 x .1.
    counted = replace(WORLD, region_weights={"0": 3.0, "1": 1.0})
    found = of_server(plan_fl_experts(counted, by_use, ALL, MASS))
    assert found[0][1] == pytest.approx([1.2 / 1.3, 0.1 / 1.3])


def test_clusters_may_share_some_experts_and_have_others_alone():
    shared = np.array([[1, 1, 0, 0], [0, 1, 1, 0]], bool)
    plan = checked(plan_fl_experts(WORLD, FL, shared, MASS), WORLD)
    found = [(row[1], row[2]) for row in of_server(plan)]
    assert found == [
        ([1.0], ["expert/0"]),
        ([0.5, 0.5], ["expert/1"]),
        ([1.0], ["expert/2"]),
    ]
    plan = checked(plan_fedbuff_experts(LATER, BUFF, shared), LATER)
    assert [row[2] for row in of_server(plan)] == [
        ["expert/0"],
        ["expert/1"],
        ["expert/2"],
    ]
    assert [sum(row[1]) for row in of_server(plan)] == pytest.approx([1.0] * 3)


# A window at A every 200 s from 0 on, at B from 100 on, each of 65 s.
CALM = [(f"S{n % 3}", "AB"[n % 2], 100 * n, 100 * n + 65) for n in range(8)]


def test_a_round_ends_when_the_last_cluster_has_been_visited():
    """Five steps take 30 s, so that a cluster uploads in the window of its broadcast.

    A: 0, 40 to 50. B: 100, 140 to 150, and the mean of both is everywhere at 150. B's
    next window is at 300, but of this one 15 s are left: it gets the mean until 160,
    and A at 200. B has trained at 190 and uploads at 300, A at 240 to 250. B has the
    mean of 310 in this window until 320, and uploads until 360; A has it at 400.
    """
    world = cluster_scene(CALM, expert_bits=BLOCK_BITS / 4, horizon_s=500.0)
    plan = checked(plan_fl_experts(world, changed(FL, **EVERYWHERE), ALL, MASS), world)
    ops = plan.ops[plan.ops["op"] == "train"].sort_values(["target", "start_s"])
    assert rows(ops, "target", "start_s", "end_s") == approximately(
        [
            ("cluster/0", 0.0, 50.0),
            ("cluster/0", 200.0, 250.0),
            ("cluster/0", 400.0, 450.0),
            ("cluster/1", 100.0, 150.0),
            ("cluster/1", 150.0, 310.0),
            ("cluster/1", 310.0, 360.0),
        ]
    )
    assert (ops["steps"] == 5).all()
    assert [row[0] for row in of_server(plan)] == pytest.approx([150.0, 310.0, 450.0])
    assert set(plan.ledger["link"]) == {"access"}


def test_idle_time_is_filled_until_the_uploads():
    """From 160 s, when B has the mean, to 300 s there are 23 steps of 6 s."""
    world = cluster_scene(CALM, expert_bits=BLOCK_BITS / 4, horizon_s=500.0)
    steps = []
    for cap in (80, 20, 3):
        settings = changed(FL, local_work="filled", step_cap=cap, **EVERYWHERE)
        plan = checked(plan_fl_experts(world, settings, ALL, MASS), world)
        ops = plan.ops[plan.ops["op"] == "train"]
        found = ops[(ops["target"] == "cluster/1") & (ops["round"] == 2)]
        steps.append(found["steps"].item())
    assert steps == [23, 20, 5]


def test_the_server_answers_at_once_where_it_is_everywhere():
    """A: uploads until 50, the answer until 60 in the same window, steps until 90.

    The next uploads are at 200 to 210, the answer until 220, and uploads from 250 to
    260, for which there is no answer before 400: uploads at 440 to 450. B does the same
    100 s later, until the horizon.
    """
    world = cluster_scene(CALM, expert_bits=BLOCK_BITS / 4, horizon_s=500.0)
    settings = changed(ASYNC, **EVERYWHERE)
    plan = checked(plan_fedasync_experts(world, settings, ALL), world)
    assert [row[0] for row in of_server(plan)] == pytest.approx(
        [50, 150, 210, 260, 310, 360, 450]
    )
    assert set(plan.ledger["link"]) == {"access"}


def test_devices_alone_receive_the_first_experts_and_send_nothing():
    """The first experts of A are there at 10 s, and five steps take 30 s."""
    world = cluster_scene([("S1", "A", 0, 50)], horizon_s=105.0)
    plan = checked(plan_local_only(world, ALONE, OWN[:1]), world)
    ops = plan.ops[plan.ops["op"] == "train"]
    assert rows(ops[ops["target"] == "client/1"], "start_s", "end_s") == approximately(
        [(10.0, 40.0), (40.0, 70.0), (70.0, 100.0)]
    )
    assert moves(plan.ledger) == approximately([("S1", "A", 0.0, 10.0)])
    with pytest.raises(TooShort, match="no round of 20 steps"):
        plan_local_only(world, changed(ALONE, round_steps=20), OWN[:1])


def test_centralised_learning_sends_what_it_sends_for_regions():
    """Samples of 5 Mbit a device; then a step of 100 s on the batches of all."""
    sizes = {"samples_per_client": 100, "bits_per_sample": 50000, "round_s": 100.0}
    sizes["round_steps"] = 1
    settings = CentralisedExperts(**sizes)
    plan = plan_centralised_experts(WORLD, settings, ALL)
    check_plan(plan, WORLD)
    regional = scene(PASSES, ["A", "B"], ["G"])
    same = plan_centralised(regional, Centralised(**sizes))
    assert moves(plan.ledger) == approximately(moves(same.ledger))
    assert plan.ledger["payload"].eq("raw").all()
    steps, those = (p.ops[p.ops["op"] == "train"] for p in (plan, same))
    assert rows(steps, "end_s", "steps") == rows(those, "end_s", "steps")
    assert list(steps["clients"].iloc[0]) == [0, 1, 2, 3]
    seen = plan.ops[(plan.ops["op"] == "evaluate") & (plan.ops["end_s"] > 0)]
    assert list(seen["target"][:3]) == ["cluster/0", "cluster/1", "average"]
    with pytest.raises(TooShort, match="leaves no step"):
        slow = changed(settings, round_s=400.0)
        plan_centralised_experts(WORLD, slow, ALL)
    with pytest.raises(TooShort, match="of cluster/0 to a station"):
        much = changed(settings, samples_per_client=10**6)
        plan_centralised_experts(WORLD, much, ALL)
    with pytest.raises(SettingsError, match="needs a ground station"):
        alone = cluster_scene(PASSES)
        plan_centralised_experts(alone, settings, ALL)


@pytest.mark.parametrize(
    ("plan", "settings", "more"),
    [
        (plan_fl_experts, FL, (MASS,)),
        (plan_fedasync_experts, ASYNC, ()),
        (plan_fedbuff_experts, BUFF, ()),
    ],
)
def test_what_cannot_be_planned_is_said(plan, settings, more):
    alone = cluster_scene(PASSES, expert_bits=BLOCK_BITS / 4)
    with pytest.raises(SettingsError, match="needs one; add it to scenario.stations"):
        plan(alone, settings, ALL, *more)
    short = replace(WORLD, horizon_s=60.0)
    with pytest.raises(TooShort, match="lengthen scenario.hours"):
        plan(short, settings, ALL, *more)
    huge = cluster_scene(PASSES, ["G"], expert_bits=1e9)
    with pytest.raises(TooShort, match="no satellite brings its first experts"):
        plan(huge, settings, ALL, *more)
