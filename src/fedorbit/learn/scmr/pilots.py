"""Pilot trainings: what FedMeld's bound has to be told of a network and its data.

Losses are those on all training samples. The test part is not looked at, so that no
choice hangs on it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch

from fedorbit.learn.networks.network import Params
from fedorbit.learn.run.blocks import Start
from fedorbit.learn.run.devices import (
    Device,
    choose_device,
    copies_at_once,
    together,
)
from fedorbit.learn.run.engine import run_seeds
from fedorbit.learn.run.scoring import evaluate
from fedorbit.learn.run.sgd import Local, Steps, train_clients
from fedorbit.learn.run.task import Task, Tasks


@dataclass(frozen=True)
class Measured:
    """What pilot trainings of one task, or the mean of several, have measured."""

    squared_gradient: float
    """Mean squared norm of the stochastic gradients, for G^2."""
    variance: float
    """Sum over clients of the squared weight times the gradient's variance."""
    heterogeneity: float
    """The proxy for Gamma of ``heterogeneity_proxy``."""
    mean_loss: np.ndarray
    """Loss of the mean of all regional models at the end, shape (cells,)."""
    regional_loss: np.ndarray
    """Mean over the regions of their models' losses at the end, shape (cells,)."""


def run_pilots(
    cells: Sequence[pd.DataFrame],
    tasks: Sequence[Task],
    rounds: int,
    device: Device = "cpu",
) -> Measured:
    """Return the means over the tasks of what the plans of all cells measure.

    ``cells`` are operations as ``pilot_ops`` returns them, of ``rounds`` rounds each.
    Raises ``RunError`` as ``run_seeds`` does.
    """
    seen = [replace(task, test_x=task.train_x, test_y=task.train_y) for task in tasks]
    found = [
        measured
        for some in together(seen, device)
        for measured in _run_pilots(cells, some, rounds, device)
    ]
    return Measured(
        *(float(np.mean([getattr(m, n) for m in found])) for n in NUMBERS),
        *(np.mean([getattr(m, n) for m in found], axis=0) for n in LOSSES),
    )


NUMBERS = ("squared_gradient", "variance", "heterogeneity")
LOSSES = ("mean_loss", "regional_loss")


def _run_pilots(
    cells: Sequence[pd.DataFrame], tasks: Sequence[Task], rounds: int, device: Device
) -> Iterator[Measured]:
    steps: list[Steps] = []
    runs = [run_seeds(ops, tasks, device=device, statistics=steps) for ops in cells]
    for number, (task, records) in enumerate(
        zip(tasks, zip(*runs, strict=True), strict=True)
    ):
        own = [step for step in steps if step.task == number]
        squares = np.concatenate([step.squared_norm for step in own])
        losses = [record.set_index("model")["loss"] for record in records]
        yield Measured(
            squared_gradient=float(squares.mean(dtype=float)),
            variance=variance_of_mean(own, task),
            heterogeneity=heterogeneity_proxy(task, rounds, device),
            mean_loss=np.array([loss["average"] for loss in losses]),
            regional_loss=np.array([loss.drop("average").mean() for loss in losses]),
        )


def _weights(task: Task) -> dict[int, float]:
    """Return the share of all samples that each client holds."""
    sizes = {client: len(own) for client, own in task.samples.items()}
    return {client: size / sum(sizes.values()) for client, size in sizes.items()}


def variance_of_mean(steps: Sequence[Steps], task: Task) -> float:
    """Return the sum over clients of p_k^2 sigma_k^2, with p_k the share of samples.

    sigma_k^2 is the mean over the steps of client k. Clients that were never drawn
    count as the weighted mean of the others.
    """
    seen: dict[int, list[np.ndarray]] = {}
    for step in steps:
        seen.setdefault(step.client, []).append(step.variance)
    squares = {client: weight**2 for client, weight in _weights(task).items()}
    own = [np.concatenate(seen[client]).mean(dtype=float) for client in seen]
    mean = np.average(own, weights=[squares[client] for client in seen])
    return float(mean * sum(squares.values()))


def heterogeneity_proxy(task: Task, rounds: int, device: Device = "cpu") -> float:
    """Return how much less loss clients have alone than together after some rounds.

    A proxy for Gamma = F* - sum of p_k F_k*, whose minima a network has not or does
    not reach: the loss on all samples after federated averaging of all clients in
    every round, less the mean, weighted by samples, of the losses that clients have on
    their own samples after as many steps alone. It is 0 if that is negative. Losses
    are those on the ``test_x`` of the task, which has to be its ``train_x``.
    """
    processor = choose_device(device)
    tasks, weights = Tasks([task]).to(processor), _weights(task)
    everybody = [(list(weights), np.array([list(weights.values())]))]
    each = [([client], np.ones((1, 1))) for client in weights]
    (together,) = _rounds(tasks, everybody, rounds, processor)
    pooled = evaluate(tasks, together, [None])[0].loss
    alone = 0.0
    for (client, weight), apart in zip(
        weights.items(), _rounds(tasks, each, rounds, processor), strict=True
    ):
        own = torch.tensor(task.samples[client], device=processor)
        alone += weight * evaluate(tasks, apart, [own])[0].loss
    return max(pooled - alone, 0.0)


def _rounds(
    tasks: Tasks,
    groups: Sequence[tuple[list[int], np.ndarray]],
    rounds: int,
    processor: torch.device,
) -> list[Params]:
    """Return the models of groups of clients after some rounds of averaging in each.

    A group is its clients and their weights, shape (1, clients).
    """
    first = {name: p.to(processor) for name, p in tasks.initial().items()}
    one = {name: p[0] for name, p in first.items()}
    copies = copies_at_once(tasks.shared, one, "auto", processor)
    local = Local(tasks.shared.training.local_steps, list(first), proximal=0.0)
    models = dict.fromkeys(range(len(groups)), first)
    for number in range(1, rounds + 1):
        starts = [
            Start(group, clients, number, models[group], weights)
            for group, (clients, weights) in enumerate(groups)
        ]
        models = train_clients(starts, local, tasks, copies)
    return list(models.values())
