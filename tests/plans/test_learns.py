"""Strategies of whole models where a mixture of experts learns."""

from dataclasses import replace

import pytest
from tests.plans.aboard import ABOARD, star_scene, trained
from tests.plans.scenes import MODEL_BITS, PASSES, scene

from fedorbit.base.errors import SettingsError
from fedorbit.plans.check import check_plan
from fedorbit.plans.costs import ModelCard, Part
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld
from fedorbit.plans.strategy import find_strategy

EXPERTS = ("expert/0", "expert/1")
MELD = FedMeld(variant="interval", round_interval=2, mixing_ratio=0.25)


def mixture(world, own_bits: float):
    """Return a scene in which two experts learn, behind what is frozen."""
    expert = Part(bits=own_bits, flop_per_sample=1e4, forward_flop_per_sample=1e3)
    parts = {name: part for name, part in world.card.parts.items() if name != "head"}
    parts |= dict.fromkeys(EXPERTS, expert)
    card = ModelCard(
        10 * MODEL_BITS, world.card.flop_per_sample, parts, sample_numbers=500
    )
    return replace(world, card=card, learns=EXPERTS)


def test_fedmeld_trains_sends_and_tests_experts_alone():
    whole = scene(PASSES, ["A", "B"])
    world = mixture(whole, MODEL_BITS / 2)
    plan = plan_fedmeld(world, MELD)
    check_plan(plan, world)
    assert {tuple(scope) for scope in trained(plan)["scope"]} == {EXPERTS}
    # Two halves are as many bits as the whole of the other scene, so times are equal.
    same = plan_fedmeld(whole, MELD)
    assert plan.ledger["bits"].tolist() == same.ledger["bits"].tolist()
    assert plan.ops["end_s"].tolist() == same.ops["end_s"].tolist()
    tests = plan.ops[plan.ops["op"] == "evaluate"]
    assert dict(zip(tests["target"], tests["part"], strict=True)) == {
        "region/A": "region/A",
        "region/B": "region/B",
        "average": "test",
    }


@pytest.mark.parametrize("name", ["split", "onboard", "raw_download"])
def test_satellites_may_learn_experts(name):
    world = mixture(star_scene(), 1e5)
    strategy = find_strategy(name)
    settings = strategy.settings(**ABOARD[name] | {"learns": "experts"})
    assert not strategy.needs(settings).features
    plan = strategy.plan(world, settings)
    check_plan(plan, world)
    assert {tuple(scope) for scope in trained(plan)["scope"]} == {EXPERTS}
    payloads = set(plan.ledger["payload"])
    assert (
        payloads
        == {
            "split": {"model", "embedding", "feature"},
            "onboard": {"model"},
            "raw_download": {"model", "raw"},
        }[name]
    )


def test_experts_of_a_model_without_any_are_refused():
    strategy = find_strategy("onboard")
    settings = strategy.settings(**ABOARD["onboard"] | {"learns": "experts"})
    with pytest.raises(SettingsError, match="no pretrained mixture"):
        strategy.plan(star_scene(), settings)
