"""Accuracies and losses of models on test samples, in all seeds at once."""

import weakref
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from fedorbit.learn.networks.network import Params
from fedorbit.learn.run.task import Task, Tasks
from fedorbit.plans.costs import ALL

TEST_BATCH = 1000  # test samples of a model in one forward pass
KNOWN = 64  # models whose scores are kept


@dataclass(frozen=True)
class Score:
    """How a model does on test samples."""

    right: np.ndarray
    """Which of them it has right; NaN for each if there are no classes."""
    loss: float
    """The mean cross-entropy, without the penalty of weight decay."""

    @property
    def accuracy(self) -> float:
        """Return the share of samples that the model has right."""
        return float(self.right.mean())

    def answers(self, which: Tensor | None, samples: int) -> str:
        """Return a letter for each test sample: 1 if right, 0 if wrong, - if untested.

        ``which`` are those that were tested, as indices, or nothing for all of them.
        Models without classes have no answers.
        """
        if self.right.dtype != bool:
            return ""
        letters = np.full(samples, "-")
        tested = slice(None) if which is None else which.cpu().numpy()
        letters[tested] = np.where(self.right, "1", "0")
        return "".join(letters)


class Scorer:
    """Scores of the models of plans; one that comes again is not tested again.

    For example, when a server averages, all regions are evaluated, and in some of them
    nothing has happened since; or all of them have just got the same model.
    """

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._known: dict[tuple, tuple[list[weakref.ref], list[Score]]] = {}

    def scores(
        self, params: Params, part: str, is_last: bool, scope: tuple[str, ...]
    ) -> list[Score]:
        """Return the scores of a model in each task on its test samples of a part."""
        key = (part, is_last, scope, *map(id, params.values()))
        # Another tensor may get the place of one that is no more.
        tensors, found = self._known.pop(key, ([], []))
        if not found or any(ref() is None for ref in tensors):
            tests = [task.tests(part, is_last) for task in self._tasks.each]
            tensors = [weakref.ref(p) for p in params.values()]
            found = evaluate(self._tasks, params, tests, scope)
        self._known[key] = tensors, found
        if len(self._known) > KNOWN:
            del self._known[next(iter(self._known))]
        return found


def evaluate(
    tasks: Tasks,
    params: Params,
    which: Sequence[Tensor | None],
    scope: tuple[str, ...] = ALL,
) -> list[Score]:
    """Return the scores of models, one of each task.

    ``which`` are the test samples of each task, as indices, or nothing for all. With a
    scope, samples pass these of the parts that may be chosen.
    """
    task = tasks.shared
    network = task.network if scope == ALL else task.network.passing(scope)
    sizes = [len(task.test_y) if own is None else len(own) for own in which]
    scores: dict[int, Score] = {}
    for size in set(sizes):
        places = [place for place, own in enumerate(sizes) if own == size]
        models = params
        if len(places) < len(sizes):
            models = {name: p[places] for name, p in params.items()}
        right, loss = [], 0.0
        for first in range(0, size, TEST_BATCH):
            span = slice(first, first + TEST_BATCH)
            x, y = _samples(task, [which[place] for place in places], span)
            with torch.no_grad(), task.precision():
                found, part = network.score(models, x, y)
            right.append(found.cpu().numpy())
            loss = loss + part.cpu().double().numpy()
        all_right = np.concatenate(right, 1)
        for n, place in enumerate(places):
            scores[place] = Score(all_right[n], float(loss[n]) / size)
    return [scores[place] for place in range(len(sizes))]


def _samples(
    task: Task, which: Sequence[Tensor | None], span: slice
) -> tuple[Tensor, Tensor]:
    """Return the features and labels of a span of test samples, for each task."""
    if which[0] is None:
        parts = (task.test_x[span], task.test_y[span])
        return tuple(part.expand(len(which), *part.shape) for part in parts)
    chosen = torch.stack([own[span] for own in which])
    x = task.test_x.index_select(0, chosen.flatten()).unflatten(0, chosen.shape)
    return x, task.test_y[chosen]
