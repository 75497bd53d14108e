"""Mixings by the law with running estimates: what clients judge, and what follows.

A plan says who judges which models (``fedorbit.plans.plan``); docs/theory.md derives
the ratio. Each region and each seed has estimates of its own.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from fedorbit.learn.networks.network import Params
from fedorbit.learn.run.draws import draw
from fedorbit.learn.run.task import Tasks
from fedorbit.theory.fedmeld.running import Losses, next_ratio

Seen = dict[str, list[list[list[float]]]]
"""By the slot of a region, a row for each of its mixings: the ratios of all seeds, and
the losses of its own, of the carried and of the middle model."""


def mixed_by_law(
    op: Any, slots: Mapping[str, Params], tasks: Tasks, names: list[str], seen: Seen
) -> Params:
    """Return the parameters that a mixing with judges writes; ``seen`` grows by a row.

    The samples are those of the first batches of the clients' round, each client
    counted by its number of samples.
    """
    trained, carried, own = (slots[source] for source in op.sources)
    middle = {name: (own[name] + carried[name]) / 2 for name in own}
    losses = _losses(op, (own, carried, middle), tasks)
    before = seen.setdefault(op.target, [])
    regions = len(set(tasks.shared.groups.values()))
    ratios = []
    for seed in range(len(tasks.each)):
        judged = [Losses(*(kind[seed] for kind in row[1:])) for row in before]
        judged.append(Losses(*(kind[seed] for kind in losses)))
        used = [row[0][seed] for row in before]
        ratios.append(next_ratio(judged, used, op.weights[1], regions))
    before.append([ratios, *losses])
    weights = torch.tensor(ratios, dtype=torch.float32)
    found = {}
    for name in names:
        ratio = weights.to(trained[name].device)
        ratio = ratio.view(-1, *[1] * (trained[name].ndim - 1))
        found[name] = (1 - ratio) * trained[name] + ratio * carried[name]
    return found


def _losses(op: Any, models: Sequence[Params], tasks: Tasks) -> list[list[float]]:
    """Return the mean loss of each model on the samples of its judges, by seeds."""
    task, seeds = tasks.shared, range(len(tasks.each))
    clients = [int(client) for client in op.clients]
    pairs = [(seed, client) for client in clients for seed in seeds]
    drawn = draw(tasks, pairs, [op.round] * len(pairs), op.steps).samples
    drawn = drawn.swapaxes(0, 1).reshape(len(clients), len(seeds), -1)
    sums: list[list[Tensor]] = [[] for _ in models]
    for which in torch.from_numpy(drawn).to(task.train_x.device):
        x = task.train_x.index_select(0, which.flatten()).unflatten(0, which.shape)
        with torch.no_grad(), task.precision():
            for found, model in zip(sums, models, strict=True):
                found.append(task.network.score(model, x, task.train_y[which])[1])
    shares = [_shares(tasks, seed, clients) for seed in seeds]
    return [_means(torch.stack(found) / drawn.shape[2], shares) for found in sums]


def _shares(tasks: Tasks, seed: int, clients: list[int]) -> list[float]:
    """Return the shares of clients in their samples."""
    sizes = [len(tasks.each[seed].samples[client]) for client in clients]
    return [size / sum(sizes) for size in sizes]


def _means(losses: Tensor, shares: list[list[float]]) -> list[float]:
    """Return the means over clients by their shares; losses are (clients, seeds)."""
    by_seed = losses.double().cpu().T.tolist()
    return [
        math.fsum(loss * share for loss, share in zip(*both, strict=True))
        for both in zip(by_seed, shares, strict=True)
    ]
