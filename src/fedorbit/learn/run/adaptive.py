"""Mixings by the law with running estimates: what clients judge, and what follows.

A plan says who judges which models (``fedorbit.plans.plan``); docs/theory.md derives
the ratio. Each region and each seed has estimates of its own.
"""

import math
from collections.abc import Mapping
from typing import Any

import torch

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
    losses = [_loss(op, model, tasks) for model in (own, carried, middle)]
    before = seen.setdefault(op.target, [])
    regions = len(set(tasks.shared.groups.values()))
    ratios = []
    for seed in range(len(tasks.each)):
        judged = [Losses(*(kind[seed] for kind in row[1:])) for row in before]
        judged.append(Losses(*(kind[seed] for kind in losses)))
        used = [row[0][seed] for row in before]
        ratios.append(next_ratio(judged, used, op.weights[1], regions))
    before.append([ratios, *losses])
    found = {}
    for name in names:
        shape = (-1, *[1] * (trained[name].ndim - 1))
        ratio = torch.tensor(ratios, dtype=torch.float32).to(trained[name].device)
        ratio = ratio.view(shape)
        found[name] = (1 - ratio) * trained[name] + ratio * carried[name]
    return found


def _loss(op: Any, model: Params, tasks: Tasks) -> list[float]:
    """Return the mean loss of a model on the samples of its judges, by seeds."""
    task, seeds = tasks.shared, range(len(tasks.each))
    clients = [int(client) for client in op.clients]
    parts: list[list[float]] = [[] for _ in seeds]
    for client in clients:
        pairs = [(seed, client) for seed in seeds]
        drawn = draw(tasks, pairs, [op.round] * len(pairs), op.steps).samples
        drawn = torch.from_numpy(drawn).to(task.train_x.device)
        which = drawn.swapaxes(0, 1).flatten(1)  # (seeds, steps * batch)
        x = task.train_x.index_select(0, which.flatten()).unflatten(0, which.shape)
        with torch.no_grad(), task.precision():
            _, sums = task.network.score(model, x, task.train_y[which])
        for seed, loss in zip(seeds, sums.double().cpu().tolist(), strict=True):
            size = len(tasks.each[seed].samples[client])
            parts[seed].append(loss / which.shape[1] * size)
    sizes = [sum(len(t.samples[client]) for client in clients) for t in tasks.each]
    return [math.fsum(own) / size for own, size in zip(parts, sizes, strict=True)]
