from dataclasses import replace

from tests.plans.scenes import scene

from fedorbit.plans.scmr.pilot_plans import pilot_ops

# S1 sees A and S2 sees B all the time.
PASSES = [("S1", "A", 0, 2000), ("S2", "B", 0, 2000)]


def test_the_operations_of_a_pilot_by_hand():
    ops = pilot_ops(scene(PASSES, "AB"), 2, 0.25, 4)
    mixed = ops[ops["staleness"] > 0]
    assert mixed["round"].tolist() == [2, 2, 4, 4]
    assert mixed["sources"].tolist() == [
        ["region/A", "kept/B/0"],
        ["region/B", "kept/A/0"],
        ["region/A", "kept/B/2"],
        ["region/B", "kept/A/2"],
    ]
    assert all(list(weights) == [0.75, 0.25] for weights in mixed["weights"])
    evaluated = ops[ops["op"] == "evaluate"]
    assert evaluated["target"].tolist() == ["region/A", "region/B", "average"]
    assert set(evaluated["round"]) == {4}


def test_a_pilot_draws_the_participants_of_the_scene():
    world = replace(scene(PASSES, "AB", clients=4), participants_per_round=1)
    ops = pilot_ops(world, 1, 0.5, 6)
    trained = ops[ops["op"] == "train"]
    for op in trained.itertuples(index=False):
        region = op.target.removeprefix("region/")
        assert op.clients == world.participants(region, op.round)
