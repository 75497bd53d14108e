"""Strategies with a ground station as the server, on the small sky."""

import pytest
from tests.plans.scenes import MODEL_BITS, PASSES, scene
from tests.plans.test_by_hand import approximately, moves, rows

from fedorbit.plans.check import check_plan
from fedorbit.plans.strategies.fedasync import FedAsync, plan_fedasync
from fedorbit.plans.strategies.fedavg_ground import FedAvgGround, plan_fedavg_ground
from fedorbit.plans.strategies.fedbuff import FedBuff, plan_fedbuff

ASYNC = FedAsync(
    regional_rounds=1, mixing_ratio=0.5, staleness_exponent=0.5, relays=False
)
BUFF = FedBuff(
    regional_rounds=1,
    buffer_size=2,
    server_rate=0.5,
    staleness_exponent=0.5,
    relays=False,
)
# S2 comes to G later than S3, so that updates arrive one after the other.
LATE = [("S2", "G", 97, 120) if p[:2] == ("S2", "G") else p for p in PASSES]


def server_mixes(plan):
    mixes = plan.ops[(plan.ops["op"] == "mix") & (plan.ops["target"] == "ground")]
    return mixes[mixes["end_s"] > 0]


def test_fedavg_at_a_station_by_hand():
    """As hierarchical FL of one round, with two models on each way down.

    S3 and S2 are over G from 90 and need 10 s for 20 Mbit. From 100 the average goes
    up in 5 s. S3 is over A from 120, S2 over B from 300.
    """
    world = scene(PASSES, ["A", "B"], ["G"])
    plan = plan_fedavg_ground(world, FedAvgGround(relays=False))
    check_plan(plan, world)
    feeder = plan.ledger[plan.ledger["link"] == "feeder"]
    assert moves(feeder) == approximately(
        [
            ("G", "S2", 100.0, 105.0),
            ("G", "S3", 100.0, 105.0),
            ("S2", "G", 90.0, 100.0),
            ("S3", "G", 90.0, 100.0),
        ]
    )
    assert rows(server_mixes(plan), "end_s") == approximately([(100.0,)])
    bits = plan.ledger.groupby("link")["bits"].sum()
    assert bits.to_dict() == {
        "access": 6 * MODEL_BITS,  # two broadcasts, four uploads
        "feeder": 6 * MODEL_BITS,  # two updates of each region down, the average up
        "carry": 6 * MODEL_BITS,
    }


def test_fedasync_by_hand():
    """A's update arrives at 95 with S3, and the server's model is new at once.

    S3 takes it up 95-100 and is over A from 120. B's update arrives with S2 97-102. It
    started from version 0 and finds version 1, so that it counts 0.5 / sqrt(2). S2
    takes the answer up 102-107 and is over B from 300. From neither region a
    satellite comes to G again.
    """
    world = scene(LATE, ["A", "B"], ["G"])
    plan = plan_fedasync(world, ASYNC)
    check_plan(plan, world)
    mixes = server_mixes(plan)
    assert rows(mixes, "end_s", "round", "staleness") == approximately(
        [(95.0, 1, 0), (102.0, 2, 1)]
    )
    assert mixes["sources"].map(list).tolist() == [
        ["ground", "ground/A/1"],
        ["ground", "ground/B/1"],
    ]
    stale = 0.5 * 2**-0.5
    assert mixes["weights"].map(list).tolist() == [[0.5, 0.5], [1 - stale, stale]]
    feeder = plan.ledger[plan.ledger["link"] == "feeder"]
    assert moves(feeder) == approximately(
        [
            ("G", "S2", 102.0, 107.0),
            ("G", "S3", 95.0, 100.0),
            ("S2", "G", 97.0, 102.0),
            ("S3", "G", 90.0, 95.0),
        ]
    )
    back = plan.ops[plan.ops["sources"].map(lambda s: "reply/" in "".join(s))]
    assert rows(back, "target", "end_s") == approximately(
        [("region/A", 120.0), ("region/B", 300.0)]
    )
    assert (plan.ledger.loc[plan.ledger["link"] != "access", "bits"] == 10e6).all()


def test_star_strategies_evaluate_all_models_when_an_answer_is_back():
    plan = plan_fedasync(scene(LATE, ["A", "B"], ["G"]), ASYNC)
    seen = plan.ops[(plan.ops["op"] == "evaluate") & (plan.ops["end_s"] > 0)]
    models = ("ground", "region/A", "region/B", "average")
    assert rows(seen, "target", "round", "end_s") == approximately(
        [(m, n, t) for n, t in ((1, 120.0), (2, 300.0)) for m in models]
    )


