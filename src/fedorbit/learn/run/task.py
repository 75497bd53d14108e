"""What a plan is executed on: tensors, who holds what, and keyed random draws."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from fedorbit.base.errors import RunError, SettingsError
from fedorbit.base.settings import Settings
from fedorbit.data.datasets import Dataset
from fedorbit.learn.model import build_network
from fedorbit.learn.networks.network import Network
from fedorbit.learn.run.draws import keyed_uniform
from fedorbit.learn.settings import (
    Constant,
    Cosine,
    Evaluation,
    Inverse,
    Training,
)

SMALLEST_PX = 8  # of which an eighth is one pixel
TEST_KEY = 1_000_003  # keeps the draw of test samples apart from that of a client


@dataclass(frozen=True)
class Task:
    """Samples, their holders, the model and how to train and evaluate it.

    ``samples`` maps each client to the indices of its training samples, ``regions``
    to the region that it is in; ``watched`` are the test samples of all evaluations
    but a model's last.
    """

    train_x: Tensor
    train_y: Tensor
    test_x: Tensor
    test_y: Tensor
    samples: dict[int, np.ndarray]
    regions: dict[int, str]
    watched: Tensor
    network: Network
    training: Training
    seed: int

    @cached_property
    def dealt(self) -> np.ndarray:
        """Return the samples of all clients, one client after the other."""
        return np.concatenate(list(self.samples.values()))

    @cached_property
    def held(self) -> dict[int, tuple[int, int]]:
        """Return where in ``dealt`` a client's samples begin, and how many they are."""
        sizes = [len(own) for own in self.samples.values()]
        begins = np.cumsum([0, *sizes[:-1]]).tolist()
        return dict(zip(self.samples, zip(begins, sizes, strict=True), strict=True))

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
    model: Settings,
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
    for sample in (own["sample"].min(), own["sample"].max()):
        if not 0 <= sample < len(dataset.train_y):
            raise RunError(
                f"the partition deals out sample {sample} of a dataset of "
                f"{len(dataset.train_y)}; make both from the same study."
            )
    network = build_network(model, dataset.shape, dataset.classes)
    moves = training.augmentation != "none"
    if moves and not (network.images and dataset.shape[-1] >= SMALLEST_PX):
        raise SettingsError(
            f"training.augmentation is {training.augmentation!r}, which is for models "
            f"of images of {SMALLEST_PX} pixels or more, not for {model.name!r} on "
            f"samples of the shape {dataset.shape}; set it to none."
        )
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
        regions=dict(zip(own["client"], own["region"], strict=True)),
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
    """The random choices of some clients, each in its round.

    ``samples`` has the shape (steps, clients, batch); ``shifts``, nothing without
    augmentation, has (steps, clients, batch, 3): pixels down, pixels to the right, and
    1 if mirrored.
    """

    samples: np.ndarray
    shifts: np.ndarray | None


def draw(task: Task, clients: list[int], rounds: list[int], steps: int) -> Draws:
    """Return the draws of clients, which depend on seed, client and round alone."""
    shape = (len(clients), steps, task.training.batch_size)
    own = np.array([task.held[client] for client in clients])

    def uniform(stream: int) -> np.ndarray:
        count = steps * task.training.batch_size
        drawn = keyed_uniform(task.seed, clients, rounds, stream, count)
        return drawn.reshape(shape).swapaxes(0, 1)

    first, size = own[:, :1], own[:, 1:]
    samples = task.dealt[(first + (uniform(0) * size).astype(np.int64))]
    if task.training.augmentation == "none":
        return Draws(samples, None)
    reach = task.train_x.shape[-1] // SMALLEST_PX
    moves = [np.floor(uniform(s) * (2 * reach + 1)) - reach for s in (1, 2)]
    mirrored = (uniform(3) < 0.5) & (task.training.augmentation == "shift_flip")
    return Draws(samples, np.stack([*moves, mirrored], -1).astype(np.int64))


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
