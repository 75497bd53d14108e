"""What a plan is executed on: tensors, who holds what, and keyed random draws."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from fedorbit.data.datasets import Dataset
from fedorbit.errors import RunError
from fedorbit.learn.models import Network, build_network
from fedorbit.learn.settings import (
    Constant,
    Cosine,
    Evaluation,
    Inverse,
    Model,
    Training,
)

TEST_KEY = 1_000_003  # keeps the draw of test samples apart from that of a client


@dataclass(frozen=True)
class Task:
    """Samples, their holders, the model and how to train and evaluate it.

    ``samples`` maps each client to the indices of its training samples; ``watched``
    are the test samples of all evaluations but a model's last.
    """

    train_x: Tensor
    train_y: Tensor
    test_x: Tensor
    test_y: Tensor
    samples: dict[int, np.ndarray]
    watched: Tensor
    network: Network
    training: Training
    seed: int

    def to(self, device: torch.device) -> "Task":
        """Return the task with its tensors on a device."""
        names = ("train_x", "train_y", "test_x", "test_y", "watched")
        return replace(self, **{n: getattr(self, n).to(device) for n in names})

    def precision(self) -> AbstractContextManager:
        """Return a context in which products have the precision of the training."""
        if self.training.precision == "float32":
            return nullcontext()
        kind = self.train_x.device.type
        return torch.autocast(kind, torch.bfloat16, cache_enabled=False)


def make_task(
    dataset: Dataset,
    partition: pd.DataFrame,
    model: Model,
    training: Training,
    evaluation: Evaluation,
    seed: int,
) -> Task:
    """Return the task of one seed, from a dataset and the partition of all seeds.

    Raises ``RunError`` if the partition does not fit the dataset or lacks the seed,
    and ``SettingsError`` if the model does not fit the samples.
    """
    own = partition[partition["seed"] == seed]
    if own.empty:
        raise RunError(f"the partition has no samples for seed {seed}; make it anew.")
    if own["sample"].max() >= len(dataset.train_y):
        raise RunError(
            f"the partition deals out sample {own['sample'].max()} of a dataset of "
            f"{len(dataset.train_y)}; make both from the same study."
        )
    network = build_network(model, dataset.shape, dataset.classes)
    train_x, test_x = map(torch.from_numpy, dataset.features())
    if not network.images:
        train_x, test_x = train_x.flatten(1), test_x.flatten(1)
    else:
        last = torch.channels_last
        train_x, test_x = (x.contiguous(memory_format=last) for x in (train_x, test_x))
    order = np.random.default_rng([seed, TEST_KEY]).permutation(len(test_x))
    return Task(
        train_x=train_x,
        train_y=torch.from_numpy(dataset.train_y),
        test_x=test_x,
        test_y=torch.from_numpy(dataset.test_y),
        samples={c: g["sample"].to_numpy() for c, g in own.groupby("client")},
        watched=torch.from_numpy(np.sort(order[: evaluation.samples])),
        network=network,
        training=training,
        seed=seed,
    )


def learning_rate(training: Training, number: int) -> float:
    """Return the step size of a round, counted from 1."""
    first = training.learning_rate
    match training.schedule:
        case Constant():
            return first
        case Inverse(half_life_rounds=half_life):
            return first / (1 + (number - 1) / half_life)
        case Cosine(rounds=rounds):
            return first * (1 + np.cos(np.pi * min((number - 1) / rounds, 1))) / 2


@dataclass(frozen=True)
class Draws:
    """The random choices of one client in one round.

    ``samples`` has the shape (steps, batch); ``shifts`` (steps, batch, 3) holds down,
    right and mirrored, from -1 to 1 and 0 or 1, or is nothing without augmentation.
    """

    samples: np.ndarray
    shifts: np.ndarray | None


def draw(task: Task, client: int, number: int, steps: int) -> Draws:
    """Return a client's draws in a round, which depend on seed, client and round.

    Philox is a cipher of a counter under a key, so that every key has a stream of its
    own (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11).
    """
    key = [(task.seed << 32) + client, number]
    rng = np.random.Generator(np.random.Philox(key=key))
    own = task.samples[client]
    shape = (steps, task.training.batch_size)
    samples = own[rng.integers(len(own), size=shape)]
    if task.training.augmentation == "none":
        return Draws(samples, None)
    shifts = rng.integers(-_reach(task), _reach(task) + 1, size=(*shape, 3))
    flips = task.training.augmentation == "shift_flip"
    shifts[..., 2] = rng.integers(2, size=shape) * flips
    return Draws(samples, shifts)


def augment(images: Tensor, shifts: Tensor) -> Tensor:
    """Return images shifted and mirrored, with zeros where nothing was.

    Images have the shape (n, channels, height, width), ``shifts`` (n, 3) holds pixels
    down, pixels to the right, and whether to mirror first.
    """
    n, _, height, width = images.shape
    mirrored = torch.where(shifts[:, 2].view(n, 1, 1, 1) == 1, images.flip(3), images)
    rows = torch.arange(height, device=images.device) - shifts[:, :1]
    columns = torch.arange(width, device=images.device) - shifts[:, 1:2]
    seen = ((rows >= 0) & (rows < height)).view(n, 1, height, 1)
    seen = seen & ((columns >= 0) & (columns < width)).view(n, 1, 1, width)
    which = torch.arange(n, device=images.device).view(n, 1, 1, 1)
    rows = rows.clamp(0, height - 1).view(n, 1, height, 1)
    columns = columns.clamp(0, width - 1).view(n, 1, 1, width)
    channels = torch.arange(images.shape[1], device=images.device).view(1, -1, 1, 1)
    return mirrored[which, channels, rows, columns] * seen


def _reach(task: Task) -> int:
    """Return the largest shift, an eighth of an image's width."""
    return task.train_x.shape[-1] // 8
