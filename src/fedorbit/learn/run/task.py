"""What a plan is executed on: tensors, who holds what, and how to learn."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from fedorbit.base.errors import RunError, SettingsError
from fedorbit.base.settings import Settings
from fedorbit.data.datasets import Dataset
from fedorbit.data.group_tests import parts_of_groups
from fedorbit.data.partition import group_column
from fedorbit.learn.model import build_network, parse_model
from fedorbit.learn.networks.network import Network, Params
from fedorbit.learn.settings import (
    Constant,
    Cosine,
    Evaluation,
    Inverse,
    Training,
)
from fedorbit.plans import names
from fedorbit.plans.plan import TEST

SHARED = ("train_x", "train_y", "test_x", "test_y")  # by tasks that run together
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

    def precision(self) -> AbstractContextManager:
        """Return a context in which products have the precision of the training."""
        if self.training.precision == "float32":
            return nullcontext()
        kind = self.train_x.device.type
        return torch.autocast(kind, torch.bfloat16, cache_enabled=False)


@dataclass(frozen=True)
class Tasks:
    """Tasks of several seeds that run together.

    They share the tensors of samples, the network and the training; who holds what, the
    draws and the models are each one's own.
    """

    each: Sequence[Task]

    def __post_init__(self) -> None:
        """Raise ``ValueError`` if the tasks are not on the same samples."""
        for name in SHARED:
            own = getattr(self.shared, name)
            if any(getattr(task, name) is not own for task in self.each):
                raise ValueError(f"the tasks do not share one {name}")

    @property
    def shared(self) -> Task:
        """Return a task that has what all share."""
        return self.each[0]

    @cached_property
    def all_samples(self) -> np.ndarray:
        """Return the samples of all clients, one client and task after the other."""
        return np.concatenate([own for t in self.each for own in t.samples.values()])

    @cached_property
    def spans(self) -> dict[tuple[int, int], tuple[int, int]]:
        """Return where in ``all_samples`` a client's begin, and how many they are.

        Keys are the place of the task and the client.
        """
        pairs = [(n, client) for n, t in enumerate(self.each) for client in t.samples]
        sizes = [len(self.each[n].samples[client]) for n, client in pairs]
        begins = np.cumsum([0, *sizes[:-1]]).tolist()
        return dict(zip(pairs, zip(begins, sizes, strict=True), strict=True))

    def initial(self) -> Params:
        """Return the models to start from, with a leading dimension of tasks."""
        models = [task.initial() for task in self.each]
        return {name: torch.stack([m[name] for m in models]) for name in models[0]}

    def to(self, device: torch.device) -> "Tasks":
        """Return the tasks with their tensors on a device."""

        def moved(values: Mapping[str, Tensor]) -> dict[str, Tensor]:
            return {name: tensor.to(device) for name, tensor in values.items()}

        samples = moved({name: getattr(self.shared, name) for name in SHARED})
        return Tasks(
            [
                replace(
                    task,
                    **samples,
                    interim_tests=moved(task.interim_tests),
                    test_parts=moved(task.test_parts),
                )
                for task in self.each
            ]
        )


def tasks_of(
    values: Mapping[str, Any],
    dataset: Dataset,
    partition: pd.DataFrame,
    seeds: Sequence[int],
    first_models: Mapping[int, Params] | None = None,
    by_group: bool = False,
) -> list[Task]:
    """Return the tasks of some seeds, which share their samples.

    ``values`` are the ``model``, ``training`` and ``evaluation`` of a study.
    ``first_models`` are the models to start from, by seed, where they are not drawn.
    With ``by_group`` there is a test part for each group of clients, see
    ``parts_of_groups``. Raises errors as ``make_task`` does.
    """
    tasks: list[Task] = []
    for seed in seeds:
        own = partition[partition["seed"] == seed]
        task = make_task(
            dataset,
            own,
            parse_model(values["model"]),
            Training(**values["training"]),
            Evaluation(**values["evaluation"]),
            seed,
            first_model=(first_models or {}).get(seed),
            test_parts=parts_of_groups(dataset, own) if by_group else None,
            beside=tasks[0] if tasks else None,
        )
        tasks.append(task)
    return tasks


def make_task(
    dataset: Dataset,
    partition: pd.DataFrame,
    model: Settings,
    training: Training,
    evaluation: Evaluation,
    seed: int,
    first_model: Params | None = None,
    test_parts: Mapping[str, np.ndarray] | None = None,
    beside: Task | None = None,
) -> Task:
    """Return the task of one seed, from a dataset and the partition of all seeds.

    ``test_parts`` are indices of test samples by the name of the part. ``beside`` is
    a task of another seed, of the same dataset and model, to share samples with.
    Raises ``RunError`` if partition, first model or test parts do not fit, or if the
    partition lacks the seed, and ``SettingsError`` if the model does not fit the
    samples.
    """
    own = partition[partition["seed"] == seed]
    _check_partition(own, seed, len(dataset.train_y))
    network = build_network(model, dataset.shape, dataset.classes)
    moves = training.augmentation != "none"
    if moves and not (network.images and dataset.shape[-1] >= SMALLEST_PX):
        raise SettingsError(
            f"training.augmentation is {training.augmentation!r}, which is for models "
            f"of images of {SMALLEST_PX} pixels or more, not for {model.name!r} on "
            f"samples of the shape {dataset.shape}; set it to none."
        )
    if beside is None:
        samples = _samples(dataset, network)
    else:
        samples = {name: getattr(beside, name) for name in SHARED}
    if first_model is not None:
        _check_first_model(first_model, network.init(seed))
    parts = {name: np.asarray(own) for name, own in (test_parts or {}).items()}
    _check_parts(parts, len(dataset.test_y))
    kind = group_column(own)
    return Task(
        **samples,
        samples={c: g["sample"].to_numpy() for c, g in own.groupby("client")},
        groups={
            client: names.group_of(kind, name)
            for client, name in zip(own["client"], own[kind], strict=True)
        },
        interim_tests=_interim_tests(
            seed, len(dataset.test_y), parts, evaluation.samples
        ),
        network=network,
        training=training,
        seed=seed,
        test_parts={name: torch.from_numpy(own) for name, own in parts.items()},
        first_model=first_model,
    )


def _interim_tests(
    seed: int, samples: int, parts: Mapping[str, np.ndarray], most: int
) -> dict[str, Tensor]:
    """Return indices of ``most`` drawn test samples, of all and of each part."""
    order = np.random.default_rng([seed, TEST_KEY]).permutation(samples)
    drawn = {TEST: order}
    drawn |= {name: order[np.isin(order, own)] for name, own in parts.items()}
    return {part: torch.from_numpy(np.sort(own[:most])) for part, own in drawn.items()}


def _samples(dataset: Dataset, network: Network) -> dict[str, Tensor]:
    """Return the tensors of samples, as the network takes them, and labels."""
    train_x, test_x = (network.once(torch.from_numpy(x)) for x in dataset.features())
    if network.images:
        last = torch.channels_last
        train_x, test_x = (x.contiguous(memory_format=last) for x in (train_x, test_x))
    train_y, test_y = map(torch.from_numpy, (dataset.train_y, dataset.test_y))
    return dict(zip(SHARED, (train_x, train_y, test_x, test_y), strict=True))


def _check_partition(own: pd.DataFrame, seed: int, samples: int) -> None:
    """Raise ``RunError`` unless a seed's partition deals out training samples."""
    if own.empty:
        raise RunError(f"the partition has no samples for seed {seed}; make it anew.")
    for sample in (own["sample"].min(), own["sample"].max()):
        if not 0 <= sample < samples:
            raise RunError(
                f"the partition deals out sample {sample} of a dataset of "
                f"{samples}; make both from the same study."
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
