"""Which test images models have right at their end, from the records of runs.

With the answers it is known how much another draw of test images would change a
difference of accuracies, instead of only the most that it could.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedorbit.plans import names

RIGHT, WRONG = "1", "0"  # any other letter is untested


@dataclass(frozen=True)
class Answers:
    """A mean accuracy, and what each draw of a test image adds to it."""

    accuracy: float
    added: NDArray
    """Of shape (draws,), with the sum 0: how far the mean rises, to first order, if the
    draw counts once more."""


def answers_of(record: pd.DataFrame, draws: NDArray) -> dict[str, Answers]:
    """Return the answers of a run, ``accuracy`` of groups' models, ``whole`` of all's.

    ``record`` has the rows of all seeds, ``draws`` the number of the draw that each
    test sample comes from. A quantity that nothing was evaluated of is missing.
    """
    ends = record[record["answers"] != ""]
    own = ~ends["group"].isin(names.NO_GROUPS - {names.CLIENT})
    found = {"accuracy": ends[own], "whole": ends[ends["group"] == names.AVERAGE]}
    return {
        quantity: _mean([_answers(a, draws) for a in rows["answers"]])
        for quantity, rows in found.items()
        if len(rows)
    }


def _answers(letters: str, draws: NDArray) -> Answers:
    """Return the answers of one model: (right - accuracy) / tested, by draw."""
    given = np.array(list(letters))
    right, tested = given == RIGHT, np.isin(given, (RIGHT, WRONG))
    accuracy = right.sum() / tested.sum()
    added = np.where(tested, right - accuracy, 0.0) / tested.sum()
    return Answers(float(accuracy), np.bincount(draws, added))


def _mean(some: Iterable[Answers]) -> Answers:
    accuracies, added = zip(*((a.accuracy, a.added) for a in some), strict=True)
    return Answers(float(np.mean(accuracies)), np.mean(added, axis=0))


def images_variance(added: NDArray) -> float:
    """Return what test images add to the variance of a mean over models and seeds.

    ``added`` is what each of n draws adds, as of ``Answers`` or a sum of such. To first
    order the variance under other draws is the sum of the squares times n / (n - 1): of
    models that are all tested on the same images it is s^2 / n, with s^2 the variance
    over images of the share that is right. It assumes that draws are independent. The
    part of s^2 that comes of the seeds is counted twice, so it is a little too large.
    """
    n = len(added)
    return float((added**2).sum()) * n / (n - 1)
