from dataclasses import replace

import pytest
from tests.plans.scenes import MODEL_BITS, PASSES, PICKUP_S, scene

from fedorbit.base.errors import InputError
from fedorbit.plans.check import check_plan
from fedorbit.plans.moves.regional import add_evaluations, add_start
from fedorbit.plans.plan import PlanBuilder
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld
from fedorbit.plans.strategies.hfl import Hfl, plan_hfl

MELD = FedMeld(variant="interval", round_interval=2, mixing_ratio=0.25)
LOADED_S = 10 + PICKUP_S  # a pick-up starts when the broadcast ends, at 10 s


def rows(table, *columns):
    return [tuple(row) for row in table[list(columns)].itertuples(index=False)]


def moves(ledger):
    return sorted(rows(ledger, "sender", "receiver", "start_s", "end_s"))


def approximately(expected):
    """Return rows of names and times, the times within a microsecond."""
    return [
        tuple(pytest.approx(x, abs=1e-6) if isinstance(x, float) else x for x in row)
        for row in expected
    ]


def test_fedmeld_by_hand():
    """Three satellites, two regions, delta 2.

    Both regions: broadcast 0-10, steps 10-40, uploads 40-50 to the satellite that
    stays longest (in A that is S1, not S3), broadcast 50-60, steps 60-90.

    B waits for A's initial model: S1 loads it in A from 10 and is over B from 80, so
    the uploads of round 2 go to S1 at once, 90-100.

    A waits for B's: S2 would be over A at 140. S3 has loaded when its short pass over
    B ends at 25 and is over A from 30, but that pass ends at 60 before A is ready at
    90; its next one begins at 120: uploads 120-130. A has waited 30 s.

    The next cycle finds no satellite that flies from B to A and the plan ends.
    """
    world = scene(PASSES, ["A", "B"])
    plan = plan_fedmeld(world, MELD)
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
    mixes = plan.ops[plan.ops["op"] == "mix"]
    mixes = mixes[~mixes["target"].eq("average")]
    assert rows(mixes, "target", "start_s", "end_s", "staleness") == approximately(
        [
            ("region/A", 0.0, 0.0, 0),
            ("region/B", 0.0, 0.0, 0),
            ("kept/A/0", 10.0, 10.0, 0),
            ("kept/B/0", 10.0, 10.0, 0),
            ("carrier/S3/B/0", 10.0, LOADED_S, 0),
            ("carrier/S1/A/0", 10.0, LOADED_S, 0),
            ("region/B", 100.0, 100.0, 2),
            ("region/A", 130.0, 130.0, 2),
        ]
    )
    last = mixes.iloc[-1]
    assert list(last["sources"]) == ["region/A", "carrier/S3/B/0"]
    assert list(last["weights"]) == [0.75, 0.25]


def test_the_ledger_of_fedmeld_by_hand():
    ledger = plan_fedmeld(scene(PASSES, ["A", "B"]), MELD).ledger
    down = ledger[ledger["receiver"].isin(["A", "B"])]
    assert moves(down) == approximately(
        [
            ("S1", "A", 0.0, 10.0),
            ("S1", "A", 50.0, 60.0),
            ("S2", "B", 0.0, 10.0),
            ("S2", "B", 50.0, 60.0),
        ]
    )
    up = ledger[ledger["sender"].str.startswith("client/")]
    assert moves(up) == approximately(
        [
            ("client/0", "S1", 10.0, LOADED_S),
            ("client/0", "S1", 40.0, 50.0),
            ("client/0", "S3", 120.0, 130.0),
            ("client/1", "S1", 40.0, 50.0),
            ("client/1", "S3", 120.0, 130.0),
            ("client/2", "S1", 90.0, 100.0),
            ("client/2", "S2", 40.0, 50.0),
            ("client/2", "S3", 10.0, LOADED_S),
            ("client/3", "S1", 90.0, 100.0),
            ("client/3", "S2", 40.0, 50.0),
        ]
    )
    carried = ledger[ledger["link"] == "carry"]
    assert moves(carried) == approximately(
        [("S1", "S1", LOADED_S, 80.0), ("S3", "S3", LOADED_S, 120.0)]
    )
    # Four broadcasts, eight uploads and two pick-ups; two models carried.
    bits = ledger.groupby("link")["bits"].sum()
    assert bits.to_dict() == {"access": 14 * MODEL_BITS, "carry": 2 * MODEL_BITS}


def test_fedmeld_evaluates_all_before_and_after_an_exchange():
    ops = plan_fedmeld(scene(PASSES, ["A", "B"]), MELD).ops
    seen = ops[ops["op"] == "evaluate"]
    assert rows(seen, "target", "round", "end_s") == approximately(
        [
            ("region/A", 0, 0.0),
            ("region/B", 0, 0.0),
            ("average", 0, 0.0),
            ("region/A", 1, 50.0),
            ("region/B", 1, 50.0),
            ("average", 1, 50.0),
            ("region/B", 2, 100.0),
            ("region/A", 2, 130.0),
            ("average", 2, 130.0),
        ]
    )


