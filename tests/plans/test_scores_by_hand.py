"""Scores of the gate on the small sky: four numbers of 32 bits, which take no time."""

import pytest
from tests.plans.expert_scenes import ALL, BLOCK_BITS, EMS, OWN, changed, cluster_scene
from tests.plans.test_by_hand import rows
from tests.plans.test_ems_by_hand import PASSES, trains
from tests.plans.test_federated_experts import ALONE, FL, MASS

from fedorbit.base.errors import SettingsError, TooShort
from fedorbit.plans.check import check_plan
from fedorbit.plans.strategies.ems import plan_ems
from fedorbit.plans.strategies.fl_experts import plan_fl_experts
from fedorbit.plans.strategies.local_only import plan_local_only

IN_CONTACT = changed(EMS, profiled="in_contact")
# S1 comes from A to the station G at 120, and from B at 260; S2 is there at 290.
SKY = [*PASSES, ("S1", "G", 120, 140), ("S1", "G", 260, 280), ("S2", "G", 290, 295)]
LATER = [("S2", "G", 450, 480), ("S2", "G", 640, 690)]
WORLD = cluster_scene(SKY, ["G"], horizon_s=700.0)


def nearly(expected):
    """Return rows of names and times, the times within a millisecond."""
    return [
        tuple(pytest.approx(x, abs=1e-3) if isinstance(x, float) else x for x in row)
        for row in expected
    ]


def scores(plan):
    """Return transfers of scores, with their bits, as rows."""
    own = plan.ledger[plan.ledger["payload"] == "scores"]
    own = own.sort_values(["start_s", "sender"])
    return rows(own, "link", "sender", "receiver", "start_s", "bits")


def test_scores_go_to_the_station_and_the_assignment_comes_back():
    """G has the last scores at 260, S2 the assignment at 290, A at 300, B at 500.

    Then come the first experts, 10 s later; A has its first mean at 378 and B at 578.
    """
    plan = plan_ems(WORLD, IN_CONTACT, OWN)
    check_plan(plan, WORLD)
    assert scores(plan) == nearly(
        [
            ("access", "client/0", "S1", 0.0, 128.0),
            ("access", "client/1", "S1", 0.0, 128.0),
            ("carry", "S1", "S1", 0.0, 128.0),
            ("feeder", "S1", "G", 120.0, 128.0),
            ("access", "client/2", "S1", 150.0, 128.0),
            ("access", "client/3", "S1", 150.0, 128.0),
            ("carry", "S1", "S1", 150.0, 128.0),
            ("feeder", "S1", "G", 260.0, 128.0),
            ("feeder", "G", "S2", 290.0, 128.0),
            ("feeder", "G", "S2", 290.0, 128.0),
            ("carry", "S2", "S2", 290.0, 128.0),
            ("carry", "S2", "S2", 290.0, 128.0),
            ("access", "S2", "A", 300.0, 128.0),
            ("access", "S2", "B", 500.0, 128.0),
        ]
    )
    assert trains(plan) == nearly(
        [
            ("cluster/0", 1, 8, 300.0, 368.0),
            ("cluster/0", 2, 8, 368.0, 436.0),
            ("cluster/1", 1, 8, 500.0, 568.0),
        ]
    )


def test_nobody_trains_experts_of_its_own_before_they_are_assigned():
    world = cluster_scene(SKY + LATER, ["G"], horizon_s=700.0)
    assigned = changed(FL, trains="assigned", profiled="in_contact")
    alone = changed(ALONE, profiled="in_contact", round_steps=1)
    for plan in (
        plan_fl_experts(world, assigned, OWN, MASS),
        plan_local_only(world, alone, OWN),
    ):
        check_plan(plan, world)
        ops = plan.ops[plan.ops["op"] == "train"].explode("clients")
        first_s = ops.groupby("clients")["start_s"].min()
        assert first_s[[0, 2]].tolist() == pytest.approx([300, 500], abs=10.1)
        assert len(scores(plan)) == 14


def test_use_is_known_before_the_first_mean_and_costs_no_time():
    """Uploads of scores and their way to the ground, which others do not have."""
    sky = [("S1", "A", 0, 300), ("S1", "B", 0, 300), ("S1", "G", 0, 300)]
    world = cluster_scene(sky, ["G"], expert_bits=BLOCK_BITS / 4, horizon_s=300.0)
    known = plan_fl_experts(world, changed(FL, average="by_use"), ALL, MASS)
    by_use = changed(FL, average="by_use", profiled="in_contact")
    plan = plan_fl_experts(world, by_use, ALL, MASS)
    check_plan(plan, world)
    assert trains(plan) == nearly(trains(known))
    links = [row[0] for row in scores(plan)]
    assert sorted(links) == ["access"] * 4 + ["feeder"] * 2
    plain = changed(FL, profiled="in_contact")
    assert not scores(plan_fl_experts(world, plain, ALL, MASS))


def test_what_cannot_be_planned_is_said():
    nowhere = cluster_scene(PASSES, horizon_s=700.0)
    with pytest.raises(SettingsError, match="scores of the gate need a ground station"):
        plan_ems(nowhere, IN_CONTACT, OWN)
    early = cluster_scene(SKY, ["G"], horizon_s=250.0)
    with pytest.raises(TooShort, match="cluster/1: the server never has its scores"):
        plan_ems(early, IN_CONTACT, OWN)
    without = cluster_scene(SKY[:-1], ["G"], horizon_s=700.0)
    with pytest.raises(TooShort, match="cluster/0: it never learns which experts"):
        plan_ems(without, IN_CONTACT, OWN)
