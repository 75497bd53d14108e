"""EMS-FL on the small sky: two devices and two experts of 10 Mbit a cluster."""

import numpy as np
import pytest
from tests.plans.expert_scenes import (
    ALL,
    BLOCK_BITS,
    EMS,
    OWN,
    changed,
    cluster_scene,
    upload_bits,
)
from tests.plans.scenes import PICKUP_S
from tests.plans.test_by_hand import approximately, moves, rows

from fedorbit.base.errors import SettingsError, TooShort
from fedorbit.plans.check import check_plan
from fedorbit.plans.strategies.ems import plan_ems
from fedorbit.plans.strategies.fl_experts import FlExperts, plan_fl_experts

# Over A a window to 100 s, and one from 300 s to 450 s in which S3 comes after S2.
PASSES = [
    ("S1", "A", 0, 100),
    ("S2", "A", 300, 400),
    ("S3", "A", 380, 450),
    ("S1", "B", 150, 250),
    ("S2", "B", 500, 600),
]


def planned(world, settings=EMS, assigned=OWN):
    plan = plan_ems(world, settings, assigned)
    check_plan(plan, world)
    return plan


def trains(plan):
    ops = plan.ops[plan.ops["op"] == "train"].sort_values(["target", "start_s"])
    return rows(ops, "target", "round", "steps", "start_s", "end_s")


def test_ems_by_hand():
    """A: first experts until 10, eight steps until 58, uploads, the mean until 78.

    Another eight steps would end at 126, after the window: the devices reach the cap
    and wait for 300; the mean is back at 320, and once more at 388. From 436 a window
    of 14 s is left, which takes no exchange.

    B: first experts until 160, then 208 to 228, then 500 to 520 and 568 to 588.
    """
    plan = planned(cluster_scene(PASSES, horizon_s=700.0))
    assert trains(plan) == approximately(
        [
            ("cluster/0", 1, 8, 0.0, 68.0),
            ("cluster/0", 2, 8, 68.0, 310.0),
            ("cluster/0", 3, 8, 310.0, 378.0),
            ("cluster/1", 1, 8, 150.0, 218.0),
            ("cluster/1", 2, 8, 218.0, 510.0),
            ("cluster/1", 3, 8, 510.0, 578.0),
        ]
    )
    down = plan.ledger[plan.ledger["receiver"].isin(["A", "B"])]
    assert moves(down) == approximately(
        [
            ("S1", "A", 0.0, 10.0),
            ("S1", "A", 68.0, 78.0),
            ("S1", "B", 150.0, 160.0),
            ("S1", "B", 218.0, 228.0),
            ("S2", "A", 310.0, 320.0),
            ("S2", "B", 510.0, 520.0),
        ]
    )
    assert (upload_bits(plan) == BLOCK_BITS).all()
    assert set(plan.ledger["link"]) == {"access"}


def test_disconnected_phases_are_filled_with_steps():
    """From 10 s to 300 s there are 48 whole steps of 6 s, from 160 s to 500 s 56."""
    world = cluster_scene(PASSES, horizon_s=700.0)
    plan = planned(world, changed(EMS, step_cap=80))
    assert [row[2] for row in trains(plan)] == [48, 56]


def test_devices_that_train_in_windows_alone():
    """Of a window of 100 s, an exchange leaves 80 s for steps, a broadcast 70 s."""
    world = cluster_scene(PASSES, horizon_s=700.0)
    settings = changed(EMS, trains_when_disconnected=False, step_cap=80)
    found = [(row[2], row[4]) for row in trains(planned(world, settings))]
    # S3's pass ends at 450: from 300 on there are 21 steps until 426, uploads, a mean.
    expected = [(11, 86.0), (21, 436.0), (11, 236.0), (13, 588.0)]
    assert found == [pytest.approx(row) for row in expected]


def test_clusters_that_wait_for_one_another():
    """A has its mean at 78, B at 228: then A trains on until 276 and waits for 300.

    A's second mean is there at 320, B's at 520: from then on A has no window.
    """
    world = cluster_scene(PASSES, horizon_s=700.0)
    plan = planned(world, changed(EMS, is_synchronous=True, step_cap=10))
    assert [(row[0], row[2], row[4]) for row in trains(plan)] == approximately(
        [
            ("cluster/0", 10, 80.0),
            ("cluster/0", 10, 310.0),
            ("cluster/1", 10, 230.0),
            ("cluster/1", 10, 510.0),
        ]
    )


def test_the_whole_model_has_every_expert_of_its_cluster():
    plan = planned(cluster_scene(PASSES, horizon_s=700.0))
    wholes = plan.ops[(plan.ops["target"] == "average") & (plan.ops["op"] == "mix")]
    found = [(list(op.sources), list(op.scope)) for op in wholes.itertuples()]
    first, second = ["expert/0", "expert/1"], ["expert/2", "expert/3"]
    assert found == [(["initial"], ["all"])] + [
        (["cluster/0"], first),
        (["cluster/1"], second),
        (["cluster/0"], first),
        (["cluster/0"], first),
        (["cluster/1"], second),
        (["cluster/1"], second),
    ]
    # Every second round of two clusters: after four of six exchanges, and in the end.
    seen = plan.ops[plan.ops["op"] == "evaluate"]
    assert rows(seen[seen["round"] > 0], "target", "round", "end_s") == approximately(
        [
            (slot, number, time_s)
            for number, time_s in ((4, 378.0), (6, 578.0))
            for slot in ("cluster/0", "cluster/1", "average")
        ]
    )


