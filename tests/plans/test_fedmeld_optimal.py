from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.plans.scenes import PASSES, scene

from fedorbit.base.errors import InputError, SettingsError
from fedorbit.base.files import write_json
from fedorbit.base.settings import parse
from fedorbit.plans.scmr.solution import Solution
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld
from fedorbit.plans.strategies.fedmeld_optimal import (
    FedMeldOptimal,
    plan_fedmeld_optimal,
)

CELLS = [{"round_interval": 2, "mixing_ratio": a} for a in (0.1, 0.2, 0.3)]
VALUES = {
    "variant": "interval",
    "rounds": None,
    "strong_convexity": 0.1,
    "smoothness": 1.0,
    "pilot": {"rounds": 4, "cells": CELLS},
}
SETTINGS = FedMeldOptimal(**VALUES)
SCENE = scene(PASSES, "AB")


def test_the_plan_is_fedmelds_with_the_values_of_the_file():
    plan = plan_fedmeld_optimal(replace(SCENE, scmr=Solution(1, 0.3)), SETTINGS)
    own = FedMeld(variant="interval", round_interval=1, mixing_ratio=0.3)
    same = plan_fedmeld(SCENE, own)
    pd.testing.assert_frame_equal(plan.ops, same.ops)
    pd.testing.assert_frame_equal(plan.ledger, same.ledger)
    mixed = plan.ops[plan.ops["staleness"] > 0]["weights"]
    assert len(mixed) and all(list(weights) == [0.7, 0.3] for weights in mixed)


def test_without_a_solution_the_plan_refuses_with_the_reason(refused):
    world = replace(SCENE, scmr=Solution(0, 0.0, "flights are too long; wait"))
    sentence = refused(plan_fedmeld_optimal, world, SETTINGS)
    assert "no solution, since flights are too long; wait." in sentence
    with pytest.raises(ValueError, match="needs a scene with a solution"):
        plan_fedmeld_optimal(SCENE, SETTINGS)


def test_the_solution_is_read_from_its_file(tmp_path, refused):
    path = tmp_path / "solution.json"
    values = {
        "feasible": True,
        "round_interval": {"value": 8, "source": "derived"},
        "mixing_ratio": {"value": 0.25, "source": "derived"},
    }
    write_json(values, path)
    assert Solution.read(path) == Solution(8, 0.25)
    write_json({"feasible": False, "explanation": "no time; wait"}, path)
    assert Solution.read(path) == Solution(0, 0.0, "no time; wait")
    for wrong in ('{"feasible": true}', "[]", "{", '{"feasible": true, "a": NaN}'):
        path.write_text(wrong)
        assert "solution.json: not a solution" in refused(Solution.read, path)
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json({"a": np.nan}, path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"pilot": {"rounds": 5, "cells": CELLS}}, "no multiple of the round_interval"),
        ({"pilot": {"rounds": 4, "cells": CELLS[:2]}}, "pilot.cells"),
        (
            {"pilot": {"rounds": 4, "cells": [{**CELLS[0], "ratio": 1}, *CELLS]}},
            "'pilot.cells.0.ratio' is not known; known are mixing_ratio",
        ),
        ({"smoothness": 0.01}, "smoothness is below strong_convexity"),
        ({"rounds": 0}, "rounds is 0"),
    ],
)
def test_settings_that_cannot_be_are_refused_in_a_sentence(change, words, refused):
    assert words in refused(parse, FedMeldOptimal, VALUES | change, "a.yaml")


def test_one_region_is_no_ring():
    world = replace(scene(PASSES, "A"), scmr=Solution(1, 0.3))
    with pytest.raises(SettingsError, match="at least two regions"):
        plan_fedmeld_optimal(world, SETTINGS)
    assert issubclass(SettingsError, InputError)
