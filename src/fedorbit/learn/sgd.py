"""Local training of the clients of a plan's operations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

import numpy as np
import torch
from torch import Tensor

from fedorbit.learn.models import Params
from fedorbit.learn.task import Draws, Task, augment, draw, learning_rate

STACK_BYTES = 2**26  # copies that train at once take no more memory than this


@dataclass(frozen=True)
class Start:
    """One client of one operation: where it starts and what it counts."""

    operation: int
    client: int
    number: int
    params: Params
    weight: float
    """Its share of the operation's samples."""


@dataclass(frozen=True)
class Steps:
    """Statistics of the stochastic gradients of a client's steps, shape (steps,)."""

    number: int
    client: int
    squared_norm: np.ndarray
    variance: np.ndarray


def train_clients(
    starts: Sequence[Start],
    steps: int,
    names: Sequence[str],
    task: Task,
    copies: int,
    statistics: list[Steps] | None = None,
) -> dict[int, Params]:
    """Return the weighted mean of each operation's clients after local training.

    ``names`` are the parameters that change, ``copies`` how many clients train at
    once. Means are summed in the order of ``starts``. If given, ``statistics`` gets
    those of every client.
    """
    means: dict[int, Params] = {}
    for chunk in _chunks(starts, copies):
        params = _descend(chunk, steps, names, task, statistics)
        first = 0
        for operation, same in groupby(chunk, attrgetter("operation")):
            weights = torch.tensor([start.weight for start in same])
            rows = slice(first, first + len(weights))
            first = rows.stop
            mean = means.setdefault(operation, {})
            for name in names:
                own = params[name][rows]
                part = torch.tensordot(weights.to(own.device), own, 1)
                mean[name] = mean[name] + part if name in mean else part
    return means


def stack_size(params: Params) -> int:
    """Return how many copies of a model may train at once."""
    size = sum(p.numel() * p.element_size() for p in params.values())
    return max(1, STACK_BYTES // size)


def _chunks(starts: Sequence[Start], size: int) -> Iterator[Sequence[Start]]:
    for first in range(0, len(starts), size):
        yield starts[first : first + size]


def _descend(
    chunk: Sequence[Start],
    steps: int,
    names: Sequence[str],
    task: Task,
    statistics: list[Steps] | None,
) -> Params:
    """Return the parameters of the clients of a chunk after their local steps."""
    device = task.train_x.device
    draws = [draw(task, start.client, start.number, steps) for start in chunk]
    samples = torch.from_numpy(np.stack([d.samples for d in draws], 1)).to(device)
    shifts = _shifts(draws, device)
    params = {
        name: torch.stack([start.params[name] for start in chunk])
        for name in chunk[0].params
    }
    rates = torch.tensor([-learning_rate(task.training, s.number) for s in chunk])
    rates = {n: rates.to(device).view(-1, *[1] * (params[n].ndim - 1)) for n in names}
    velocity: Params = {}
    seen: list[tuple[Tensor, Tensor]] = []
    for step in range(steps):
        x, y = _batch(task, samples[step], None if shifts is None else shifts[step])
        with task.precision():
            if statistics is None:
                gradients = task.network.gradients(params, x, y, names)
            else:
                gradients, variance = _halves(task, params, x, y, names)
        gradients = {name: gradient.float() for name, gradient in gradients.items()}
        if task.training.weight_decay:
            for name in names:
                gradients[name].add_(params[name], alpha=task.training.weight_decay)
        if statistics is not None:
            seen.append((_squared_norm(gradients), variance))
        if task.training.momentum and velocity:
            for name in names:
                gradients[name].add_(velocity[name], alpha=task.training.momentum)
        for name in names:
            params[name].addcmul_(gradients[name], rates[name])
        velocity = gradients
    if statistics is not None:
        statistics += _told(chunk, seen)
    return params


def _told(chunk: Sequence[Start], seen: list[tuple[Tensor, Tensor]]) -> list[Steps]:
    """Return the statistics of a chunk's clients, from those of its steps."""
    norms = torch.stack([norm for norm, _ in seen], 1).cpu().numpy()
    variances = torch.stack([variance for _, variance in seen], 1).cpu().numpy()
    return [
        Steps(start.number, start.client, norms[row], variances[row])
        for row, start in enumerate(chunk)
    ]


def _shifts(draws: Sequence[Draws], device: torch.device) -> Tensor | None:
    """Return the augmentation of a chunk, shape (steps, copies, batch, 3)."""
    if draws[0].shifts is None:
        return None
    return torch.from_numpy(np.stack([d.shifts for d in draws], 1)).to(device)


def _batch(task: Task, samples: Tensor, shifts: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return features (copies, batch, ...) and labels (copies, batch) of one step."""
    flat = samples.flatten()
    x = task.train_x.index_select(0, flat)
    if shifts is not None:
        x = augment(x, shifts.flatten(0, 1))
    y = task.train_y.index_select(0, flat)
    return x.unflatten(0, samples.shape), y.view(samples.shape)


def _halves(
    task: Task, params: Params, x: Tensor, y: Tensor, names: Sequence[str]
) -> tuple[Params, Tensor]:
    """Return the gradients of whole batches and an estimate of their variance.

    With n1 and n2 samples in the halves of a batch of n, the squared distance of
    their gradients has the mean s (1 / n1 + 1 / n2), and the variance of the whole
    batch's gradient is s / n, for s the variance of one sample's gradient.
    """
    size = x.shape[1]
    half = size // 2
    first = task.network.gradients(params, x[:, :half], y[:, :half], names)
    second = task.network.gradients(params, x[:, half:], y[:, half:], names)
    apart = _squared_norm({name: first[name] - second[name] for name in names})
    share = half / size
    whole = {n: share * first[n] + (1 - share) * second[n] for n in names}
    return whole, apart * share * (1 - share)


def _squared_norm(gradients: Params) -> Tensor:
    """Return the squared length of each copy's gradient, shape (copies,)."""
    return sum(g.flatten(1).square().sum(1) for g in gradients.values())
