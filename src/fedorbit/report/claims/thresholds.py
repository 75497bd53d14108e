"""Claims on the ground delay at which the sign of a difference changes."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import pandas as pd

from fedorbit.base.settings import Settings
from fedorbit.report.claims.evidence import Evidence, Value
from fedorbit.report.claims.places import Place, at_place
from fedorbit.report.claims.quantities import Quantity
from fedorbit.report.claims.reasons import NotTestable
from fedorbit.report.numbers.estimates import Estimate
from fedorbit.report.numbers.metrics import RUN


class Threshold(Settings):
    """The ground delay in hours from which on a strategy is ahead of a baseline."""

    name: Literal["threshold"]
    """The kind of metric."""
    quantity: Quantity
    """What is compared."""
    sweep: str
    """The sweep over ground networks that both are in."""
    strategy: str
    """What is tested."""
    baseline: str
    """What it is compared with, under the same seeds; the delay is that of its
    exchanges, ``exchange_s`` of the metrics."""
    where: Place
    """The cells with these values: one for each ground network."""


def threshold(metric: Threshold, evidence: Evidence) -> Value:
    """Return the geometric mean over seeds of the delay at which the sign changes.

    Where the strategy of a seed is ahead at all delays, its least delay stands for what
    may be any shorter one, and the value is an upper bound; where it is behind at the
    longest, that stands for what may be any longer one. Raises ``NotTestable`` if in
    no cell both could be planned, or a delay is not above 0.
    """
    one, other = (
        at_place(
            evidence.of(strategy, metric.sweep, evidence.runs),
            metric.where,
            metric.sweep,
        )
        for strategy in (metric.strategy, metric.baseline)
    )
    delays = evidence.table("metrics")[[*RUN[:2], "exchange_s"]]
    other = other.merge(delays, on=RUN[:2], validate="m:1")
    cell = ["seed", "cell"]
    both = one[[*cell, metric.quantity]].merge(
        other[[*cell, metric.quantity, "exchange_s"]], on=cell, suffixes=("", "_other")
    )
    if both.empty:
        raise NotTestable(
            f"{metric.strategy} and {metric.baseline} have no cell in common"
        )
    both["lead"] = both[metric.quantity] - both[f"{metric.quantity}_other"]
    both["hours"] = both["exchange_s"] / 3600
    if not (both["hours"] > 0).all():
        raise NotTestable(f"exchanges of {metric.baseline} have no delay")
    found = {
        seed: crossing(own["hours"].tolist(), own["lead"].tolist())
        for seed, own in both.sort_values("hours").groupby("seed")
    }
    hours, shorter, longer = zip(*found.values(), strict=True)
    logarithms = pd.Series([math.log(each) for each in hours])
    estimate = Estimate.over_seeds(logarithms, of_logarithms=True)
    return Value.of(estimate, is_at_most=any(shorter), is_at_least=any(longer))


def crossing(
    hours: Sequence[float], leads: Sequence[float]
) -> tuple[float, bool, bool]:
    """Return from which delay on there is a lead, and if it may be shorter or longer.

    Delays rise. Between two of them the lead is on a line over their logarithms. Of
    several changes of sign the one at the longest delay counts, as beyond it there is a
    lead throughout.
    """
    if leads[-1] < 0:
        return hours[-1], False, True
    points = list(zip(hours, leads, strict=True))
    for (before, behind), (after, ahead) in reversed(list(pairwise(points))):
        if behind < 0:
            part = behind / (behind - ahead)
            return before * (after / before) ** part, False, False
    return hours[0], True, False
