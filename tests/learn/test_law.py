import json
from dataclasses import replace

import numpy as np
import pytest
from tests.learn.tasks import MLP, changed, final_model, images
from tests.plans.scenes import scene
from tests.plans.test_fedmeld_law import VALUES
from tests.plans.test_timing import PASSES

from fedorbit.base.files import write_json
from fedorbit.learn.law.pilot import measure_curves
from fedorbit.learn.law.solve import solve_law
from fedorbit.learn.run.engine import run_plan
from fedorbit.plans.law.pilot_plans import law_pilot_ops
from fedorbit.plans.moves.topology import upstreams
from fedorbit.plans.scmr.solution import Solution
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld
from fedorbit.plans.strategies.fedmeld_law import FedMeldLaw
from fedorbit.theory.fedmeld.law import Curves, predict

GROUPS = {0: "region/A", 1: "region/A", 2: "region/B", 3: "region/B"}
WORLD = scene(PASSES, "AB", horizon_s=1010.0, local_steps=3)
SETTINGS = FedMeldLaw(**VALUES | {"round_interval": 2})


TRAINING = changed(batch_size=8, learning_rate=0.2)
FIRST = replace(images(MLP, clients=4), groups=GROUPS, training=TRAINING)


def work(seed=0):
    return replace(FIRST, seed=seed)


def value(found, key):
    return found[key]["value"]


@pytest.fixture(scope="module")
def found():
    return solve_law(WORLD, [work(), work(seed=1)], SETTINGS, "cpu")


def test_the_ratio_is_the_best_of_the_law_for_what_was_measured(found):
    rounds = value(found, "rounds")
    own = FedMeld(variant="interval", round_interval=2, mixing_ratio=0.1)
    assert rounds == plan_fedmeld(WORLD, own).ops["round"].max() > 0
    curves = Curves(
        *zip(*value(found, "mean_loss"), strict=True),
        *zip(*value(found, "gap"), strict=True),
    )
    assert curves.rounds == tuple(range(0, rounds + 1, 2))
    assert curves.alone_rounds == (0, 1, 2, 4, 8)
    table = predict(curves, upstreams("AB", "ring"), 2, rounds)
    best = table.loc[table["loss"].idxmin()]
    assert value(found, "mixing_ratio") == best["mixing_ratio"]
    assert sum(value(found, "terms").values()) == pytest.approx(best["loss"])
    assert value(found, "least_ratio") == table["mixing_ratio"].min()
    assert value(found, "spread") == pytest.approx(0.25)


def test_the_curves_are_means_over_seeds_of_losses_on_all_training_samples():
    ops = law_pilot_ops(WORLD, 2, 4, 2)
    tasks = [work(seed) for seed in (0, 1)]
    curves = measure_curves(ops, tasks, 4)
    ends = ops[ops["round"] <= 4]  # whose last evaluation is one of all samples
    last, apart = [], []
    for one in tasks:
        seen = replace(one, test_x=one.train_x, test_y=one.train_y)
        last.append(run_plan(ends, seen)["loss"].iloc[-1])
        at_end = run_plan(ops, seen).set_index(["round", "model"])["loss"][6]
        apart.append((at_end["region/A"] + at_end["region/B"]) / 2 - at_end["average"])
    assert curves.mean_loss[-1] == pytest.approx(np.mean(last), rel=1e-6)
    assert curves.gap == pytest.approx([0.0, curves.gap[1], np.mean(apart)], rel=1e-6)
    nothing = FIRST.test_x * 0
    blind = [replace(one, test_x=nothing) for one in tasks]
    assert measure_curves(ops, blind, 4) == curves


def test_regions_that_are_averaged_every_round_are_one():
    """Six clients of 25 samples each, in two regions of three or in a single one."""

    def end(regions, clients):
        world = scene(PASSES, regions, clients=clients, local_steps=3)
        ops = law_pilot_ops(world, 1, 3, 1)
        groups = {k: f"region/{regions[k // clients]}" for k in range(6)}
        task = replace(images(MLP, clients=6), groups=groups)
        return final_model(ops[ops["round"] <= 3], task)

    two, one = end("AB", 3), end("A", 6)
    for name in two:
        np.testing.assert_allclose(two[name], one[name], rtol=1e-4, atol=1e-6)


def test_the_file_is_read_as_a_solution_and_says_where_values_come_from(
    found, tmp_path
):
    path = tmp_path / "law.json"
    write_json(found, path)
    assert Solution.read(path) == Solution(2, value(found, "mixing_ratio"))
    told = json.loads(path.read_text())
    assert told.pop("feasible") is True
    assert all(set(entry) == {"value", "source"} for entry in told.values())
    assert told["gap"]["source"] == "measured by pilot trainings"
    assert told["rounds"]["source"] == "measured in the scene"


def test_where_no_mixing_fits_nothing_is_trained(tmp_path):
    found = solve_law(replace(WORLD, horizon_s=60.0), [], SETTINGS, "cpu")
    assert found["feasible"] is False and set(found) == {"feasible", "explanation"}
    write_json(found, tmp_path / "law.json")
    assert "no exchange" in Solution.read(tmp_path / "law.json").infeasible


def test_regions_of_unequal_weight_are_refused(refused):
    weighted = replace(WORLD, region_weights={"A": 1.0, "B": 2.0})
    sentence = refused(solve_law, weighted, [work()], SETTINGS, "cpu")
    assert "clients.region_weights is given" in sentence
