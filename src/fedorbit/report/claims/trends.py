"""Claims that a quantity rises or falls with a key of a sweep."""

from typing import Literal

import pandas as pd

from fedorbit.base.settings import Settings
from fedorbit.report.claims.evidence import Evidence, Value
from fedorbit.report.claims.places import axis_of
from fedorbit.report.claims.quantities import Quantity
from fedorbit.report.claims.reasons import NotTestable
from fedorbit.report.numbers.estimates import Estimate
from fedorbit.report.numbers.metrics import at_equal_rounds
from fedorbit.report.numbers.statistics import rank_correlation


class Trend(Settings):
    """Spearman's correlation of a quantity with a key of a sweep."""

    name: Literal["trend"]
    """The kind of metric."""
    quantity: Quantity
    """As in ``difference``."""
    sweep: str
    """The sweep."""
    strategy: str
    """What is tested."""
    axis: str
    """The dotted key that is varied."""
    at: Literal["end", "equal_rounds"]
    """At the end, or after as many rounds as all runs of the sweep have."""


def trend(metric: Trend, evidence: Evidence) -> Value:
    """Return the mean over seeds of the correlation over cells."""
    table = evidence.runs if metric.at == "end" else evidence.levels
    runs = evidence.of(metric.strategy, metric.sweep, table)
    if metric.at == "equal_rounds":
        runs = at_equal_rounds(runs)
    axis_of(runs, metric.axis, metric.sweep)
    means = runs.groupby(["seed", metric.axis], as_index=False)[metric.quantity].mean()
    return _over_seeds(means, metric.axis, metric.quantity)


def _over_seeds(table: pd.DataFrame, x: str, y: str) -> Value:
    """Return the interval over seeds of the rank correlation of two columns."""
    found = {s: rank_correlation(t[x], t[y]) for s, t in table.groupby("seed")}
    return Value.of(Estimate.over_seeds(pd.Series(found), limits=(-1.0, 1.0)))


class TrendOfBest(Settings):
    """Spearman's correlation of the best value of one key with another key."""

    name: Literal["trend_of_best"]
    """The kind of metric."""
    sweep: str
    """The sweep over both keys."""
    strategy: str
    """What is tested."""
    best: str
    """The dotted key whose value with the highest final accuracy is taken."""
    axis: str
    """The dotted key that the best value is correlated with."""


def trend_of_best(metric: TrendOfBest, evidence: Evidence) -> Value:
    """Return the mean over seeds of the correlation; of equally good, the least.

    If the best value is the same everywhere, the values of the sweep are too coarse to
    tell a trend.
    """
    runs = evidence.of(metric.strategy, metric.sweep, evidence.runs)
    for key in (metric.best, metric.axis):
        axis_of(runs, key, metric.sweep)
    runs = runs.sort_values(metric.best).reset_index(drop=True)
    rows = runs.groupby(["seed", metric.axis])["accuracy"].idxmax()
    best = runs.loc[rows]
    if best[metric.best].nunique() == 1:
        raise NotTestable(f"the best {metric.best} is the same everywhere")
    return _over_seeds(best, metric.axis, metric.best)
