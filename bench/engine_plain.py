"""Plain PyTorch loops: what a user writes by hand, in three manners.

    python bench/engine_plain.py METHOD WORK FOLDER

``plain`` is the careful one, by which all others are measured: one module, one
optimizer (SGD without momentum keeps nothing between clients), tensors indexed in
memory and a running mean, on PyTorch's default number of threads. ``plain_loader``
gives each client a DataLoader. ``plain_jobs`` is ``plain`` on one thread, with as many
jobs at once as fedorbit runs.
"""

import functools
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from engine_works import (
    CLASSES,
    FEATURES,
    SEED,
    Clock,
    Timing,
    Work,
    flat,
    jobs_at_once,
    read_data,
    run_worker,
)

State = dict  # tensors by name


def network(work: Work):
    """Return the work's module, the same at every call, for features (batch, 784)."""
    import torch
    from torch import nn

    torch.manual_seed(SEED)
    if work.name == "softmax":
        linear = nn.Linear(FEATURES, CLASSES)
        nn.init.zeros_(linear.weight)
        nn.init.zeros_(linear.bias)
        return linear
    return nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)),
        nn.Conv2d(1, 16, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(1568, 32),
        nn.ReLU(),
        nn.Linear(32, CLASSES),
    )


@functools.cache
def tensors(work: Work, folder: Path) -> tuple:
    """Return features and labels as tensors, read once."""
    import torch

    x, y = read_data(work, folder)
    return torch.from_numpy(x), torch.from_numpy(y)


def train(model, optimizer, batches: Iterable) -> None:
    """Take a step of SGD on each batch of features and labels."""
    from torch.nn.functional import cross_entropy

    for x, y in batches:
        optimizer.zero_grad()
        cross_entropy(model(x), y).backward()
        optimizer.step()


def federated_average(
    work: Work, batches: Callable, rounds: int, round_ends: Callable[[State], None]
) -> State:
    """Return the global model after some rounds of federated averaging.

    ``batches(client, round_number)`` yields the features and labels of a client's
    steps.
    """
    import torch

    model = network(work)
    optimizer = torch.optim.SGD(model.parameters(), lr=work.learning_rate)
    shared = {name: value.clone() for name, value in model.state_dict().items()}
    for round_number in range(1, rounds + 1):
        mean = {name: torch.zeros_like(value) for name, value in shared.items()}
        for client in work.chosen(round_number):
            model.load_state_dict(shared)
            train(model, optimizer, batches(client, round_number))
            for name, value in model.state_dict().items():
                mean[name].add_(value, alpha=1 / work.cohort)
        shared = mean
        round_ends(shared)
    return shared


def indexed(x, y, draw: Callable) -> Callable:
    """Return batches of samples by steps, ``draw(client, round_number)`` names them."""
    import torch

    def batches(client: int, round_number: int) -> Iterable:
        for rows in torch.from_numpy(draw(client, round_number)):
            yield x[rows], y[rows]

    return batches


def plain(work: Work, folder: Path) -> Timing:
    """Time the careful loop on the default number of threads."""
    batches = indexed(*tensors(work, folder), work.batches)
    initial = flat(network(work).state_dict())
    np.save(folder / f"{work.name}_initial.npy", initial)
    clock = Clock()
    federated_average(work, batches, 1 + work.rounds, clock.round_ends)
    return clock.timing()


def plain_loader(work: Work, folder: Path) -> Timing:
    """Time the loop with a DataLoader per client, which shuffles by itself."""
    from torch.utils.data import DataLoader, TensorDataset

    x, y = tensors(work, folder)
    loaders = []
    for client in range(work.clients):
        own = slice(client * work.samples, (client + 1) * work.samples)
        dataset = TensorDataset(x[own], y[own])
        loaders.append(DataLoader(dataset, batch_size=work.batch, shuffle=True))
    clock = Clock()
    federated_average(
        work,
        lambda client, _: loaders[client],
        1 + work.rounds,
        lambda _: clock.round_ends(),
    )
    return clock.timing()


def plain_job(work: Work, folder: Path, ready: Callable[[], object]) -> Timing:
    """Time the careful loop on one thread, the first round for warming up."""
    import torch

    torch.set_num_threads(1)
    batches = indexed(*tensors(work, folder), work.batches)
    clock = Clock()
    federated_average(work, batches, 1, clock.round_ends)
    ready()
    clock.round_ends()
    federated_average(work, batches, work.rounds, clock.round_ends)
    return Timing(clock.ends[0], clock.ends[1], clock.ends[-1])


if __name__ == "__main__":
    run_worker(
        {
            "plain": plain,
            "plain_loader": plain_loader,
            "plain_jobs": functools.partial(jobs_at_once, plain_job),
        }
    )
