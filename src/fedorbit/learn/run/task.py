"""What a plan is executed on: tensors, who holds what, and keyed random draws."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from fedorbit.base.errors import RunError, SettingsError
from fedorbit.base.settings import Settings
from fedorbit.data.datasets import Dataset
from fedorbit.data.partition import group_column
from fedorbit.learn.model import build_network
from fedorbit.learn.networks.network import Network, Params
from fedorbit.learn.run.draws import keyed_uniform
from fedorbit.learn.settings import (
    Constant,
    Cosine,
    Evaluation,
    Inverse,
    Training,
)
from fedorbit.plans import names
from fedorbit.plans.plan import TEST

SMALLEST_PX = 8  # of which an eighth is one pixel
TEST_KEY = 1_000_003  # keeps the draw of test samples apart from that of a client


@dataclass(frozen=True)
class Task:
    """Samples, their holders, the model and how to train and evaluate it."""

    train_x: Tensor
    train_y: Tensor
    test_x: Tensor
    test_y: Tensor
    samples: dict[int, np.ndarray]
    """By client, the indices of its training samples."""
    groups: dict[int, str]
    """By client, the slot of its group's model."""
    interim_tests: dict[str, Tensor]
    """By part, the indices of the test samples of all evaluations but a model's last;
    all test samples are the part ``test``."""
    network: Network
    training: Training
    seed: int
    test_parts: dict[str, Tensor] = field(default_factory=dict)
    """Parts of the test samples besides ``test``, as indices."""
    first_model: Params | None = None
    """The model to start from; drawn by the seed if there is none."""

    @cached_property
    def all_samples(self) -> np.ndarray:
        """Return the samples of all clients, one client after the other."""
        return np.concatenate(list(self.samples.values()))

    @cached_property
    def spans(self) -> dict[int, tuple[int, int]]:
        """Return where in ``all_samples`` a client's begin, and how many they are."""
        sizes = [len(own) for own in self.samples.values()]
        begins = np.cumsum([0, *sizes[:-1]]).tolist()
        return dict(zip(self.samples, zip(begins, sizes, strict=True), strict=True))

    def initial(self) -> Params:
        """Return the model to start from: the given one, or one drawn by the seed."""
        if self.first_model is not None:
            return self.first_model
        return self.network.init(self.seed)

    def tests(self, part: str, is_last: bool) -> Tensor | None:
        """Return the test samples of an evaluation on a part, ``None`` for all."""
        if not is_last:
            return self.interim_tests[part]
        return None if part == TEST else self.test_parts[part]

    def to(self, device: torch.device) -> "Task":
        """Return the task with its tensors on a device."""

        def moved(values: Mapping[str, Tensor]) -> dict[str, Tensor]:
            return {name: tensor.to(device) for name, tensor in values.items()}

        tensors = {n: getattr(self, n) for n in ("train_x", "train_y")}
        tensors |= {n: getattr(self, n) for n in ("test_x", "test_y")}
        return replace(
            self,
            **moved(tensors),
            interim_tests=moved(self.interim_tests),
            test_parts=moved(self.test_parts),
            first_model=self.first_model and moved(self.first_model),
        )

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
    first_model: Params | None = None,
    test_parts: Mapping[str, np.ndarray] | None = None,
) -> Task:
    """Return the task of one seed, from a dataset and the partition of all seeds.

    ``test_parts`` are indices of test samples by the name of the part. Raises
    ``RunError`` if partition, first model or test parts do not fit, or if the
    partition lacks the seed, and ``SettingsError`` if the model does not fit the
    samples.
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
    train_x, test_x = (network.once(torch.from_numpy(x)) for x in dataset.features())
    if network.images:
        last = torch.channels_last
        train_x, test_x = (x.contiguous(memory_format=last) for x in (train_x, test_x))
    if first_model is not None:
        _check_first_model(first_model, network.init(seed))
    parts = {name: np.asarray(own) for name, own in (test_parts or {}).items()}
    _check_parts(parts, len(test_x))
    order = np.random.default_rng([seed, TEST_KEY]).permutation(len(test_x))
    kind = group_column(own)
    return Task(
        train_x=train_x,
        train_y=torch.from_numpy(dataset.train_y),
        test_x=test_x,
        test_y=torch.from_numpy(dataset.test_y),
        samples={c: g["sample"].to_numpy() for c, g in own.groupby("client")},
        groups={
            client: names.group_of(kind, name)
            for client, name in zip(own["client"], own[kind], strict=True)
        },
        interim_tests={
            part: torch.from_numpy(np.sort(drawn[: evaluation.samples]))
            for part, drawn in (
                (TEST, order),
                *((name, order[np.isin(order, own)]) for name, own in parts.items()),
            )
        },
        network=network,
        training=training,
        seed=seed,
        test_parts={name: torch.from_numpy(own) for name, own in parts.items()},
        first_model=first_model,
    )


def _check_first_model(given: Params, drawn: Params) -> None:
    """Raise ``RunError`` unless a model has the parameters of the network."""
    shapes = [{n: tuple(p.shape) for n, p in model.items()} for model in (given, drawn)]
    if shapes[0] != shapes[1]:
        raise RunError(
            f"the first model has the parameters {shapes[0]}, but the network has "
            f"{shapes[1]}; make it with the same model."
        )


def _check_parts(parts: Mapping[str, np.ndarray], samples: int) -> None:
    """Raise ``RunError`` unless parts are some of the test samples each."""
    if TEST in parts:
        raise RunError(
            f"a test part is called {TEST!r}, as all test samples are; rename it."
        )
    for name, own in parts.items():
        if len(own) == 0 or own.min() < 0 or own.max() >= samples:
            raise RunError(
                f"the test part {name!r} is empty or has indices outside of the "
                f"{samples} test samples; correct it."
            )


def learning_rate(training: Training, round_number: int) -> float:
    """Return the step size of a round, counted from 1."""
    first = training.learning_rate
    match training.schedule:
        case Constant():
            return first
        case Inverse(half_life_rounds=half_life):
            return first / (1 + (round_number - 1) / half_life)
        case Cosine(rounds=rounds):
            return first * (1 + np.cos(np.pi * min((round_number - 1) / rounds, 1))) / 2


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
    own = np.array([task.spans[client] for client in clients])

    def uniform(stream: int) -> np.ndarray:
        count = steps * task.training.batch_size
        drawn = keyed_uniform(task.seed, clients, rounds, stream, count)
        return drawn.reshape(shape).swapaxes(0, 1)

    first, size = own[:, :1], own[:, 1:]
    samples = task.all_samples[(first + (uniform(0) * size).astype(np.int64))]
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
