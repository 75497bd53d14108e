"""Parallel FL, perfect synchrony and centralised learning on the small sky."""

import pytest
from tests.plans.scenes import MODEL_BITS, PASSES, scene
from tests.plans.test_by_hand import approximately, moves, rows

from fedorbit.plans.check import PlanError, check_plan
from fedorbit.plans.strategies.centralised import Centralised, plan_centralised
from fedorbit.plans.strategies.hfl import Hfl, plan_hfl
from fedorbit.plans.strategies.oracle_sync import OracleSync, plan_oracle_sync
from fedorbit.plans.strategies.pfl import Pfl, plan_pfl

# 5 Mbit of samples at each client: 5 s at 1 Mbit/s.
CENTRAL = Centralised(
    samples_per_client=1000, bits_per_sample=5000, round_s=60.0, round_steps=1
)


def test_isolated_regions_by_hand():
    """The first rounds are those of FedMeld, but nobody waits for a carrier.

    A's second uploads wait for S3 at 120, since S1 leaves too soon; B's go to S1 at
    90. Third rounds are over at 180 and 150 at the earliest, after the horizon.
    """
    world = scene(PASSES, ["A", "B"], horizon_s=140.0)
    plan = plan_pfl(world, Pfl(average="never"))
    check_plan(plan, world)
    trains = plan.ops[plan.ops["op"] == "train"]
    assert rows(trains, "target", "round", "start_s", "end_s") == approximately(
        [
            ("region/A", 1, 0.0, 50.0),
            ("region/B", 1, 0.0, 50.0),
            ("region/B", 2, 50.0, 100.0),
            ("region/A", 2, 50.0, 130.0),
        ]
    )
    seen = plan.ops[(plan.ops["op"] == "evaluate") & (plan.ops["end_s"] > 0)]
    assert rows(seen, "target", "round", "end_s") == approximately(
        [
            *(("region/A", 1, 50.0), ("region/B", 1, 50.0), ("average", 1, 50.0)),
            *(("region/B", 2, 100.0), ("region/A", 2, 130.0), ("average", 2, 130.0)),
        ]
    )
    # Four broadcasts and eight uploads of 10 Mbit, and no other link.
    bits = plan.ledger.groupby("link")["bits"].sum()
    assert bits.to_dict() == {"access": 12 * MODEL_BITS}


def test_all_regions_alone_train_as_many_rounds_as_the_slowest():
    passes = [("S1", "A", 0, 400), ("S1", "B", 0, 130)]
    world = scene(passes, ["A", "B"])
    ops = plan_pfl(world, Pfl(average="never")).ops
    trains = ops[ops["op"] == "train"]
    # In B the uploads of the second round end at 100 and the broadcast at 110.
    assert trains.groupby("target")["round"].agg(list).to_dict() == {
        "region/A": [1, 2],
        "region/B": [1, 2],
    }


def test_an_average_at_the_end_is_one_cycle_of_hierarchical_fl():
    # After two rounds no satellite that has been over G comes to A again.
    world = scene(PASSES, ["A", "B"], ["G"])
    plan = plan_pfl(world, Pfl(average="last"))
    check_plan(plan, world)
    same = plan_hfl(world, Hfl(regional_rounds=1))
    assert plan.ops.equals(same.ops)
    assert plan.ledger.equals(same.ledger)


def test_regions_train_as_long_as_the_average_can_still_come_back():
    # One satellite for all: rounds of 50 s; 10 s of downlinks and 5 s up again, and a
    # broadcast of 10 s, come after the last. 7 rounds: 350 + 25 s of 400.
    passes = [("S1", site, 0, 500) for site in "ABG"]
    world = scene(passes, ["A", "B"], ["G"])
    plan = plan_pfl(world, Pfl(average="last", relays=False))
    check_plan(plan, world)
    ground = plan.ops[plan.ops["target"] == "ground"]
    assert rows(ground, "op", "round", "end_s") == approximately(
        [("mix", 7, 360.0), ("evaluate", 7, 360.0)]
    )
    back = plan.ops[plan.ops["sources"].map(list).map(["ground"].__eq__)]
    assert rows(back, "target", "end_s") == approximately(
        [("region/A", 365.0), ("region/B", 365.0)]
    )


