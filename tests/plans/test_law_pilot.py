from dataclasses import replace

import pytest
from tests.plans.scenes import scene

from fedorbit.plans.law.pilot_plans import evaluated_alone, law_pilot_ops

PASSES = [("S1", "A", 0, 2000), ("S2", "B", 0, 2000)]


def test_the_operations_of_the_pilot_by_hand():
    ops = law_pilot_ops(scene(PASSES, "AB"), 2, 4, 3)
    trained = ops[ops["op"] == "train"]
    assert trained.groupby("target")["round"].apply(list).to_dict() == {
        slot: list(range(1, 8)) for slot in ("region/A", "region/B")
    }
    averaged = ops[(ops["op"] == "mix") & (ops["target"] == "average")]
    assert averaged["round"].tolist() == [0, 2, 4, 5, 6, 7]
    assert all(list(weights) == [0.5, 0.5] for weights in averaged["weights"])
    # Regions take the average of rounds 2 and 4, and none once they are alone.
    taken = ops[ops["sources"].map(lambda sources: sources == ["average"])]
    assert taken["round"].tolist() == [2, 2, 4, 4]
    tests = ops[ops["op"] == "evaluate"]
    own = tests[tests["target"] != "average"]
    assert own["round"].tolist() == [5, 5, 6, 6, 7, 7]
    assert tests[tests["target"] == "average"]["round"].tolist() == [0, 2, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("rounds", "expected"), [(1, [1]), (6, [1, 2, 4, 6]), (8, [1, 2, 4, 8])]
)
def test_models_alone_are_evaluated_after_powers_of_two(rounds, expected):
    assert evaluated_alone(rounds) == expected


def test_the_pilot_draws_the_participants_of_the_scene():
    world = replace(scene(PASSES, "AB", clients=4), participants_per_round=1)
    ops = law_pilot_ops(world, 1, 3, 3)
    for op in ops[ops["op"] == "train"].itertuples(index=False):
        region = op.target.removeprefix("region/")
        assert op.clients == world.participants(region, op.round)
