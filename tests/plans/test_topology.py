"""Who takes models from whom, and what FedMeld makes of it, by hand."""

import pytest
from tests.plans.scenes import MODEL_BITS, PICKUP_S, scene
from tests.plans.test_by_hand import approximately, moves, rows

from fedorbit.plans.check import check_plan
from fedorbit.plans.moves.topology import upstreams
from fedorbit.plans.readings.starvation import starvation
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld

LOADED_S = 10 + PICKUP_S  # a pick-up starts when the broadcast ends, at 10 s
# One satellite stays over each region; the others fly.
STAY = [("P", "A", 0, 400), ("Q", "B", 0, 400), ("R", "C", 0, 400)]


def meld(topology, delta=1, **more):
    values = {"variant": "interval", "round_interval": delta, "mixing_ratio": 0.25}
    return FedMeld(**values, topology=topology, **more)


def test_a_ring_and_a_chain_differ_in_the_first_region():
    assert upstreams("ABC", "ring") == {"A": ["C"], "B": ["A"], "C": ["B"]}
    assert upstreams("ABC", "chain") == {"A": [], "B": ["A"], "C": ["B"]}


def test_a_grid_of_two_rows_and_three_columns_by_hand():
    # A B C
    # D E F
    assert upstreams("ABCDEF", "grid", 3) == {
        "A": ["B", "D"],
        "B": ["A", "C", "E"],
        "C": ["B", "F"],
        "D": ["E", "A"],
        "E": ["D", "F", "B"],
        "F": ["E", "C"],
    }


def test_the_middle_of_a_grid_has_four_neighbours():
    assert upstreams("ABCDEFGHI", "grid", 3)["E"] == ["D", "F", "B", "H"]


def test_rows_that_are_not_full_are_refused(refused):
    sentence = refused(upstreams, "ABCDE", "grid", 3)
    assert "grid_columns is 3, but 5 regions" in sentence
    refused(plan_fedmeld, scene(STAY, "ABC"), meld("grid", grid_columns=2))


def test_a_region_between_two_waits_for_both_models():
    """Three regions in a row, A B C, and mixing after every round.

    Everywhere: broadcast 0-10, pick-ups 10-17.6, steps 10-40.

    B: U brings A's model, is over B from 20 and broadcasts it 20-30. V brings C's,
    rises at 70 and broadcasts it 70-80. Then Q collects 80-90.

    W brings B's model to A and to C, having picked it up once: it collects in A 45-55
    and in C, where it rises at 60, 60-70. Then nobody flies any more.
    """
    flying = [("U", "A", 0, 30), ("U", "B", 20, 140), ("V", "C", 0, 30)]
    flying += [("V", "B", 70, 200), ("W", "B", 0, 30), ("W", "A", 45, 100)]
    world = scene([*STAY, *flying, ("W", "C", 60, 120)], "ABC")
    plan = plan_fedmeld(world, meld("grid", grid_columns=3))
    check_plan(plan, world)
    mixed = plan.ops[plan.ops["staleness"] == 1]
    assert rows(mixed, "target", "end_s") == approximately(
        [("region/A", 55.0), ("region/C", 70.0), ("region/B", 90.0)]
    )
    assert dict(zip(*mixed[["sources", "weights"]].iloc[2], strict=True)) == {
        "region/B": 0.75,
        "carrier/U/A/0": 0.125,
        "carrier/V/C/0": 0.125,
    }
    assert list(mixed["weights"].iloc[0]) == [0.75, 0.25]
    carried = plan.ledger[plan.ledger["link"] == "carry"]
    assert moves(carried) == approximately(
        [
            ("U", "U", LOADED_S, 20.0),
            ("V", "V", LOADED_S, 70.0),
            ("W", "W", LOADED_S, 45.0),
            ("W", "W", LOADED_S, 60.0),
        ]
    )
    down = plan.ledger[plan.ledger["receiver"] == "B"]
    assert moves(down) == approximately(
        [("Q", "B", 0.0, 10.0), ("U", "B", 20.0, 30.0), ("V", "B", 70.0, 80.0)]
    )
    # Broadcasts of three models and of U's and V's, six uploads, three pick-ups.
    bits = plan.ledger.groupby("link")["bits"].sum()
    assert bits.to_dict() == {"access": 14 * MODEL_BITS, "carry": 4 * MODEL_BITS}


def test_models_that_came_during_the_local_steps_make_nobody_wait():
    # U and V have broadcast and gone when the clients are done at 40: Q collects 40-50.
    flying = [("U", "A", 0, 30), ("U", "B", 20, 31), ("V", "C", 0, 30)]
    flying += [("V", "B", 12, 35), ("W", "B", 0, 30), ("W", "A", 45, 100)]
    world = scene([*STAY, *flying, ("W", "C", 60, 120)], "ABC")
    plan = plan_fedmeld(world, meld("grid", grid_columns=3))
    check_plan(plan, world)
    mixed = plan.ops[plan.ops["staleness"] == 1].set_index("target")
    assert mixed["end_s"]["region/B"] == pytest.approx(50.0)
    (row,) = plan.ops.index[(plan.ops["op"] == "train") & (plan.ops["end_s"] < 51)]
    assert set(plan.ledger["receiver"][plan.ledger["op"] == row]) == {"B", "Q"}


def test_the_first_region_of_a_chain_mixes_nothing_and_waits_for_nobody():
    # U flies from A to B once and is there before B needs it; nothing flies back.
    world = scene([*STAY[:2], ("U", "A", 0, 30), ("U", "B", 80, 140)], "AB")
    plan = plan_fedmeld(world, meld("chain", delta=2))
    check_plan(plan, world)
    trains = plan.ops[plan.ops["op"] == "train"].sort_values(["target", "round"])
    assert rows(trains, "target", "end_s") == approximately(
        [(f"region/{region}", end_s) for region in "AB" for end_s in (50.0, 100.0)]
    )
    # Nobody takes B's model, so that nobody keeps it.
    assert set(plan.ops["target"][plan.ops["staleness"] == 2]) == {"region/B"}
    kept = plan.ops["target"][plan.ops["target"].str.startswith("kept/")]
    assert list(kept) == ["kept/A/0"]
    told = starvation(plan.ops, world.homes, 400.0)
    assert list(told["exchanges"]) == [0, 1]


@pytest.mark.parametrize("topology", ["ring", "chain"])
def test_a_satellite_over_all_regions_makes_nobody_wait(topology):
    world = scene([("S1", region, 0, 400) for region in "ABC"], "ABC")
    plan = plan_fedmeld(world, meld(topology, delta=2))
    check_plan(plan, world)
    trains = plan.ops[plan.ops["op"] == "train"]
    assert ((trains["end_s"] / 50 - trains["round"]).abs() < 1e-6).all()