# Windows of 19 s: uploads of one device take 7.6 s, of two 10 s, and the mean 10 s.
SHORT = [(f"S{n}", "A", 100 * n, 100 * n + (19 if n else 90)) for n in range(4)]


def short(variant, passes=SHORT, **more):
    world = cluster_scene(passes, devices=2, **more)
    settings = changed(EMS, short_windows=variant, step_cap=20)
    plan = planned(world, settings, OWN[:1])
    return plan, plan.ops[plan.ops["op"] == "train"]


def test_a_short_window_hears_one_after_the_other():
    plan, ops = short("round_robin")
    found = rows(ops, "clients", "start_s", "end_s")
    one_s = PICKUP_S
    assert [list(row[0]) for row in found] == [[0], [1], [0]]
    assert [row[2] for row in found] == pytest.approx(
        [100 + one_s, 200 + one_s, 300 + one_s]
    )
    assert (upload_bits(plan) == BLOCK_BITS).all()


def test_a_short_window_keeps_the_last_upload_of_everybody():
    plan, ops = short("keep_last")
    assert list(ops["target"]) == ["client/0", "client/1", "client/0"]
    means = plan.ops[(plan.ops["op"] == "mix") & (plan.ops["target"] == "cluster/0")]
    found = [dict(zip(o.sources, o.weights, strict=True)) for o in means.itertuples()]
    assert found == [
        {"initial": 1.0},
        {"client/0": 0.5, "initial": 0.5},
        {"client/0": 0.5, "client/1": 0.5},
        {"client/0": 0.5, "client/1": 0.5},
    ]
    assert (upload_bits(plan) == BLOCK_BITS).all()
    # Each mean but the last goes down once, after the first experts.
    down = plan.ledger[plan.ledger["receiver"] == "A"]
    assert down["bits"].tolist() == [BLOCK_BITS] * 3


def test_a_short_window_is_waited_for_by_all():
    """Both upload 9.5 Mbit each in a window of 19 s, and 0.5 Mbit in the next.

    The mean is back at 201 s, and 18 s of the window are left: too short for 8 steps,
    so that the next exchange begins at 300, of which the rest does not come.
    """
    plan, ops = short("wait_for_all")
    assert rows(ops, "start_s", "end_s") == approximately([(0.0, 200.5)])
    up = plan.ledger[plan.ledger["sender"] == "client/1"]
    assert rows(up, "receiver", "start_s", "end_s") == [
        ("S1", 100.0, pytest.approx(109.5, abs=1e-5)),
        ("S2", 200.0, pytest.approx(200.5, abs=1e-5)),
    ]
    assert up["bits"].tolist() == pytest.approx([9.5e6, 0.5e6], abs=1)
    assert upload_bits(plan).tolist() == [BLOCK_BITS] * 2


@pytest.mark.parametrize("variant", ["round_robin", "keep_last", "wait_for_all"])
def test_experts_larger_than_any_window_are_sent_in_parts(variant):
    """An expert of 10 Mbit and one of 10 more: 20 s down alone, in windows of 19 s."""
    more = {"expert_bits": 10e6, "horizon_s": 2000.0}
    passes = [(f"S{n}", "A", 100 * n, 100 * n + 19) for n in range(20)]
    plan, ops = short(variant, passes, **more)
    assert len(ops) >= 3
    assert upload_bits(plan).tolist() == [20e6] * len(upload_bits(plan))
    assert plan.ledger["bits"].max() < 20e6
    down = plan.ledger[plan.ledger["receiver"] == "A"].groupby("op")["bits"].sum()
    assert down.tolist() == [20e6] * len(down)


def test_one_cluster_in_permanent_contact_is_federated_averaging():
    """All experts, and every 5 steps an exchange: the same work, times and bits."""
    world = cluster_scene([("S1", "A", 0, 900)], horizon_s=900.0)
    ems = planned(world, changed(EMS, step_cap=5), ALL[:1])
    settings = FlExperts(
        server="everywhere",
        local_work="fixed",
        step_cap=5,
        trains="all",
        average="plain",
        profiled="before",
    )
    federated = plan_fl_experts(world, settings, ALL[:1], np.ones((1, 4)))
    check_plan(federated, world)
    assert len(trains(ems)) > 8
    assert trains(ems) == approximately(trains(federated))
    assert moves(ems.ledger) == approximately(moves(federated.ledger))


def test_uplink_bits_are_the_share_of_experts_that_a_cluster_has():
    world = cluster_scene(PASSES, horizon_s=700.0)
    settings = FlExperts(
        server="everywhere",
        local_work="fixed",
        step_cap=5,
        trains="all",
        average="plain",
        profiled="before",
    )
    conventional = plan_fl_experts(world, settings, ALL, np.ones((2, 4)))
    each = upload_bits(planned(world)), upload_bits(conventional)
    assert (each[0].unique() / each[1].unique()).tolist() == [2 / 4]


def test_what_cannot_be_planned_is_said():
    world = cluster_scene(PASSES, horizon_s=700.0)
    with pytest.raises(SettingsError, match="expert 1 is in two clusters"):
        plan_ems(world, EMS, np.array([[1, 1, 0, 0], [0, 1, 1, 0]], bool))
    late = cluster_scene(PASSES, horizon_s=100.0)
    with pytest.raises(TooShort, match="cluster/1: no satellite brings its first"):
        plan_ems(late, EMS, OWN)
    once = cluster_scene([("S1", "A", 0, 30), ("S1", "B", 50, 80)])
    with pytest.raises(TooShort, match="no exchange of experts fits"):
        plan_ems(once, EMS, OWN)
