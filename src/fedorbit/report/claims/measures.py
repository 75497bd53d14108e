"""What claims measure: one kind of settings and one function for each.

A function takes the settings of a metric and the evidence, and returns the value with
its 95 % interval over seeds. It raises ``NotTested`` with the reason if the study has
not what the metric needs.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import Field

from fedorbit.base.settings import Settings
from fedorbit.report.claims.evidence import (
    Evidence,
    NotTested,
    Value,
    ratio_to_target,
)
from fedorbit.report.claims.experts import (
    DifferenceOfLosses,
    HoursRatio,
    difference_of_losses,
    hours_ratio,
)
from fedorbit.report.claims.latency import (
    Crossover,
    MoreStations,
    NeverLater,
    PayloadBits,
    ShareOfTotals,
    TotalRatio,
    VariantRatio,
    crossover,
    more_stations,
    never_later,
    payload_bits,
    share_of_totals,
    total_ratio,
    variant_ratio,
)
from fedorbit.report.claims.places import Place, at_place, axis_of
from fedorbit.report.claims.theory import (
    BoundRatio,
    BoundSlope,
    Theory,
    bound_ratio,
    bound_slope,
    theory,
)
from fedorbit.report.numbers.metrics import AT_TARGET, at_equal_rounds
from fedorbit.report.numbers.rounds import BITS, interval
from fedorbit.report.numbers.statistics import paired, rank_correlation

Quantity = Literal[
    "accuracy", "worst", "whole", "loss",
    "accuracy_last_cycle", "accuracy_over_time", "accuracy_server",
]  # fmt: skip


class Difference(Settings):
    """How much more of a quantity a strategy ends with than a baseline."""

    name: Literal["difference"]
    """The kind of metric."""
    quantity: Quantity
    """At the end: mean or worst accuracy of the regional models, accuracy of the model
    that averages all, or mean loss of the regional models; or mean accuracy over the
    last cycle or all time, or that of the server's model."""
    strategy: str
    """What is tested."""
    baseline: str
    """What it is compared with, under the same seeds."""
    sweep: str | None = None
    """The mean over the cells of a sweep; the study's own values if not given."""
    where: Place | None = None
    """Values of the sweep's keys: only cells with these count; all if not given."""


def difference(metric: Difference, evidence: Evidence) -> Value:
    """Return the paired difference over seeds."""
    sides = []
    for strategy in (metric.strategy, metric.baseline):
        runs = evidence.of(strategy, metric.sweep, evidence.runs)
        runs = at_place(runs, metric.where or {}, metric.sweep or "")
        sides.append(runs.groupby("seed")[metric.quantity].mean())
    found = paired(*sides)
    return Value(found.mean, found.low, found.high)


class DifferenceOfCells(Settings):
    """How much more of a quantity a strategy ends with in one cell than in another."""

    name: Literal["difference_of_cells"]
    """The kind of metric."""
    quantity: Quantity
    """As in ``difference``."""
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
    sides = [
        at_place(runs, place, metric.sweep) for place in (metric.where, metric.against)
    ]
    found = paired(*(side.set_index("seed")[metric.quantity] for side in sides))
    return Value(found.mean, found.low, found.high)


class ShareOfCells(Settings):
    """The share of a sweep's cells where a strategy ends no worse than a baseline."""

    name: Literal["share_of_cells"]
    """The kind of metric."""
    sweep: str
    """The sweep."""
    strategy: str
    """What is tested."""
    baseline: str
    """What it is compared with, in the same cells under the same seeds."""


def share_of_cells(metric: ShareOfCells, evidence: Evidence) -> Value:
    """Return the mean over seeds of the share."""
    sides = [
        evidence.of(strategy, metric.sweep, evidence.runs).set_index(["cell", "seed"])
        for strategy in (metric.strategy, metric.baseline)
    ]
    ahead = sides[0]["accuracy"] >= sides[1]["accuracy"].loc[sides[0].index]
    return Value(*interval(ahead.groupby("seed").mean()))


class BitsRatio(Settings):
    """Bits to the target accuracy, as a multiple of a baseline's."""

    name: Literal["bits_ratio"]
    """The kind of metric."""
    strategy: str
    """What is tested."""
    baseline: str
    """What it is compared with, under the same seeds."""
    links: list[Literal["access", "feeder", "isl", "carry"]] = Field(min_length=1)
    """Which bits count."""


def bits_ratio(metric: BitsRatio, evidence: Evidence) -> Value:
    """Return the ratio, an upper bound where the baseline never reaches the target.

    Its bits at the end then stand for those to the target, which would be more, and
    the interval begins at 0. If only the strategy never reaches the target, the ratio
    is infinite.
    """
    columns = [BITS[link] for link in metric.links]
    at_target = [AT_TARGET[column] for column in columns]
    one, other = evidence.pair(metric.strategy, metric.baseline)
    sent = other[at_target].sum(axis=1)
    if (sent.where(other["reached"], other[columns].sum(axis=1)) == 0).any():
        raise NotTested(f"{metric.baseline} sends nothing on {', '.join(metric.links)}")
    return ratio_to_target(one, other, at_target, columns)


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
    """Return the interval over seeds of the rank correlation of two columns.

    Student's interval knows no bounds, so it is cut at -1 and 1.
    """
    found = {s: rank_correlation(t[x], t[y]) for s, t in table.groupby("seed")}
    mean, low, high = interval(pd.Series(found))
    return Value(mean, max(low, -1.0), min(high, 1.0))


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
        raise NotTested(f"the best {metric.best} is the same everywhere")
    return _over_seeds(best, metric.axis, metric.best)


MEASURES: dict[type[Settings], Callable[[Any, Evidence], Value]] = {
    Difference: difference,
    DifferenceOfCells: difference_of_cells,
    ShareOfCells: share_of_cells,
    BitsRatio: bits_ratio,
    Trend: trend,
    TrendOfBest: trend_of_best,
    Theory: theory,
    BoundRatio: bound_ratio,
    BoundSlope: bound_slope,
    TotalRatio: total_ratio,
    ShareOfTotals: share_of_totals,
    VariantRatio: variant_ratio,
    NeverLater: never_later,
    MoreStations: more_stations,
    Crossover: crossover,
    PayloadBits: payload_bits,
    HoursRatio: hours_ratio,
    DifferenceOfLosses: difference_of_losses,
}
"""The function of each kind of metric."""

Metric = Annotated[
    Difference
    | DifferenceOfCells
    | ShareOfCells
    | BitsRatio
    | Trend
    | TrendOfBest
    | Theory
    | BoundRatio
    | BoundSlope
    | TotalRatio
    | ShareOfTotals
    | VariantRatio
    | NeverLater
    | MoreStations
    | Crossover
    | PayloadBits
    | HoursRatio
    | DifferenceOfLosses,
    Field(discriminator="name"),
]
"""What a claim measures, one of these kinds by ``name``."""
