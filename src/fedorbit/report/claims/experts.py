"""What claims about EMS-FL measure besides differences of accuracy."""

from typing import Literal

from fedorbit.base.settings import Settings
from fedorbit.report.claims.evidence import (
    Evidence,
    Value,
    ratio_to_target,
)
from fedorbit.report.claims.places import Place, at_place
from fedorbit.report.numbers.statistics import paired


class HoursRatio(Settings):
    """Hours to the target accuracy, as a multiple of a baseline's."""

    name: Literal["hours_ratio"]
    """The kind of metric."""
    strategy: str
    """What is tested."""
    baseline: str
    """What it is compared with, under the same seeds."""


def hours_ratio(metric: HoursRatio, evidence: Evidence) -> Value:
    """Return the ratio, an upper bound where the baseline never reaches the target.

    The hours of its end then stand for those to the target, which would be more, and
    the interval begins at 0. If only the strategy never reaches the target, the ratio
    is infinite.
    """
    one, other = evidence.pair(metric.strategy, metric.baseline)
    return ratio_to_target(one, other, ["hours_to_target"], ["hours"])


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
    losses = []
    for strategy in (metric.baseline, metric.strategy):
        runs = evidence.of(strategy, metric.sweep, evidence.runs)
        before, after = (
            at_place(runs, place, metric.sweep).set_index("seed")["accuracy"]
            for place in (metric.before, metric.after)
        )
        losses.append(before - after.loc[before.index])
    found = paired(*losses)
    return Value(found.mean, found.low, found.high)
