import math
from dataclasses import replace

import pytest
from tests.plans.scenes import LIGHT_S, MODEL_BITS, PICKUP_S, isls, scene
from tests.plans.test_by_hand import approximately, moves, rows

from fedorbit.base.errors import InputError
from fedorbit.plans.check import PlanError, check_plan
from fedorbit.plans.plan import Plan
from fedorbit.plans.strategies.ring_allreduce import RingAllreduce, plan_ring_allreduce

# Half a model over 1,000 km at 2 Mbit/s, and a third of one.
HALF_S = 2.5 + LIGHT_S
THIRD_S = 5 / 3 + LIGHT_S
RELAYED = {"S1-R": 1000.0, "R-S2": 1000.0}
BOTH = [("S1", "A", 0, 400), ("S2", "B", 0, 400)]
SETTINGS = RingAllreduce(regional_rounds=1, isl="radio")


def world(passes, links, regions=("A", "B"), horizon_s=100.0):
    made = scene(passes, list(regions), horizon_s=horizon_s)
    return replace(made, isls=isls(links))


def planned(scene):
    plan = plan_ring_allreduce(scene, SETTINGS)
    check_plan(plan, scene)
    return plan


def means(plan):
    """Return the times at which regions have a mean to broadcast."""
    mixes = plan.ops[(plan.ops["op"] == "mix") & (plan.ops["round"] > 0)]
    return dict(rows(mixes[mixes["target"].str.match("region/")], "target", "end_s"))


def isl_moves(plan):
    return moves(plan.ledger[plan.ledger["link"] == "isl"])


def test_two_regions_by_hand():
    """One round: broadcast 0-10, steps 10-40, uploads 40-50 in both regions.

    Two steps of half a model over two hops, both ways at once: 4 HALF_S. The mean
    goes down until 70; the horizon of 100 s allows no second round.
    """
    plan = planned(world(BOTH, RELAYED))
    hop = [50 + n * HALF_S for n in range(5)]
    assert isl_moves(plan) == approximately(
        [
            ("R", "S1", hop[1], hop[2]),
            ("R", "S1", hop[3], hop[4]),
            ("R", "S2", hop[1], hop[2]),
            ("R", "S2", hop[3], hop[4]),
            ("S1", "R", hop[0], hop[1]),
            ("S1", "R", hop[2], hop[3]),
            ("S2", "R", hop[0], hop[1]),
            ("S2", "R", hop[2], hop[3]),
        ]
    )
    assert means(plan) == pytest.approx({"region/A": hop[4], "region/B": hop[4]})
    # Of each region 2 (N - 1) / N M bits over two hops.
    bits = plan.ledger.groupby("link")["bits"].sum().to_dict()
    assert bits == {"access": 6 * MODEL_BITS, "isl": 4 * MODEL_BITS}
    last = plan.ops[plan.ops["target"] == "region/A"].iloc[-2]
    assert list(last["sources"]) == ["carrier/S1/A/1", "carrier/S2/B/1"]
    assert list(last["weights"]) == [0.5, 0.5]


def test_weights_of_regions_count_in_the_mean_and_cost_nothing():
    made = world(BOTH, RELAYED)
    plan = planned(replace(made, region_weights={"A": 3.0, "B": 1.0}))
    mixes = plan.ops[(plan.ops["op"] == "mix") & (plan.ops["round"] > 0)]
    shared = mixes[mixes["sources"].map(len) == 2]
    assert shared["target"].tolist() == ["region/A", "region/B", "average"]
    assert shared["weights"].tolist() == [[0.75, 0.25]] * 3
    assert plan.ledger.equals(planned(made).ledger)


def test_only_participants_upload_and_share_the_band():
    """One client has the whole band and uploads within PICKUP_S instead of 10 s."""
    plan = planned(replace(world(BOTH, RELAYED), participants_per_round=1))
    trains = plan.ops[plan.ops["op"] == "train"]
    assert trains["clients"].map(len).tolist() == [1, 1]
    done_s = 40 + PICKUP_S + 4 * HALF_S
    assert means(plan) == pytest.approx({"region/A": done_s, "region/B": done_s})
    bits = plan.ledger.groupby("link")["bits"].sum().to_dict()
    assert bits == {"access": 4 * MODEL_BITS, "isl": 4 * MODEL_BITS}


