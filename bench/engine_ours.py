"""fedorbit's engine on the works of engine.py: timed, and checked against the loop.

    python bench/engine_ours.py fedorbit|check WORK FOLDER

This file alone knows the engine's interface.
"""

import contextlib
import dataclasses
import functools
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from engine_plain import federated_average, indexed, network
from engine_works import (
    WORKS,
    Clock,
    Timing,
    Work,
    flat,
    jobs_at_once,
    read_data,
    run_worker,
)

CHECKED_ROUNDS = 1


def make_plan(work: Work, rounds: int):
    """Return the operations of some rounds of federated averaging, evaluated last."""
    from fedorbit.plans.plan import PlanBuilder

    builder = PlanBuilder()
    builder.mix("global", {"initial": 1.0}, (0.0, 0.0), 0)
    for round_number in range(1, rounds + 1):
        clients = work.chosen(round_number).tolist()
        times_s = (round_number - 1.0, float(round_number))
        builder.train("global", clients, work.steps, times_s, round_number)
    builder.evaluate("global", float(rounds), rounds)
    return builder.build().ops


def engine_task(work: Work, folder: Path):
    """Return the engine's task."""
    import pandas as pd

    from fedorbit.data.datasets import Dataset
    from fedorbit.learn.model import parse_model
    from fedorbit.learn.run.task import make_task
    from fedorbit.learn.settings import Evaluation, Training

    x, y = read_data(work, folder)
    x = x.reshape(-1, 1, 28, 28)
    train = work.clients * work.samples
    dataset = Dataset(x[:train], y[:train], x[train:], y[train:])
    clients = np.repeat(np.arange(work.clients), work.samples)
    partition = pd.DataFrame(
        {"seed": 0, "client": clients, "sample": range(train), "region": "all"}
    )
    training = Training(
        local_steps=work.steps,
        batch_size=work.batch,
        learning_rate=work.learning_rate,
        schedule={"name": "constant"},
        momentum=0.0,
        weight_decay=0.0,
        augmentation="none",
        precision="float32",
    )
    evaluation = Evaluation(interval_rounds=1, samples=1)
    model = parse_model({"name": work.name})
    return make_task(dataset, partition, model, training, evaluation, seed=0)


def fedorbit_job(work: Work, folder: Path, ready: Callable[[], object]) -> Timing:
    """Time the engine on one thread, after a round that warms it up."""
    from fedorbit.base.errors import RunError
    from fedorbit.learn.run.engine import run_plan

    task, clock = engine_task(work, folder), Clock()
    with contextlib.suppress(RunError):  # one round may learn nothing
        run_plan(make_plan(work, 1), task)
    clock.round_ends()
    plan = make_plan(work, work.rounds)
    ready()
    clock.round_ends()
    run_plan(plan, task)
    clock.round_ends()
    return Timing(*clock.ends)


class Watching:
    """A network that keeps the model that is scored last."""

    def __init__(self, network, initial) -> None:
        self.network, self.initial, self.model = network, initial, {}

    def __getattr__(self, name: str):
        """Return what the network has."""
        return getattr(self.network, name)

    def init(self, seed: int):
        """Return the first parameters, whatever the seed."""
        return self.initial

    def score(self, params, x, y):
        """Keep the model and score it."""
        self.model = {name: p[0] for name, p in params.items()}
        return self.network.score(params, x, y)


def check(work: Work, folder: Path) -> float:
    """Return how far the engine's model lies from the plain loop's on equal batches.

    Relative to the norm of the plain loop's whole change from the initial model, from
    which both start.
    """
    import torch

    from fedorbit.base.errors import RunError
    from fedorbit.learn.run.draws import draw
    from fedorbit.learn.run.engine import run_plan
    from fedorbit.learn.run.task import Tasks

    task = engine_task(work, folder)
    first = network(work).state_dict()
    names = dict(zip(task.network.init(0), first, strict=True))
    watching = Watching(task.network, {ours: first[n] for ours, n in names.items()})
    with contextlib.suppress(RunError):  # so few rounds may learn nothing
        run_plan(
            make_plan(work, CHECKED_ROUNDS), dataclasses.replace(task, network=watching)
        )

    def drawn(client: int, round_number: int) -> np.ndarray:
        pairs = [(0, int(client))]
        return draw(Tasks([task]), pairs, [round_number], work.steps).samples[:, 0]

    batches = indexed(task.train_x.flatten(1), task.train_y, drawn)
    torch.set_num_threads(1)
    plain = flat(federated_average(work, batches, CHECKED_ROUNDS, lambda _: None))
    ours = flat(watching.model)
    return float(np.linalg.norm(ours - plain) / np.linalg.norm(plain - flat(first)))


if __name__ == "__main__":
    if sys.argv[1] == "check":
        print(check(WORKS[sys.argv[2]], Path(sys.argv[3])))
    else:
        run_worker({"fedorbit": functools.partial(jobs_at_once, fedorbit_job)})