def test_hfl_by_hand():
    """The same satellites, a station G and one round between averages.

    A and B: broadcast 0-10, steps 10-40, uploads 40-50. From A the model may fly with
    S1, over G from 150, or with S3, which sets over A at 60 and is over G from 90: S3
    sends it down 90-95. From B only S2 comes to G: 90-95. The average is there at 95.

    Up again 95-100 to both. Over A S3 arrives first, at 120, and broadcasts until 130
    (S2 would arrive at 140). Over B S2's pass has ended just as it has loaded; S1
    loads at G 150-155, but its pass over B ends at 160, before a broadcast of 10 s is
    over; so B waits for S2 until 300.
    """
    world = scene(PASSES, ["A", "B"], ["G"])
    plan = plan_hfl(world, Hfl(regional_rounds=1, relays=False))
    check_plan(plan, world)
    feeder = plan.ledger[plan.ledger["link"] == "feeder"]
    assert moves(feeder) == approximately(
        [
            ("G", "S2", 95.0, 100.0),
            ("G", "S3", 95.0, 100.0),
            ("S2", "G", 90.0, 95.0),
            ("S3", "G", 90.0, 95.0),
        ]
    )
    carried = plan.ledger[plan.ledger["link"] == "carry"]
    assert moves(carried) == approximately(
        [
            ("S2", "S2", 50.0, 90.0),
            ("S2", "S2", 100.0, 300.0),
            ("S3", "S3", 50.0, 90.0),
            ("S3", "S3", 100.0, 120.0),
        ]
    )
    mixes = plan.ops[(plan.ops["op"] == "mix") & (plan.ops["end_s"] > 60)]
    mixes = mixes[~mixes["target"].eq("average")]
    assert rows(mixes, "target", "end_s") == approximately(
        [("ground", 95.0), ("region/A", 120.0), ("region/B", 300.0)]
    )
    bits = plan.ledger.groupby("link")["bits"].sum().to_dict()
    assert bits == {
        "access": 6 * MODEL_BITS,  # two broadcasts, four uploads
        "feeder": 4 * MODEL_BITS,
        "carry": 4 * MODEL_BITS,
    }


def test_two_couriers_in_one_pass_take_turns_on_the_downlink():
    # One satellite sees both regions and then the station: 5 s for each model.
    passes = [("S1", "A", 0, 60), ("S1", "B", 0, 60), ("S1", "G", 90, 120)]
    passes += [("S1", "A", 150, 200), ("S1", "B", 150, 200)]
    world = scene(passes, ["A", "B"], ["G"])
    plan = plan_hfl(world, Hfl(regional_rounds=1, relays=False))
    check_plan(plan, world)
    feeder = plan.ledger[plan.ledger["link"] == "feeder"]
    assert moves(feeder) == approximately(
        [("G", "S1", 100.0, 105.0), ("S1", "G", 90.0, 95.0), ("S1", "G", 95.0, 100.0)]
    )


def test_a_satellite_over_two_regions_at_once_carries_without_a_flight():
    passes = [("S1", "A", 0, 400), ("S1", "B", 0, 400)]
    world = scene(passes, ["A", "B"])
    plan = plan_fedmeld(world, MELD)
    check_plan(plan, world)
    assert not plan.ledger["link"].eq("carry").any()
    # A cycle is two rounds of 50 s and nobody waits: mixing at 100, 200, 300 and 400
    # would do, but the broadcast after the last one does not end before the horizon.
    mixed = plan.ops[plan.ops["staleness"] == 2]
    assert sorted(set(mixed["end_s"].round(6))) == [100, 200, 300]


@pytest.mark.parametrize(
    ("planner", "settings", "regions", "stations", "words"),
    [
        (plan_fedmeld, MELD, ["A"], [], "at least two regions"),
        (plan_hfl, Hfl(regional_rounds=1), ["A", "B"], [], "needs a ground station"),
        (plan_fedmeld, MELD, ["A", "G"], [], "no exchange around the ring fits"),
        (plan_hfl, Hfl(regional_rounds=9), ["A", "B"], ["G"], "no global average fits"),
    ],
)
def test_what_cannot_be_planned_is_said_in_one_sentence(
    planner, settings, regions, stations, words
):
    with pytest.raises(InputError, match=words):
        planner(scene(PASSES, regions, stations), settings)


def test_a_pass_too_short_for_the_model_is_said():
    with pytest.raises(InputError, match="no pass is long enough"):
        plan_fedmeld(scene([("S1", "A", 0, 9), ("S1", "B", 0, 9)], ["A", "B"]), MELD)


def test_a_cycle_is_evaluated_just_after_its_start_and_around_its_end():
    """Of rounds 9 to 16 the first, both sides of the exchange, and each fifth."""
    world, plan = replace(scene(PASSES, "AB"), evaluation_interval=5), PlanBuilder()
    add_start(world, plan)
    ready_s = {region: {n: 10.0 * n for n in range(9, 17)} for region in "AB"}
    add_evaluations(world, plan, ready_s)
    ops = plan.build().ops
    seen = ops[(ops["op"] == "evaluate") & (ops["round"] > 0)]
    for slot in ("region/A", "region/B", "average"):
        assert seen[seen["target"] == slot]["round"].tolist() == [9, 10, 15, 16]
