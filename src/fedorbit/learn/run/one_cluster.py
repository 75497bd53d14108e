"""EMS-FL where it is federated averaging: one cluster, all experts, always in contact.

Both strategies then do the same: a training, uploads and a mean, again and again. So
their models have to be the same to the bit.
"""

import numpy as np
import pandas as pd
import torch

from fedorbit.data.datasets import Dataset
from fedorbit.learn.model import AnyModel, build_network
from fedorbit.learn.run.engine import run_plan
from fedorbit.learn.run.task import Task
from fedorbit.learn.settings import Training
from fedorbit.plans.moves.clusters.gaps import ShortWindows
from fedorbit.plans.scene import Scene
from fedorbit.plans.strategies.ems import Ems, plan_ems
from fedorbit.plans.strategies.fl_experts import FlExperts, plan_fl_experts

RANGE_KM = 1000.0
SAMPLES = 40  # of a device


def permanent(site: str, horizon_s: float) -> pd.DataFrame:
    """Return the contact table of one satellite that is always over one site."""
    ranges = {f"range_{at}_km": RANGE_KM for at in ("rise", "culmination", "set")}
    times_s = {"rise_s": 0.0, "culmination_s": horizon_s / 2, "set_s": horizon_s}
    one = {"satellite": "S", "site": site, **times_s, "max_elevation_deg": 90.0}
    return pd.DataFrame([one | ranges])


def learns_as_federated_averaging(
    scene: Scene,
    variant: ShortWindows,
    data: Dataset,
    model: AnyModel,
    training: Training,
    seed: int,
) -> bool:
    """Return whether both strategies have the same losses, to the bit, in all rounds.

    The scene has one cluster in permanent contact, and local steps and batches as the
    training. Devices have as many samples each, and their model changes.
    """
    experts = sum(name.startswith("expert/") for name in scene.card.parts)
    everything = np.ones((1, experts), dtype=bool)
    ems = Ems(
        step_cap=scene.local_steps,
        short_windows=variant,
        band="shared",
        is_synchronous=False,
        trains_when_disconnected=True,
        profiled="before",
    )
    federated = FlExperts(
        server="everywhere",
        local_work="fixed",
        step_cap=scene.local_steps,
        trains="all",
        average="plain",
        profiled="before",
    )
    plans = (
        plan_ems(scene, ems, everything),
        plan_fl_experts(scene, federated, everything, everything.astype(float)),
    )
    task = _task(scene, data, model, training, seed)
    records = [run_plan(plan.ops, task) for plan in plans]
    losses = [list(one.loc[one["model"] == "average", "loss"]) for one in records]
    return losses[0] == losses[1] and len(set(losses[0])) > 1


def _task(
    scene: Scene, data: Dataset, model: AnyModel, training: Training, seed: int
) -> Task:
    x, test_x = (torch.from_numpy(part.copy()).flatten(1) for part in data.features())
    y, test_y = map(torch.from_numpy, (data.train_y, data.test_y))
    group = scene.homes.groups[0]
    devices = scene.homes.clients(group)
    every = torch.arange(len(test_y))
    return Task(
        train_x=x,
        train_y=y,
        test_x=test_x,
        test_y=test_y,
        samples={d: np.arange(SAMPLES) + SAMPLES * d for d in devices},
        groups=dict.fromkeys(devices, group),
        interim_tests={"test": every, group: every},
        test_parts={group: every},
        network=build_network(model, data.shape, data.classes),
        training=training,
        seed=seed,
    )