def test_three_regions_take_four_steps_of_a_third_of_the_model():
    passes = [*BOTH, ("S3", "C", 0, 400)]
    links = {"S1-S2": 1000.0, "S2-S3": 1000.0, "S1-S3": 1000.0}
    plan = planned(world(passes, links, "ABC"))
    done_s = 50 + 4 * THIRD_S
    expected = {"region/A": done_s, "region/B": done_s, "region/C": done_s}
    assert means(plan) == pytest.approx(expected)
    hops = plan.ledger[plan.ledger["link"] == "isl"]
    assert len(hops) == 12
    assert hops["bits"].sum() == pytest.approx(4 * MODEL_BITS)
    assert set(zip(hops["sender"], hops["receiver"], strict=True)) == {
        ("S1", "S2"),
        ("S2", "S3"),
        ("S3", "S1"),
    }


def test_routes_that_share_no_link_are_not_in_each_others_way():
    """A star: every satellite sends by its own link to R and receives by it."""
    passes = [*BOTH, ("S3", "C", 0, 400)]
    star = {"S1-R": 1000.0, "S2-R": 1000.0, "S3-R": 1000.0}
    times_s = list(means(planned(world(passes, star, "ABC"))).values())
    assert times_s == pytest.approx([50 + 8 * THIRD_S] * 3)


def test_a_part_waits_for_a_mean_of_the_cycle_before_on_its_link():
    """B loses S2 at 62 s, and the link from S2 to S3 is there from 200 s only.

    The mean waits at S2 and has it until 200 + MODEL_S. A, which had the mean at once
    and finished its second round, sends half a model the same way right after it.
    """
    passes = [("S1", "A", 0, 400), ("S2", "B", 0, 62), ("S3", "B", 100, 400)]
    links = {"S1-S2": 1000.0, "S2-S3": [1000.0, math.nan, 1000.0, 1000.0, 1000.0]}
    made = scene(passes, ["A", "B"], horizon_s=300.0)
    plan = planned(replace(made, isls=isls(links, 100.0)))
    onward = [move for move in isl_moves(plan) if move[:2] == ("S2", "S3")]
    model_s = 5 + LIGHT_S
    assert onward[:2] == approximately(
        [
            ("S2", "S3", 200, 200 + model_s),
            ("S2", "S3", 200 + model_s, 200 + model_s + HALF_S),
        ]
    )


def test_routes_that_share_a_link_take_turns():
    """Two stars around Q and R: both A's way to B and C's to D lead from Q to R.

    In the first step of a quarter of the model, which takes a quarter's time Q_S for
    a hop, both quarters are at Q at 50 + Q_S; C's waits for A's, until 50 + 2 Q_S.
    """
    passes = [*BOTH, ("S3", "C", 0, 400), ("S4", "D", 0, 400)]
    links = {pair: 1000.0 for pair in ("S1-Q", "S3-Q", "Q-R", "R-S2", "R-S4")}
    plan = planned(world(passes, links, "ABCD", horizon_s=120.0))
    quarter_s = 1.25 + LIGHT_S
    first = isl_moves(plan)[:2]
    assert first == approximately(
        [
            ("Q", "R", 50 + quarter_s, 50 + 2 * quarter_s),
            ("Q", "R", 50 + 2 * quarter_s, 50 + 3 * quarter_s),
        ]
    )


def test_a_region_that_is_late_holds_up_the_others():
    """B's satellite rises at 30, so that its model is ready at 80, 30 s after A's.

    A's half arrives at 50 + 2 HALF_S and waits. At 80 S2 sends its own half, and
    right behind it, on the same links, the sum: A is done at 80 + 3 HALF_S. A's sum
    leaves at 80 + 2 HALF_S.
    """
    passes = [("S1", "A", 0, 400), ("S2", "B", 30, 400)]
    plan = planned(world(passes, RELAYED, horizon_s=115.0))
    expected = {"region/A": 80 + 3 * HALF_S, "region/B": 80 + 4 * HALF_S}
    assert means(plan) == pytest.approx(expected)


def test_a_satellite_that_must_leave_hands_the_mean_over():
    """S1 sets at 65, too early for a broadcast of 10 s that starts at 60."""
    passes = [("S1", "A", 0, 65), ("S3", "A", 51, 400), ("S2", "B", 0, 400)]
    plan = planned(world(passes, RELAYED | {"S1-S3": 1000.0}))
    done_s = 50 + 4 * HALF_S
    handed_s = done_s + 5 + LIGHT_S
    assert means(plan) == pytest.approx({"region/A": handed_s, "region/B": done_s})
    handover = isl_moves(plan)[-3:]
    assert approximately([("S1", "S3", done_s, handed_s)])[0] in handover


