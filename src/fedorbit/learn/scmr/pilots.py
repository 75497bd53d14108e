"""Pilot trainings: what FedMeld's bound has to be told of a network and its data.

Losses are those on all training samples. The test part is not looked at, so that no
choice hangs on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
import torch

from fedorbit.learn.networks.network import Params
from fedorbit.learn.run.engine import choose_device, copies_at_once, evaluate, run_plan
from fedorbit.learn.run.sgd import Local, Start, Steps, train_clients
from fedorbit.learn.run.task import Task

Device = Literal["auto", "cpu", "cuda"]


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
    Raises ``RunError`` as ``run_plan`` does.
    """
    found = [_run_pilot(cells, task, rounds, device) for task in tasks]
    return Measured(
        *(float(np.mean([getattr(m, n) for m in found])) for n in NUMBERS),
        *(np.mean([getattr(m, n) for m in found], axis=0) for n in LOSSES),
    )


NUMBERS = ("squared_gradient", "variance", "heterogeneity")
LOSSES = ("mean_loss", "regional_loss")


def _run_pilot(
    cells: Sequence[pd.DataFrame], task: Task, rounds: int, device: Device
) -> Measured:
    task = replace(task, test_x=task.train_x, test_y=task.train_y)
    steps: list[Steps] = []
    records = [
        run_plan(ops, task, device=device, statistics=steps).set_index("model")["loss"]
        for ops in cells
    ]
    squares = np.concatenate([step.squared_norm for step in steps])
    return Measured(
        squared_gradient=float(squares.mean(dtype=float)),
        variance=variance_of_mean(steps, task),
        heterogeneity=heterogeneity_proxy(task, rounds, device),
        mean_loss=np.array([losses["average"] for losses in records]),
        regional_loss=np.array([losses.drop("average").mean() for losses in records]),
    )


def _weights(task: Task) -> dict[int, float]:
    """Return the share of all samples that each client holds."""
    return {
        client: len(own) / len(task.all_samples) for client, own in task.samples.items()
    }


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
    task = task.to(processor)
    weights = _weights(task)
    together = _rounds(task, dict.fromkeys(weights, 0), weights, rounds, processor)
    apart = _rounds(
        task, {c: c for c in weights}, dict.fromkeys(weights, 1.0), rounds, processor
    )
    pooled = evaluate(task, together[0])[1]
    alone = 0.0
    for client, weight in weights.items():
        own = torch.tensor(task.samples[client], device=processor)
        alone += weight * evaluate(task, apart[client], own)[1]
    return max(pooled - alone, 0.0)


def _rounds(
    task: Task,
    model_of: dict[int, int],
    weights: dict[int, float],
    rounds: int,
    processor: torch.device,
) -> dict[int, Params]:
    """Return models after some rounds, each the mean of the clients that share it."""
    first = {name: p.to(processor) for name, p in task.initial().items()}
    models: dict[int, Params] = dict.fromkeys(model_of.values(), first)
    copies = copies_at_once(task, first, "auto", processor)
    local = Local(task.training.local_steps, list(first), proximal=0.0)
    for round_number in range(1, rounds + 1):
        starts = [
            Start(model, client, round_number, models[model], weights[client])
            for client, model in model_of.items()
        ]
        models = train_clients(starts, local, task, copies)
    return models
