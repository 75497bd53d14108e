"""Local training of the clients of a plan's operations, in all seeds at once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from fedorbit.learn.networks.network import Params
from fedorbit.learn.run.blocks import Block, Start, chunks, copies_of
from fedorbit.learn.run.draws import augment, draw
from fedorbit.learn.run.task import Task, Tasks, learning_rate


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

    task: int
    """The place of the seed's task."""
    round_number: int
    client: int
    squared_norm: np.ndarray
    variance: np.ndarray


def train_clients(
    starts: Sequence[Start],
    local: Local,
    tasks: Tasks,
    copies: int,
    statistics: list[Steps] | None = None,
) -> dict[int, Params]:
    """Return the weighted mean of each operation's clients after local training.

    ``copies`` is how many clients train at once. Means are summed in the order of the
    clients, in the same way however many seeds there are. If given, ``statistics``
    gets those of every client.
    """
    means: dict[int, Params] = defaultdict(dict)
    for chunk in chunks(starts, local.names, len(tasks.each), copies):
        params = _descend(chunk, local, tasks, statistics)
        first = 0
        for block in chunk:
            rows = slice(first, first + block.copies)
            first = rows.stop
            for name in local.names:
                part = _mean(block, params[name][rows])
                _put(means[block.start.operation], name, block, part)
    return dict(means)


def _mean(block: Block, own: Tensor) -> Tensor:
    """Return the sum of weight times model over a block's clients, by seeds."""
    weights = block.start.weights[slice(*block.seeds), slice(*block.clients)]
    weights = torch.from_numpy(weights.astype(np.float32)).to(own.device).unsqueeze(1)
    summed = weights @ own.view(len(weights), weights.shape[2], -1)
    return summed.view(-1, *own.shape[1:])


def _put(mean: Params, name: str, block: Block, part: Tensor) -> None:
    """Add the part of a block's clients to the mean of its seeds."""
    if name not in mean:
        seeds = len(block.start.weights)
        mean[name] = part.new_empty(seeds, *part.shape[1:])
    rows = mean[name][slice(*block.seeds)]
    if block.clients[0] == 0:
        rows.copy_(part)
    else:
        rows.add_(part)


def _descend(
    chunk: Sequence[Block],
    local: Local,
    tasks: Tasks,
    statistics: list[Steps] | None,
) -> Params:
    """Return the parameters of the clients of a chunk after their local steps."""
    steps, names, proximal = local.steps, local.names, local.proximal
    task = tasks.shared
    pairs = [pair for block in chunk for pair in block.pairs()]
    copies = [block.copies for block in chunk]
    rounds = np.repeat([block.start.round_number for block in chunk], copies)
    samples, shifts = _drawn(pairs, rounds, steps, tasks)
    params = copies_of(chunk, names)
    rates = torch.tensor(
        [learning_rate(task.training, block.start.round_number) for block in chunk],
        dtype=torch.float32,
    )
    rates = rates.repeat_interleave(torch.tensor(copies)).to(task.train_x.device)
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
        statistics += _statistics(pairs, rounds, seen)
    return params


def _drawn(
    pairs: Sequence[tuple[int, int]], rounds: np.ndarray, steps: int, tasks: Tasks
) -> tuple[Tensor, Tensor | None]:
    """Return the samples and shifts of ``Draws`` on the tasks' device."""
    device = tasks.shared.train_x.device
    draws = draw(tasks, pairs, rounds, steps)
    samples = torch.from_numpy(draws.samples).to(device)
    if draws.shifts is None:
        return samples, None
    return samples, torch.from_numpy(draws.shifts).to(device)


def _statistics(
    pairs: Sequence[tuple[int, int]],
    rounds: np.ndarray,
    seen: list[tuple[Tensor, Tensor]],
) -> list[Steps]:
    """Return the statistics of a chunk's clients, from those of its steps."""
    norms = torch.stack([norm for norm, _ in seen], 1).cpu().numpy()
    variances = torch.stack([variance for _, variance in seen], 1).cpu().numpy()
    return [
        Steps(task, number, client, norms[row], variances[row])
        for row, ((task, client), number) in enumerate(
            zip(pairs, rounds.tolist(), strict=True)
        )
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
