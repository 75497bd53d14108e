"""Local training of the clients of a plan's operations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

import numpy as np
import torch
from torch import Tensor

from fedorbit.learn.networks.network import Params
from fedorbit.learn.run.task import Task, augment, draw, learning_rate

# The memory of copies that train at once, and their number on a GPU, where not the
# parameters of convolutions but their activations fill the memory.
STACK_BYTES = {"cpu": 2**26, "cuda": 2**29}
MOST_COPIES = {"cpu": 2**20, "cuda": 64}


@dataclass(frozen=True)
class Start:
    """One client of one operation: where it starts and what it counts."""

    operation: int
    client: int
    round_number: int
    params: Params
    weight: float
    """Its share of the operation's samples."""


@dataclass(frozen=True)
class Local:
    """What clients do in a round."""

    steps: int
    names: Sequence[str]
    """The parameters that change."""
    proximal: float
    """mu of the penalty mu / 2 times the squared distance from the start."""


@dataclass(frozen=True)
class Steps:
    """Statistics of the stochastic gradients of a client's steps, shape (steps,)."""

    round_number: int
    client: int
    squared_norm: np.ndarray
    variance: np.ndarray


def train_clients(
    starts: Sequence[Start],
    local: Local,
    task: Task,
    copies: int,
    statistics: list[Steps] | None = None,
) -> dict[int, Params]:
    """Return the weighted mean of each operation's clients after local training.

    ``copies`` is how many clients train at once. Means are summed in the order of
    ``starts``. If given, ``statistics`` gets those of every client.
    """
    means: dict[int, Params] = {}
    for chunk in _chunks(starts, local.names, copies):
        params = _descend(chunk, local, task, statistics)
        first = 0
        for operation, same in groupby(chunk, attrgetter("operation")):
            weights = torch.tensor([start.weight for start in same])
            weights = weights.to(task.train_x.device)
            rows = slice(first, first + len(weights))
            first = rows.stop
            mean = means.setdefault(operation, {})
            for name in local.names:
                own = params[name][rows]
                part = (weights @ own.flatten(1)).view(own.shape[1:])
                mean[name] = mean[name] + part if name in mean else part
    return means


def stack_size(params: Params, device: torch.device) -> int:
    """Return how many copies of the parameters that learn may train at once."""
    size = sum(p.numel() * p.element_size() for p in params.values())
    return min(max(1, STACK_BYTES[device.type] // size), MOST_COPIES[device.type])


def _chunks(
    starts: Sequence[Start], names: Sequence[str], size: int
) -> Iterator[Sequence[Start]]:
    """Yield at most ``size`` clients that share all parameters but those that learn."""

    def frozen(start: Start) -> list[int]:
        return [id(p) for name, p in start.params.items() if name not in names]

    everything = len(names) == len(starts[0].params)
    for _, same in [(None, starts)] if everything else groupby(starts, frozen):
        alike = list(same)
        for first in range(0, len(alike), size):
            yield alike[first : first + size]


def _copies(chunk: Sequence[Start], names: Sequence[str]) -> Params:
    """Return a copy of what learns for each client, and views of what does not."""
    learning = set(names)
    return {
        name: torch.stack([start.params[name] for start in chunk])
        if name in learning
        else first.expand(len(chunk), *first.shape)
        for name, first in chunk[0].params.items()
    }


def _descend(
    chunk: Sequence[Start],
    local: Local,
    task: Task,
    statistics: list[Steps] | None,
) -> Params:
    """Return the parameters of the clients of a chunk after their local steps."""
    steps, names, proximal = local.steps, local.names, local.proximal
    samples, shifts = _drawn(chunk, steps, task)
    params = _copies(chunk, names)
    rates = torch.tensor([learning_rate(task.training, s.round_number) for s in chunk])
    rates = rates.to(task.train_x.device)
    labels = task.train_y[samples]
    velocity: Params = {}
    seen: list[tuple[Tensor, Tensor]] = []
    training = task.training
    extras = training.momentum or training.weight_decay or proximal
    extras = extras or statistics is not None
    plain = not extras and training.precision == "float32"
    received = {name: params[name].clone() for name in names} if proximal else {}
    with task.precision():
        for step in range(steps):
            x = _features(task, samples[step], None if shifts is None else shifts[step])
            if plain:
                task.network.step(params, x, labels[step], names, rates)
                continue
            gradients, variance = _gradients(
                task, params, x, labels[step], names, halves=statistics is not None
            )
            if statistics is not None:
                seen.append((_squared_norm(gradients), variance))
            for name in names:
                if proximal:
                    away = params[name] - received[name]
                    gradients[name].add_(away, alpha=proximal)
                if velocity:
                    gradients[name].add_(velocity[name], alpha=training.momentum)
                shaped = rates.view(-1, *[1] * (params[name].ndim - 1))
                params[name].addcmul_(gradients[name], shaped, value=-1)
            velocity = gradients if training.momentum else {}
    if statistics is not None:
        statistics += _statistics(chunk, seen)
    return params


def _drawn(
    chunk: Sequence[Start], steps: int, task: Task
) -> tuple[Tensor, Tensor | None]:
    """Return the samples and shifts of ``Draws`` on the task's device."""
    device = task.train_x.device
    draws = draw(
        task, [s.client for s in chunk], [s.round_number for s in chunk], steps
    )
    samples = torch.from_numpy(draws.samples).to(device)
    if draws.shifts is None:
        return samples, None
    return samples, torch.from_numpy(draws.shifts).to(device)


def _statistics(
    chunk: Sequence[Start], seen: list[tuple[Tensor, Tensor]]
) -> list[Steps]:
    """Return the statistics of a chunk's clients, from those of its steps."""
    norms = torch.stack([norm for norm, _ in seen], 1).cpu().numpy()
    variances = torch.stack([variance for _, variance in seen], 1).cpu().numpy()
    return [
        Steps(start.round_number, start.client, norms[row], variances[row])
        for row, start in enumerate(chunk)
    ]


def _features(task: Task, samples: Tensor, shifts: Tensor | None) -> Tensor:
    """Return the features of one step, shape (copies, batch, ...)."""
    x = task.train_x.index_select(0, samples.flatten())
    if shifts is not None:
        x = augment(x, shifts.flatten(0, 1))
    return x.unflatten(0, samples.shape)


def _gradients(
    task: Task, params: Params, x: Tensor, y: Tensor, names: Sequence[str], halves: bool
) -> tuple[Params, Tensor | None]:
    """Return the gradients with weight decay, and by halves an estimate of variance.

    With n1 and n2 samples in the halves of a batch of n, the squared distance of
    their gradients has the mean s (1 / n1 + 1 / n2), and the variance of the whole
    batch's gradient is s / n, for s the variance of one sample's gradient.
    """
    variance = None
    if halves:
        half = x.shape[1] // 2
        first = task.network.gradients(params, x[:, :half], y[:, :half], names)
        second = task.network.gradients(params, x[:, half:], y[:, half:], names)
        apart = _squared_norm({name: first[name] - second[name] for name in names})
        share = half / x.shape[1]
        variance = apart * share * (1 - share)
        found = {n: share * first[n] + (1 - share) * second[n] for n in names}
    else:
        found = task.network.gradients(params, x, y, names)
    found = {name: gradient.float() for name, gradient in found.items()}
    if task.training.weight_decay:
        for name in names:
            found[name].add_(params[name], alpha=task.training.weight_decay)
    return found, variance


def _squared_norm(gradients: Params) -> Tensor:
    """Return the squared length of each copy's gradient, shape (copies,)."""
    return sum(g.flatten(1).square().sum(1) for g in gradients.values())
