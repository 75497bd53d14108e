"""What claims about EMS-FL measure besides differences of accuracy."""

import math
from collections.abc import Sequence
from typing import Literal

import pandas as pd

from fedorbit.base.settings import Settings
from fedorbit.report.claims.evidence import SEEDS, Evidence, Value
from fedorbit.report.claims.places import axis_of
from fedorbit.report.claims.reasons import NotTestable
from fedorbit.report.numbers.statistics import paired


class Flip(Settings):
    """The value of a sweep's key at which a strategy falls behind a baseline."""

    name: Literal["flip"]
    """The kind of metric."""
    quantity: Literal["accuracy", "whole"]
    """Accuracy at the end: mean of groups' models, or of that which averages all."""
    sweep: str
    """The sweep over the key."""
    axis: str
    """The dotted key, whose values are numbers."""
    strategy: str
    """What leads at the least value, perhaps."""
    baseline: str
    """What it is compared with, under the same seeds."""


def flip(metric: Flip, evidence: Evidence) -> Value:
    """Return where the mean difference over seeds crosses zero, between swept values.

    The interval is where its own 95 % interval does: the lower end crosses first. What
    is behind at the least value already crosses at minus infinity, and what is never
    behind at infinity.
    """
    sides = []
    for strategy in (metric.strategy, metric.baseline):
        runs = evidence.of(strategy, metric.sweep, evidence.runs)
        axis_of(runs, metric.axis, metric.sweep)
        sides.append(runs.groupby([metric.axis, "seed"])[metric.quantity].mean())
    one, other = (set(side.index.get_level_values(0)) for side in sides)
    if one != other:
        raise NotTestable(
            f"only one of both has runs at {metric.axis} "
            f"{', '.join(f'{value:g}' for value in sorted(one ^ other))}"
        )
    values = sorted(one)
    found = [paired(*(side.loc[value] for side in sides)) for value in values]
    where = Value(
        falls_below_zero(values, [one.mean for one in found]),
        falls_below_zero(values, [one.low for one in found]),
        falls_below_zero(values, [one.high for one in found]),
        covers=SEEDS,
    )
    if math.isinf(where.low) and math.isinf(where.high) and where.low != where.high:
        raise NotTestable(f"who leads is not clear at any {metric.axis}")
    return where


def falls_below_zero(x: Sequence[float], y: Sequence[float]) -> float:
    """Return where the line through some points, by x, is below zero first."""
    if y[0] < 0:
        return -math.inf
    for n in range(1, len(x)):
        if y[n] < 0:
            return x[n - 1] + (x[n] - x[n - 1]) * y[n - 1] / (y[n - 1] - y[n])
    return math.inf


class DeviceRatio(Settings):
    """What a strategy asks of a device, as a multiple of what another asks."""

    name: Literal["device_ratio"]
    """The kind of metric."""
    quantity: Literal["parameters", "flop_per_sample", "upload_bits"]
    """Parameters that train, operations of a step, or bits of an upload."""
    strategy: str
    """What is tested."""
    baseline: str
    """What it is compared with."""


def device_ratio(metric: DeviceRatio, evidence: Evidence) -> Value:
    """Return the ratio at the study's own values, with its ends over all uploads."""
    table = evidence.table("devices")
    own = table[table["setting"] == "default"].set_index("strategy")
    missing = {metric.strategy, metric.baseline} - set(own.index)
    if missing:
        raise NotTestable(f"the study has no run of {', '.join(sorted(missing))}")
    one, other = own.loc[metric.strategy], own.loc[metric.baseline]
    if metric.quantity != "upload_bits":
        found = float(one[metric.quantity] / other[metric.quantity])
        return Value.exact(found)
    return Value(
        float(one["most_bits"] / other["most_bits"]),
        float(one["least_bits"] / other["most_bits"]),
        float(one["most_bits"] / other["least_bits"]),
        covers="uploads",
    )


class ShareOfChecks(Settings):
    """The share of draws in which a check on known teachers holds."""

    name: Literal["share_of_checks"]
    """The kind of metric."""
    check: str
    """The check, as in the table of checks."""
    case: str | None = None
    """One of its cases; all of them together if not given."""


def share_of_checks(metric: ShareOfChecks, evidence: Evidence) -> Value:
    """Return the share, which has no spread."""
    table: pd.DataFrame = evidence.table("checks")
    own = table[table["check"] == metric.check]
    if metric.case is not None:
        own = own[own["case"] == metric.case]
    if own.empty:
        raise NotTestable(f"the study has not made the check {metric.check!r}")
    found = float(own["holds"].mean())
    return Value.exact(found)
