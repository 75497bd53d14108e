"""Claims on how far strategies or cells of a sweep are apart at the end of runs."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from fedorbit.base.settings import Settings
from fedorbit.report.claims.evidence import SEEDS_AND_IMAGES, Evidence, Value
from fedorbit.report.claims.places import Place, at_place
from fedorbit.report.claims.quantities import Quantity
from fedorbit.report.claims.reasons import NotTestable
from fedorbit.report.numbers.answers import images_variance
from fedorbit.report.numbers.estimates import (
    Estimate,
    most_of_images,
)
from fedorbit.report.numbers.metrics import at_equal_rounds
from fedorbit.report.numbers.rounds import UNLIMITED, limits_of
from fedorbit.report.numbers.statistics import differences


class Difference(Settings):
    """How much more of a quantity a strategy has than a baseline."""

    name: Literal["difference"]
    """The kind of metric."""
    quantity: Quantity
    """What is compared."""
    strategy: str
    """What is tested."""
    baseline: str
    """What it is compared with, under the same seeds."""
    sweep: str | None = None
    """The mean over the cells of a sweep; the study's own values if not given."""
    where: Place | None = None
    """Values of the sweep's keys: only cells with these count; all if not given."""
    at: Literal["end", "equal_rounds"] = "end"
    """At the end, or after as many rounds as all runs of both have."""


def difference(metric: Difference, evidence: Evidence) -> Value:
    """Return the paired difference over seeds; ``NotTestable`` in unlike cells."""
    table = evidence.runs if metric.at == "end" else evidence.levels
    sides = []
    for strategy in (metric.strategy, metric.baseline):
        runs = evidence.of(strategy, metric.sweep, table)
        sides.append(at_place(runs, metric.where or {}, metric.sweep or ""))
    if metric.sweep and set(sides[0]["cell"]) != set(sides[1]["cell"]):
        raise NotTestable(
            f"{metric.strategy} and {metric.baseline} could not be planned in the "
            f"same cells of the sweep {metric.sweep!r}"
        )
    if metric.at == "equal_rounds":
        both = at_equal_rounds(pd.concat(sides, ignore_index=True))
        names = (metric.strategy, metric.baseline)
        sides = [both[both["strategy"] == name] for name in names]
    return _apart(sides[:1], sides[1:], metric.quantity, evidence)


class DifferenceOfCells(Settings):
    """How much more of a quantity a strategy ends with in one cell than in another."""

    name: Literal["difference_of_cells"]
    """The kind of metric."""
    quantity: Quantity
    """What is compared."""
    sweep: str
    """The sweep that both cells are in."""
    strategy: str
    """What is tested."""
    where: Place
    """The one cell."""
    against: Place
    """The other cell."""


def difference_of_cells(metric: DifferenceOfCells, evidence: Evidence) -> Value:
    """Return the paired difference over seeds."""
    runs = evidence.of(metric.strategy, metric.sweep, evidence.runs)
    one, other = (
        at_place(runs, place, metric.sweep) for place in (metric.where, metric.against)
    )
    return _apart([one], [other], metric.quantity, evidence)


class DifferenceOfLosses(Settings):
    """How much more accuracy a baseline loses than a strategy from cell to cell."""

    name: Literal["difference_of_losses"]
    """The kind of metric."""
    sweep: str
    """The sweep that both cells are in."""
    strategy: str
    """What is tested."""
    baseline: str
    """What it is compared with, under the same seeds."""
    before: Place
    """The cell from which accuracy is lost."""
    after: Place
    """The cell in which it is lost."""


def difference_of_losses(metric: DifferenceOfLosses, evidence: Evidence) -> Value:
    """Return the loss of the baseline less that of the strategy, over seeds."""

    def runs(strategy: str, place: Place) -> pd.DataFrame:
        own = evidence.of(strategy, metric.sweep, evidence.runs)
        return at_place(own, place, metric.sweep)

    more = [
        runs(metric.baseline, metric.before),
        runs(metric.strategy, metric.after),
    ]
    less = [
        runs(metric.baseline, metric.after),
        runs(metric.strategy, metric.before),
    ]
    return _apart(more, less, "accuracy", evidence)


def _apart(
    more: Sequence[pd.DataFrame],
    less: Sequence[pd.DataFrame],
    quantity: Quantity,
    evidence: Evidence,
) -> Value:
    """Return the sums of a quantity over runs less that over others, by seed."""
    sides = [
        sum(runs.groupby("seed")[quantity].mean() for runs in side)
        for side in (more, less)
    ]
    found, k = differences(*sides), len(more)
    if limits_of(quantity) == UNLIMITED:
        return Value.of(Estimate.over_seeds(found))
    images = _images(more, less, quantity, evidence)
    estimate = Estimate.over_seeds(found, images, (-float(k), float(k)))
    return Value.of(estimate, covers=SEEDS_AND_IMAGES)


def _images(
    more: Sequence[pd.DataFrame],
    less: Sequence[pd.DataFrame],
    quantity: Quantity,
    evidence: Evidence,
) -> float:
    """Return what test images add to the variance of a difference of accuracies.

    It is that by the answers of the models, or where these are not known the most that
    it can be. The means of k accuracies are accuracies, too, so that k on each side
    have at most k^2 times the variance of one.
    """
    up, down = (
        [evidence.added_by_images(runs, quantity) for runs in side]
        for side in (more, less)
    )
    if not any(added is None for added in up + down):
        return images_variance(np.sum(up, axis=0) - np.sum(down, axis=0))
    k = len(more)
    means = [np.mean([runs[quantity].mean() for runs in side]) for side in (more, less)]
    return k**2 * most_of_images(*map(float, means), evidence.test_images)
