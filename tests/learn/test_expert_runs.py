"""Plans of experts executed: EMS-FL where it is federated averaging, to the bit."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.learn.tasks import SAMPLES, TRAINING, task
from tests.plans.expert_scenes import ALL, EMS, changed, cluster_scene
from tests.plans.test_federated_experts import FL

from fedorbit.data.homes import Homes
from fedorbit.learn.model import build_network, parse_model
from fedorbit.learn.pretrain.recovery import teachers
from fedorbit.learn.run import one_cluster
from fedorbit.learn.run.engine import run_plan
from fedorbit.learn.run.one_cluster import learns_as_federated_averaging, permanent
from fedorbit.learn.run.scoring import evaluate
from fedorbit.learn.run.task import Tasks
from fedorbit.plans.sky import Sky
from fedorbit.plans.strategies.ems import Ems, plan_ems
from fedorbit.plans.strategies.fl_experts import plan_fl_experts

SIZES = {"hidden": 5, "experts": 4, "width": 3, "active": 2, "routing": "masked"}
MODEL = parse_model({"name": "experts"} | SIZES)
PERMANENT = [("S1", "A", 0, 900)]


def of_cluster(**more):
    parts = {"test": torch.arange(4), "cluster/0": torch.tensor([0, 2, 3])}
    return task(
        MODEL,
        groups=dict.fromkeys(SAMPLES, "cluster/0"),
        interim_tests=parts,
        test_parts={"cluster/0": parts["cluster/0"]},
        training=TRAINING.model_copy(update={"learning_rate": 0.1}),
        **more,
    )


@pytest.mark.parametrize("variant", ["round_robin", "keep_last"])
def test_one_cluster_in_permanent_contact_learns_as_federated_averaging(variant):
    """With an operation for each gap, and with a slot for each device.

    Devices hold as many samples each, so that equal weights are weights by samples.
    """
    world = cluster_scene(PERMANENT, horizon_s=900.0)
    ems = plan_ems(world, changed(EMS, step_cap=5, short_windows=variant), ALL[:1])
    settings = changed(FL, server="everywhere", step_cap=5)
    federated = plan_fl_experts(world, settings, ALL[:1], np.ones((1, 4)))
    samples = {0: np.array([0, 1]), 1: np.array([2, 3])}
    ends = []
    for plan in (ems, federated):
        record = run_plan(plan.ops, of_cluster(samples=samples))
        last = record[record["model"] == "average"].iloc[-1]
        ends.append((last["accuracy"], last["loss"]))
    first = record[record["model"] == "average"].iloc[0]
    assert ends[0] == ends[1] and ends[0][1] != first["loss"]


@pytest.mark.parametrize("variant", ["round_robin", "keep_last"])
def test_the_check_of_a_study_sees_what_is_the_same_and_what_is_not(
    variant, monkeypatch
):
    homes = Homes.of({"cluster/0": ["A"] * 2})
    world = cluster_scene([("S", "A", 0, 400)], homes=homes, horizon_s=400.0)
    sky = Sky(permanent("A", 400.0))
    given = (variant, teachers(0), MODEL, TRAINING, 0)
    assert learns_as_federated_averaging(replace(world, sky=sky), *given)
    # With another number of steps the two are no longer alike.
    monkeypatch.setattr(
        one_cluster, "Ems", lambda step_cap, **more: Ems(step_cap=2, **more)
    )
    assert not learns_as_federated_averaging(replace(world, sky=sky), *given)


def test_a_model_is_tested_by_the_experts_of_the_evaluation():
    """Another expert 0 changes what those who pass it see, and nobody else."""
    network = build_network(MODEL, [3], 2)
    params = network.init(0)
    world = Tasks([task(MODEL)])
    own = {**params, "expert/0.down": params["expert/0.down"] + 1.0}
    scores = [
        evaluate(world, {n: p.unsqueeze(0) for n, p in model.items()}, [None], scope)
        for model in (params, own)
        for scope in (("all",), ("expert/0", "expert/1"), ("expert/2", "expert/3"))
    ]
    changes = [score.loss for (score,) in scores]
    assert changes[0] == changes[1] == changes[2] == changes[5]
    assert changes[4] != changes[1]
