"""FedMeld that mixes after every round; times and rates are those of ``scenes``."""

import pytest
from tests.plans.scenes import MODEL_BITS, PICKUP_S, scene
from tests.plans.test_by_hand import approximately, moves, rows

from fedorbit.base.errors import InputError
from fedorbit.plans.check import check_plan
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld

EACH = FedMeld(variant="pipelined", round_interval=1, mixing_ratio=0.25)
# P and Q stay; U, V and W fly from one region to the other.
PASSES = [
    ("P", "A", 0, 400),
    ("Q", "B", 0, 400),
    ("U", "A", 30, 70),
    ("U", "B", 80, 130),
    ("V", "B", 55, 75),
    ("V", "A", 110, 200),
    ("V", "B", 160, 190),
    ("W", "B", 100, 125),
    ("W", "A", 150, 190),
]


def mixings(plan):
    """Return the mixings into regions' models after the first, by round."""
    into = plan.ops["target"].isin(["region/A", "region/B"])
    found = plan.ops[(plan.ops["op"] == "mix") & into & (plan.ops["round"] > 0)]
    return found.sort_values(["round", "target"])


def test_every_round_but_the_first_mixes_what_was_broadcast_a_round_ago():
    """Two regions, delta 1.

    Round 1 is ordinary: uploads 40-50 to P and Q, who broadcast 50-60.

    Round 2: clients are done at 90. U loads A's model 60-67.6 and is over B from 80:
    uploads to U 90-100, and U broadcasts 100-110. V loads B's model 60-67.6, too, but
    is over A from 110 only: A waits, uploads 110-120, V broadcasts 120-130.

    Round 3: in B clients are done at 140; V can load A's model 130-137.6 and is over B
    again from 160: uploads 160-170, broadcast 170-180. In A they are done at 160; W
    has loaded B's model 110-117.6 and is there from 150: 160-170, broadcast until 180.
    """
    world = scene(PASSES, ["A", "B"], horizon_s=185.0)
    plan = plan_fedmeld(world, EACH)
    check_plan(plan, world)
    trains = plan.ops[plan.ops["op"] == "train"].sort_values(["round", "target"])
    assert rows(trains, "target", "round", "start_s", "end_s") == approximately(
        [
            ("region/A", 1, 0.0, 50.0),
            ("region/B", 1, 0.0, 50.0),
            ("region/A", 2, 50.0, 120.0),
            ("region/B", 2, 50.0, 100.0),
            ("region/A", 3, 120.0, 170.0),
            ("region/B", 3, 100.0, 170.0),
        ]
    )
    mixed = mixings(plan)
    assert rows(mixed, "target", "round", "end_s", "staleness") == approximately(
        [
            ("region/A", 2, 120.0, 1),
            ("region/B", 2, 100.0, 1),
            ("region/A", 3, 170.0, 1),
            ("region/B", 3, 170.0, 1),
        ]
    )
    assert [list(sources) for sources in mixed["sources"]] == [
        ["region/A", "carrier/V/B/1"],
        ["region/B", "carrier/U/A/1"],
        ["region/A", "carrier/W/B/2"],
        ["region/B", "carrier/V/A/2"],
    ]
    assert all(list(weights) == [0.75, 0.25] for weights in mixed["weights"])


def test_the_costs_of_carrying_every_broadcast_by_hand():
    ledger = plan_fedmeld(scene(PASSES, ["A", "B"], horizon_s=185.0), EACH).ledger
    carried = ledger[ledger["link"] == "carry"]
    loaded_s = 60 + PICKUP_S
    assert moves(carried) == approximately(
        [
            ("U", "U", loaded_s, 80.0),
            ("V", "V", loaded_s, 110.0),
            ("V", "V", 130 + PICKUP_S, 160.0),
            ("W", "W", 110 + PICKUP_S, 150.0),
        ]
    )
    # Six broadcasts, twelve uploads of two clients each round, four pick-ups.
    bits = ledger.groupby("link")["bits"].sum()
    assert bits.to_dict() == {"access": 22 * MODEL_BITS, "carry": 4 * MODEL_BITS}


def test_models_are_as_old_as_the_interval_and_each_is_carried_once():
    # One satellite sees both regions: rounds of 50 s, nobody waits. Eight rounds would
    # fit, but the broadcast after the last does not end in time.
    passes = [("S1", "A", 0, 400), ("S1", "B", 0, 400)]
    world = scene(passes, ["A", "B"])
    two = FedMeld(variant="pipelined", round_interval=2, mixing_ratio=0.25)
    plan = plan_fedmeld(world, two)
    check_plan(plan, world)
    mixed = mixings(plan)
    of_a = mixed[mixed["target"] == "region/A"]
    found = [(n, list(sources)[1]) for n, sources in of_a[["round", "sources"]].values]
    assert found == [(n, f"carrier/S1/B/{n - 2}") for n in (3, 4, 5, 6)]
    assert set(mixed["staleness"]) == {2}
    assert sorted(set(mixed["end_s"].round(6))) == [150, 200, 250, 300]
    on_board = plan.ops["target"][plan.ops["target"].str.startswith("carrier/")]
    assert sorted(on_board) == sorted(
        f"carrier/S1/{region}/{n}" for region in "AB" for n in (1, 2, 3, 4)
    )


def test_rounds_without_any_mixing_are_no_plan():
    # Two rounds fit, but the first model that is carried would be mixed in the third.
    passes = [("S1", "A", 0, 120), ("S1", "B", 0, 120)]
    two = FedMeld(variant="pipelined", round_interval=2, mixing_ratio=0.25)
    with pytest.raises(InputError, match="no exchange around the ring fits"):
        plan_fedmeld(scene(passes, ["A", "B"]), two)