def test_star_strategies_evaluate_all_models_before_an_update_leaves():
    """Both first rounds are ready at 50, and the second rounds' uploads leave."""
    passes = [("S1", site, 0, 500) for site in "ABG"]
    settings = ASYNC.model_copy(update={"regional_rounds": 2})
    plan = plan_fedasync(scene(passes, ["A", "B"], ["G"]), settings)
    seen = plan.ops[(plan.ops["op"] == "evaluate") & (plan.ops["end_s"] > 0)]
    models = ("ground", "region/A", "region/B", "average")
    assert rows(seen, "target", "round", "end_s")[:4] == approximately(
        [(model, 1, 50.0) for model in models]
    )
    back = plan.ops[plan.ops["sources"].map(lambda s: "reply/" in "".join(s))]
    assert seen["end_s"].iloc[4] == back["end_s"].min()


def test_an_answer_is_the_model_that_the_server_had_at_that_time():
    # A's answer is copied at 95, before B's update changes the server at 102.
    ops = plan_fedasync(scene(LATE, ["A", "B"], ["G"]), ASYNC).ops
    mixes = ops[ops["op"] == "mix"]["target"]
    order = mixes[mixes.isin(["ground", "reply/A/1", "reply/B/1"])]
    assert list(order) == ["ground", "ground", "reply/A/1", "ground", "reply/B/1"]


def test_fedbuff_by_hand():
    """The server waits for both updates until 102, neither of which is stale.

    Half of the mean change from the first model: a quarter of each.
    """
    world = scene(LATE, ["A", "B"], ["G"])
    plan = plan_fedbuff(world, BUFF)
    check_plan(plan, world)
    mixes = server_mixes(plan)
    assert rows(mixes, "end_s", "round", "staleness") == approximately([(102.0, 1, 0)])
    (mix,) = mixes.itertuples()
    assert dict(zip(mix.sources, mix.weights, strict=True)) == {
        "ground": 1.0,
        "ground/A/1": 0.25,
        "ground/B/1": 0.25,
        "initial": -0.5,
    }


def test_a_stale_change_counts_less_and_starts_from_its_own_model():
    # A is over G all the time and sends updates every 70 s; B's first comes after two.
    passes = [("S1", "A", 0, 400), ("S1", "G", 0, 400)]
    passes += [("S2", "B", 0, 60), ("S2", "G", 160, 180), ("S2", "B", 300, 350)]
    world = scene(passes, ["A", "B"], ["G"])
    one = BUFF.model_copy(update={"buffer_size": 1, "server_rate": 1.0})
    plan = plan_fedbuff(world, one)
    check_plan(plan, world)
    # A: broadcast, steps, uploads 10 + 30 + 10, down 5; then up 5 before the next.
    mixes = server_mixes(plan)
    assert rows(mixes, "end_s", "staleness") == approximately(
        [
            (55.0, 0),
            (115.0, 0),
            (165.0, 2),
            (175.0, 1),
            (235.0, 0),
            (295.0, 0),
            (355.0, 0),
        ]
    )
    late = mixes.iloc[2]
    part = 3**-0.5
    assert dict(zip(late["sources"], late["weights"], strict=True)) == pytest.approx(
        {"ground": 1.0, "ground/B/1": part, "initial": -part}
    )


@pytest.mark.parametrize(
    ("planner", "settings"),
    [
        (plan_fedavg_ground, FedAvgGround()),
        (plan_fedasync, ASYNC),
        (plan_fedbuff, BUFF),
    ],
)
@pytest.mark.parametrize(
    ("stations", "seconds", "words"),
    [([], 400, "needs a ground station"), (["G"], 90, "lengthen scenario.hours")],
)
def test_what_cannot_be_planned_is_said(
    planner, settings, stations, seconds, words, refused
):
    world = scene(PASSES, ["A", "B"], stations, horizon_s=float(seconds))
    assert words in refused(planner, world, settings)


def test_a_buffer_that_never_fills_is_said(refused):
    world = scene(PASSES, ["A", "B"], ["G"])
    big = BUFF.model_copy(update={"buffer_size": 9})
    assert "no new model of the server" in refused(plan_fedbuff, world, big)