def test_perfect_synchrony_by_hand():
    """Round 1 is over at 50 in both regions, and they are averaged.

    Round 2 is over at 100 in B, with S1, and at 130 in A, with S3; the average is that
    at 130. From then S3 broadcasts in A and S1 in B until 140. Of the next two rounds
    the first is over in B at 310, and nobody is over A any more.
    """
    world = scene(PASSES, ["A", "B"])
    plan = plan_oracle_sync(world, OracleSync())
    check_plan(plan, world)
    trains = plan.ops[plan.ops["op"] == "train"]
    assert rows(trains, "target", "start_s", "end_s") == approximately(
        [
            ("region/A", 0.0, 50.0),
            ("region/B", 0.0, 50.0),
            ("region/B", 50.0, 100.0),
            ("region/A", 50.0, 130.0),
        ]
    )
    back = plan.ops[plan.ops["sources"].map(list).map(["average"].__eq__)]
    assert rows(back, "target", "end_s", "round") == approximately(
        [(f"region/{r}", t, n) for t, n in ((50.0, 1), (130.0, 2)) for r in "AB"]
    )
    seen = plan.ops[plan.ops["op"] == "evaluate"]
    assert set(seen["round"]) == {0, 2}
    # Four broadcasts and eight uploads; the averages are free.
    bits = plan.ledger.groupby("link")["bits"].sum()
    assert bits.to_dict() == {"access": 12 * MODEL_BITS}


def test_perfect_synchrony_gives_all_regions_the_weighted_mean():
    ops = plan_oracle_sync(scene(PASSES, ["A", "B"]), OracleSync()).ops
    means = ops[(ops["op"] == "mix") & (ops["target"] == "average")]
    assert means["weights"].map(list).tolist() == [[0.5, 0.5]] * len(means)


def test_centralised_learning_by_hand():
    """Uploads take 5 s; S3 has A's samples from 30 to 35 and is over G from 90.

    S1, which would load at once, is over G from 150 only. S2 has B's samples at 5 and
    is over G from 90, too: both send 10 Mbit down until 95. Rounds of 60 s end at 155,
    215, 275, 335 and 395.
    """
    world = scene(PASSES, ["A", "B"], ["G"])
    plan = plan_centralised(world, CENTRAL)
    check_plan(plan, world)
    trains = plan.ops[plan.ops["op"] == "train"]
    assert trains["end_s"].tolist() == pytest.approx([155, 215, 275, 335, 395])
    assert trains["clients"].map(list).tolist() == [[0, 1, 2, 3]] * 5
    assert (trains["steps"] == 1).all()
    assert moves(plan.ledger) == approximately(
        [
            ("S2", "G", 90.0, 95.0),
            ("S2", "S2", 5.0, 90.0),
            ("S3", "G", 90.0, 95.0),
            ("S3", "S3", 35.0, 90.0),
            ("client/0", "S3", 30.0, 35.0),
            ("client/1", "S3", 30.0, 35.0),
            ("client/2", "S2", 0.0, 5.0),
            ("client/3", "S2", 0.0, 5.0),
        ]
    )
    bits = plan.ledger.groupby("link")["bits"].sum()
    assert bits.to_dict() == {"access": 20e6, "carry": 20e6, "feeder": 20e6}
    seen = plan.ops[plan.ops["op"] == "evaluate"]
    assert seen.groupby("round")["end_s"].max().to_dict() == pytest.approx(
        {0: 0, 2: 215, 4: 335, 5: 395}
    )


def test_a_server_that_counts_two_steps_as_a_round_is_evaluated_half_as_often():
    world = scene(PASSES, ["A", "B"], ["G"])
    settings = CENTRAL.model_copy(update={"round_steps": 2})
    plan, single = (plan_centralised(world, s) for s in (settings, CENTRAL))
    steps, those = (p.ops[p.ops["op"] == "train"] for p in (plan, single))
    assert rows(steps, "end_s", "round") == rows(those, "end_s", "round")
    seen = plan.ops[plan.ops["op"] == "evaluate"]
    # Every two rounds are four steps; the last step is the fifth.
    assert sorted(set(seen["round"])) == [0, 4, 5]


def test_a_server_cannot_train_on_samples_that_it_was_not_sent():
    world = scene(PASSES, ["A", "B"], ["G"])
    plan = plan_centralised(world, CENTRAL)
    plan.ledger.loc[plan.ledger["sender"] == "client/3", "sender"] = "client/2"
    with pytest.raises(PlanError, match="other clients than those that upload"):
        check_plan(plan, world)


@pytest.mark.parametrize(
    ("planner", "settings", "stations", "hours", "words"),
    [
        (plan_pfl, Pfl(average="last"), [], 1, "needs a ground station"),
        (plan_pfl, Pfl(average="never"), [], 0.01, "no round of all regions fits"),
        (plan_pfl, Pfl(average="last"), ["G"], 0.05, "and their average fits"),
        (plan_oracle_sync, OracleSync(), [], 0.03, "2 rounds before an evaluation"),
        (plan_centralised, CENTRAL, [], 1, "needs a ground station"),
        (plan_centralised, CENTRAL, ["H"], 1, "the 1e+07 bits of region 'A' to"),
        (plan_centralised, CENTRAL, ["G"], 0.04, "not at a station in time"),
    ],
)
def test_what_cannot_be_planned_is_said(
    planner, settings, stations, hours, words, refused
):
    world = scene(PASSES, ["A", "B"], stations, horizon_s=3600 * hours)
    assert words in refused(planner, world, settings)