def test_the_mean_goes_to_whoever_can_broadcast_it_soonest():
    """Of three satellites over A when S1 leaves, S3 is one hop away, the others two."""
    passes = [("S1", "A", 0, 65), ("S2", "B", 0, 400)]
    passes += [("S4", "A", 51, 400), ("S3", "A", 52, 400), ("S5", "A", 53, 400)]
    links = {"S1-S3": 1000.0, "S3-S4": 1000.0, "S3-S5": 1000.0}
    plan = planned(world(passes, RELAYED | links))
    handed = [move[:2] for move in isl_moves(plan) if move[1] in ("S3", "S4", "S5")]
    assert handed == [("S1", "S3")]


def test_a_mean_that_is_not_broadcast_before_the_horizon_does_not_count():
    """It is ready at 50 + 4 HALF_S, just after 60, and takes 10 s."""
    assert means(planned(world(BOTH, RELAYED, horizon_s=70.1)))
    with pytest.raises(InputError, match="no global average fits"):
        planned(world(BOTH, RELAYED, horizon_s=69.9))


def test_one_satellite_over_both_regions_needs_no_link():
    passes = [("S1", "A", 0, 400), ("S1", "B", 0, 400)]
    plan = planned(world(passes, RELAYED))
    assert not plan.ledger["link"].eq("isl").any()
    assert means(plan) == pytest.approx({"region/A": 50, "region/B": 50})


def test_cycles_follow_each_other():
    plan = planned(world(BOTH, RELAYED, horizon_s=400.0))
    cycle_s = 50 + 4 * HALF_S  # broadcast, steps, uploads, all-reduce
    ready = plan.ops[(plan.ops["op"] == "evaluate") & (plan.ops["target"] == "average")]
    assert ready["end_s"].tolist() == pytest.approx([n * cycle_s for n in range(7)])
    assert ready["round"].tolist() == list(range(7))


@pytest.mark.parametrize(
    ("links", "regions", "words"),
    [
        (RELAYED, "A", "at least two regions"),
        ({"S1-R": 1000.0, "S2-Q": 1000.0}, "AB", "no global average fits"),
        ({"S1-R": 1000.0, "S2-R": float("nan")}, "AB", "no global average fits"),
    ],
)
def test_what_cannot_be_planned_is_said_in_one_sentence(links, regions, words):
    with pytest.raises(InputError, match=words):
        plan_ring_allreduce(world(BOTH, links, regions), SETTINGS)


def outpace_the_link(ledger, hop):
    ledger.loc[hop, "bits"] *= 1.001


def outpace_light(ledger, hop):
    ledger.loc[hop, "end_s"] -= LIGHT_S / 2


def skip_the_relay(ledger, hop):
    ledger.loc[hop, "receiver"] = "S2"


def pass_on_what_is_not_yet_there(ledger, hop):
    later = ledger[(ledger["sender"] == "R") & (ledger["end_s"] < 56)].index
    ledger.loc[later, "start_s"] = 50.0


def send_two_at_once(ledger, hop):
    later = ledger[(ledger["sender"] == "S1") & (ledger["receiver"] == "R")].index[1]
    ledger.loc[later, ["start_s", "end_s"]] = ledger.loc[hop, ["start_s", "end_s"]]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (outpace_the_link, "faster than the link and light"),
        (outpace_light, "faster than the link and light"),
        (skip_the_relay, "out of sight"),
        (
            pass_on_what_is_not_yet_there,
            "R passes on what it has not yet received",
        ),
        (send_two_at_once, "overlap on one beam"),
    ],
)
def test_a_spoilt_all_reduce_is_refused(change, complaint):
    made = world(BOTH, RELAYED)
    plan = planned(made)
    ledger = plan.ledger.copy()
    hop = ledger[(ledger["sender"] == "S1") & (ledger["receiver"] == "R")].index[0]
    change(ledger, hop)
    with pytest.raises(PlanError, match=complaint):
        check_plan(Plan(plan.ops, ledger), made)


def test_links_between_satellites_need_a_scene_that_has_them():
    made = world(BOTH, RELAYED)
    plan = planned(made)
    with pytest.raises(PlanError, match="without such links"):
        check_plan(plan, replace(made, isls=None))
