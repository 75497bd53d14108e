import json
from dataclasses import replace

import pytest
from tests.learn.tasks import MLP, changed, images
from tests.plans.scenes import scene
from tests.plans.test_fedmeld_optimal import VALUES
from tests.plans.test_timing import PASSES

from fedorbit.base.errors import SettingsError
from fedorbit.base.files import write_json
from fedorbit.data.homes import Homes, region_homes
from fedorbit.learn.scmr.solve import solve_scmr, step_sizes
from fedorbit.plans.scmr.solution import Solution
from fedorbit.plans.strategies.fedmeld_optimal import FedMeldOptimal
from fedorbit.theory.fedmeld.bounds import Constants, Scales
from fedorbit.theory.fedmeld.scmr import Latency, optimise

TRAINING = changed(
    batch_size=8,
    learning_rate=0.2,
    schedule={"name": "inverse", "half_life_rounds": 100},
)
FIRST = images(MLP, clients=4)
GROUPS = {0: "region/A", 1: "region/A", 2: "region/B", 3: "region/B"}
WORLD = scene(PASSES, "AB", horizon_s=1010.0, local_steps=3)
CELLS = [
    {"round_interval": d, "mixing_ratio": a} for d in (1, 2, 4) for a in (0.05, 0.2)
]


def work(training=TRAINING, seed=0):
    return replace(FIRST, groups=GROUPS, training=training, seed=seed)


def settings(**changes):
    values = {"strong_convexity": 1.0, "pilot": {"rounds": 4, "cells": CELLS}}
    return FedMeldOptimal(**VALUES | values | changes)


def value(found, key):
    return found[key]["value"]


@pytest.fixture(scope="module")
def found():
    return solve_scmr(WORLD, [work(), work(seed=1)], settings(), "cpu")


def test_the_solution_is_that_of_the_solver_for_what_was_measured(found):
    """Rounds take 50 s and flights 520 s: 1010 / 50 is 20.2, 20 x 0.515 is 10.3."""
    assert found["feasible"]
    assert (value(found, "rounds"), value(found, "round_interval")) == (20, 11)
    assert (value(found, "step_scale"), value(found, "step_offset")) == (60.0, 300.0)
    latency = Latency(
        rounds=value(found, "rounds"),
        round_s=value(found, "round_s"),
        flight_s=value(found, "flight_s"),
        limit_s=1010.0,
    )
    constants = Constants(
        strong_convexity=1.0,
        smoothness=1.0,
        step_scale=60.0,
        local_steps=3,
        regions=2,
        squared_gradient=value(found, "squared_gradient"),
        variance=value(found, "variance"),
        heterogeneity=value(found, "heterogeneity"),
        clients_per_region=2,
        sampled_per_region=2,
    )
    raw = optimise(latency, constants)
    scales = Scales(value(found, "scale_noise"), value(found, "scale_drift"))
    fitted = optimise(latency, constants, scales)
    assert value(found, "mixing_ratio_raw") == raw.alpha
    assert value(found, "mixing_ratio") == fitted.alpha
    assert value(found, "round_interval") == raw.delta == fitted.delta
    assert value(found, "terms") == fitted.terms
    assert [cell["round_interval"] for cell in value(found, "cells")] == [
        1,
        1,
        2,
        2,
        4,
        4,
    ]


def test_the_file_repeats_to_the_byte_and_says_where_values_come_from(found, tmp_path):
    paths = [tmp_path / "a.json", tmp_path / "b.json"]
    again = solve_scmr(WORLD, [work(), work(seed=1)], settings(), "cpu")
    for values, path in zip((found, again), paths, strict=True):
        write_json(values, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    read = Solution.read(paths[0])
    assert read == Solution(
        value(found, "round_interval"), value(found, "mixing_ratio")
    )
    told = json.loads(paths[0].read_text())
    assert told.pop("feasible") is True
    assert all(set(entry) == {"value", "source"} for entry in told.values())
    assert told["strong_convexity"]["source"] == "assumed"
    assert told["squared_gradient"]["source"] == "measured by pilot trainings"


@pytest.mark.parametrize(
    ("world", "change", "reason"),
    [
        (replace(WORLD, sky=scene(PASSES[:4], "AB").sky), {}, "FLIGHT_TOO_LONG"),
        (WORLD, {"rounds": 30}, "ROUNDS_DO_NOT_FIT"),
        (WORLD, {"strong_convexity": 0.01}, "NO_MIXING_RATIO"),
    ],
)
def test_what_has_no_solution_says_why(world, change, reason, tmp_path):
    values = solve_scmr(world, [work()], settings(**change), "cpu")
    assert (values["feasible"], values["reason"]) == (False, reason)
    assert "mixing_ratio" not in values
    write_json(values, tmp_path / "meld.json")
    assert Solution.read(tmp_path / "meld.json").infeasible == values["explanation"]


def test_fewer_rounds_leave_time_to_wait_so_that_models_are_fresher(found):
    few = solve_scmr(WORLD, [work()], settings(rounds=2), "cpu")
    assert value(few, "round_interval") == 2 < value(found, "round_interval")
    assert value(few, "rounds") == 2 and few["rounds"]["source"] == "given by the study"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schedule": {"name": "constant"}}, "schedule.name is 'constant'"),
        ({"schedule": {"name": "cosine", "rounds": 9}}, "set it to inverse"),
        ({"momentum": 0.9}, "training.momentum is 0.9"),
        ({"batch_size": 1}, "training.batch_size is 1"),
    ],
)
def test_training_that_the_bound_does_not_cover_is_refused(change, words, refused):
    wrong = type(TRAINING)(**TRAINING.model_dump() | change)
    sentence = refused(solve_scmr, WORLD, [work(wrong)], settings(), "cpu")
    assert words in sentence


def test_scenes_and_cells_that_the_bound_does_not_cover_are_refused(refused):
    weighted = replace(WORLD, region_weights={"A": 1.0, "B": 2.0})
    assert "region_weights" in refused(
        solve_scmr, weighted, [work()], settings(), "cpu"
    )
    alone = replace(WORLD, homes=region_homes(["A"], 2))
    assert "two regions" in refused(solve_scmr, alone, [work()], settings(), "cpu")
    uneven = Homes.of({"region/A": ["A"], "region/B": ["B"] * 3})
    unlike = replace(WORLD, homes=uneven)
    sentence = refused(solve_scmr, unlike, [work()], settings(), "cpu")
    assert "different numbers of clients" in sentence
    cells = [*CELLS, {"round_interval": 4, "mixing_ratio": 0.9}]
    far = settings(pilot={"rounds": 4, "cells": cells})
    sentence = refused(solve_scmr, WORLD, [work()], far, "cpu")
    assert "pilot.cells: delta 4 and alpha 0.9 break S < m(alpha)" in sentence


def test_step_sizes_are_those_of_the_schedule():
    """Round r begins after (r - 1) E steps, at beta / ((r - 1) E + gamma)."""
    beta, gamma = step_sizes(TRAINING)
    assert beta / gamma == pytest.approx(0.2)
    assert beta / (50 * 3 + gamma) == pytest.approx(0.2 / 1.5)
    with pytest.raises(SettingsError):
        step_sizes(changed(schedule={"name": "constant"}))
