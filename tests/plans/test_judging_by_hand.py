"""FedMeld whose regions judge what comes: the plans of test_by_hand.py, and judging."""

from dataclasses import replace

import pytest
from tests.plans.scenes import COMPUTE_S, MODEL_BITS, PASSES, scene

from fedorbit.base.settings import parse
from fedorbit.plans.check import check_plan
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld
from fedorbit.plans.strategies.fedmeld_adaptive import (
    FedMeldAdaptive,
    plan_fedmeld_adaptive,
)

VALUES = {"round_interval": 2, "first_ratio": 0.25, "judging_steps": 1}
ADAPTIVE = FedMeldAdaptive(**VALUES)
TOLD_S = 96 / 1e6  # two clients with half the band each have 1 Mbit/s


def test_judging_by_hand():
    """As the plan by hand of fedmeld, but for the last seconds.

    B has trained at 90, when S1, there from 80, has broadcast A's model, 80-90. One of
    five steps takes 30 / 5 = 6 s. So clients send losses from 96, and updates for 10 s.
    In A, S3 is there from 120: broadcast to 130, judged at 136, uploads for 10 s.
    """
    world = scene(PASSES, ["A", "B"])
    plan = plan_fedmeld_adaptive(world, ADAPTIVE)
    check_plan(plan, world)
    mixes = plan.ops[plan.ops["staleness"] > 0]
    assert list(mixes["target"]) == ["region/B", "region/A"]
    assert list(mixes["end_s"]) == pytest.approx([106 + TOLD_S, 146 + TOLD_S])
    first = mixes.iloc[0]
    assert first["sources"] == ["region/B", "carrier/S1/A/0", "kept/B/0"]
    assert first["weights"] == [0.75, 0.25, 0.0]
    assert (first["clients"], first["steps"]) == ([2, 3], 1)
    own = plan.ledger[plan.ledger["op"] == mixes.index[0]]
    heard = own[(own["sender"] == "S1") & (own["link"] == "access")].iloc[0]
    assert (heard["start_s"], heard["end_s"]) == pytest.approx((80, 90))
    assert (heard["receiver"], heard["bits"]) == ("B", MODEL_BITS)
    told = own[own["payload"] == "scores"]
    assert sorted(told["sender"]) == ["client/2", "client/3"]
    assert set(told["bits"]) == {96.0} and set(told["share"]) == {0.5}
    assert told["start_s"].tolist() == pytest.approx([96, 96])
    assert told["end_s"].tolist() == pytest.approx([96 + TOLD_S] * 2)


def test_what_judging_costs_beside_the_fixed_ratio():
    """Two mixings: two more broadcasts, and three numbers of each of four clients."""
    world = scene(PASSES, ["A", "B"])
    fixed = FedMeld(variant="interval", round_interval=2, mixing_ratio=0.25)
    plans = [plan_fedmeld(world, fixed), plan_fedmeld_adaptive(world, ADAPTIVE)]
    sent = [p.ledger[p.ledger["link"] == "access"]["bits"].sum() for p in plans]
    assert sent[1] - sent[0] == 2 * MODEL_BITS + 4 * 96


def test_more_batches_take_longer():
    world = scene(PASSES, ["A", "B"])
    ends_s = []
    for steps in (1, 3):
        settings = FedMeldAdaptive(**VALUES | {"judging_steps": steps})
        ops = plan_fedmeld_adaptive(world, settings).ops
        ends_s.append(ops["end_s"][ops["staleness"] > 0].iloc[0])
    assert ends_s[1] - ends_s[0] == pytest.approx(2 / 5 * COMPUTE_S)


def test_a_carrier_that_leaves_before_it_is_told_does_not_collect():
    """S1 leaves B at 100, after the broadcast, and S4 brings the model at 140."""
    passes = [p if p[:2] != ("S1", "B") else ("S1", "B", 80, 100) for p in PASSES]
    passes += [("S4", "A", 30, 90), ("S4", "B", 140, 230)]
    world = scene(passes, ["A", "B"])
    plan = plan_fedmeld_adaptive(world, ADAPTIVE)
    check_plan(plan, world)
    mixed = plan.ops[(plan.ops["staleness"] > 0) & (plan.ops["target"] == "region/B")]
    assert mixed["sources"].iloc[0][1] == "carrier/S4/A/0"
    assert mixed["end_s"].iloc[0] == pytest.approx(166 + TOLD_S)


def test_regions_of_unequal_weight_are_refused(refused):
    world = replace(scene(PASSES, "AB"), region_weights={"A": 1.0, "B": 2.0})
    assert "fedmeld_adaptive rests on a law" in refused(
        plan_fedmeld_adaptive, world, ADAPTIVE
    )


@pytest.mark.parametrize("ratio", [0.0, 0.05, 0.9])
def test_a_first_ratio_beyond_those_allowed_is_refused(ratio, refused):
    sentence = refused(
        parse, FedMeldAdaptive, VALUES | {"first_ratio": ratio}, "a.yaml"
    )
    assert f"first_ratio is {ratio:g}" in sentence
