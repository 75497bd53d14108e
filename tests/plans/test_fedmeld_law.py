from dataclasses import replace

import pandas as pd
import pytest
from tests.plans.scenes import PASSES, scene

from fedorbit.base.settings import parse
from fedorbit.plans.scmr.solution import Solution
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld
from fedorbit.plans.strategies.fedmeld_law import FedMeldLaw, plan_fedmeld_law

VALUES = {
    "variant": "interval",
    "round_interval": 1,
    "topology": "ring",
    "grid_columns": None,
    "alone_rounds": 8,
}
SETTINGS = FedMeldLaw(**VALUES)
SCENE = scene(PASSES, "AB")


def test_the_plan_is_fedmelds_with_the_ratio_of_the_file():
    plan = plan_fedmeld_law(replace(SCENE, law=Solution(1, 0.3)), SETTINGS)
    own = FedMeld(variant="interval", round_interval=1, mixing_ratio=0.3)
    same = plan_fedmeld(SCENE, own)
    pd.testing.assert_frame_equal(plan.ops, same.ops)
    pd.testing.assert_frame_equal(plan.ledger, same.ledger)
    mixed = plan.ops[plan.ops["staleness"] > 0]["weights"]
    assert len(mixed) and all(list(weights) == [0.7, 0.3] for weights in mixed)


def test_without_a_mixing_the_plan_refuses_as_fedmelds_does(refused):
    short = replace(SCENE, horizon_s=50.0, law=Solution(0, 0.0, "too short"))
    sentence = refused(plan_fedmeld_law, short, SETTINGS)
    assert "no exchange around the ring fits" in sentence
    with pytest.raises(ValueError, match="needs a scene with a solution"):
        plan_fedmeld_law(SCENE, SETTINGS)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"topology": "chain"}, "topology is 'chain'"),
        ({"topology": "grid"}, "a grid needs grid_columns"),
        ({"variant": "pipelined"}, "variant is 'pipelined'"),
        ({"alone_rounds": 0}, "alone_rounds is 0"),
        ({"round_interval": 9}, "alone_rounds is 8, fewer than the round_interval 9"),
        ({"mixing_ratio": 0.5}, "'mixing_ratio' is not known"),
    ],
)
def test_settings_that_cannot_be_are_refused_in_a_sentence(change, words, refused):
    assert words in refused(parse, FedMeldLaw, VALUES | change, "a.yaml")
