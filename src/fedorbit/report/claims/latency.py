"""What claims about split fine-tuning measure: legs, totals and what crosses links.

Values are over start times, whose intervals are Student's, as those over seeds are.
"""

from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from fedorbit.base.settings import Settings, between
from fedorbit.plans.plan import PAYLOADS
from fedorbit.plans.readings.latency import DOWN
from fedorbit.report.claims.evidence import Evidence, Value
from fedorbit.report.claims.reasons import NotTestable
from fedorbit.report.numbers.estimates import Estimate
from fedorbit.report.numbers.totals import COMPARED, KEY, SPLIT, ratios

DEFAULT = "default"
Tolerance = between(float, 0.0, 1.0)
Against = Literal["onboard head", "onboard full"]


class TotalRatio(Settings):
    """The split's time of all rounds over that of learning on board, at the default."""

    name: Literal["total_ratio"]
    """The kind of metric."""
    against: Against
    """What is trained on board."""
    cached: bool
    """Whether both sides keep what is frozen."""


def total_ratio(metric: TotalRatio, evidence: Evidence) -> Value:
    """Return the mean over starts, at the study's own stations and speed."""
    found = ratios(evidence.table("totals"), metric.against, metric.cached)
    own = found[found["setting"] == DEFAULT]
    own = own[own["speed_flop_s"] == evidence.speed_flop_s]
    return _mean(own["ratio"])


class ShareOfTotals(Settings):
    """The share of stations, starts and speeds at which the split takes a part or less.

    What does not end counts as no.
    """

    name: Literal["share_of_totals"]
    """The kind of metric."""
    against: Against
    """What is trained on board."""
    at_most: between(float, 1e-3, 1e3)
    """The part of the time of learning on board."""


def share_of_totals(metric: ShareOfTotals, evidence: Evidence) -> Value:
    """Return the share, with caches on both sides or on neither; without a spread."""
    table = evidence.table("totals")
    kept = [cached for against, cached in COMPARED if against == metric.against]
    cells = [ratios(table, metric.against, cached) for cached in kept]
    found = float((pd.concat(cells)["ratio"] <= metric.at_most).mean())
    return Value.exact(found)


class VariantRatio(Settings):
    """The time of all rounds of a variant of the split over the split's."""

    name: Literal["variant_ratio"]
    """The kind of metric."""
    variant: str
    """A variant of ``report.numbers.totals``, such as ``one sink a plane``."""
    setting: str = DEFAULT
    """The setting of the study."""


def variant_ratio(metric: VariantRatio, evidence: Evidence) -> Value:
    """Return the mean over starts of the ratio, at the study's own speed."""
    table = evidence.table("totals")
    own = table[(table["speed_flop_s"] == evidence.speed_flop_s) & table["cached"]]
    own = own[own["setting"] == metric.setting]
    by = own.pivot(index=KEY, columns="learner", values="total_s")
    name = f"split, {metric.variant}"
    if name not in by:
        raise NotTestable(f"the study has no variant {metric.variant!r}")
    return _mean(by[name] / by[SPLIT])


class NeverLater(Settings):
    """The share of settings and starts at which a way is no later than others."""

    name: Literal["never_later"]
    """The kind of metric."""
    leg: str
    """The leg."""
    way: str
    """How it is flown."""
    others: list[str] = Field(min_length=1)
    """The ways that it is compared with; one that does not end is later."""
    within: Tolerance
    """By which part it may be later."""


def never_later(metric: NeverLater, evidence: Evidence) -> Value:
    """Return the share, which has no spread."""
    table = evidence.table("latency")
    own = table[table["leg"] == metric.leg]
    by = own.pivot(index=KEY, columns="way", values="seconds").fillna(np.inf)
    missing = {metric.way, *metric.others} - set(by)
    if missing:
        raise NotTestable(
            f"the leg {metric.leg!r} has no way {', '.join(sorted(missing))}"
        )
    least = by[metric.others].min(axis=1) * (1 + metric.within)
    found = float((by[metric.way] <= least).mean())
    return Value.exact(found)


class MoreStations(Settings):
    """The share of starts at which no larger set of stations is later."""

    name: Literal["more_stations"]
    """The kind of metric."""
    settings: list[str] = Field(min_length=2)
    """Settings of the study, each with all stations of the one before and more."""
    within: Tolerance
    """By which part it may be later."""


def more_stations(metric: MoreStations, evidence: Evidence) -> Value:
    """Return the share, of the optimal association, which has no spread."""
    table = evidence.table("latency")
    own = table[(table["leg"] == DOWN) & (table["way"] == "both_ways/optimal")]
    by = own.pivot(index="start_s", columns="setting", values="seconds").fillna(np.inf)
    missing = set(metric.settings) - set(by)
    if missing:
        raise NotTestable(f"the study has no setting {', '.join(sorted(missing))}")
    falls = [
        by[more] <= by[fewer] * (1 + metric.within)
        for fewer, more in pairwise(metric.settings)
    ]
    found = float(np.mean(falls))
    return Value.exact(found)


class Crossover(Settings):
    """The speed of satellites at which the split takes as long as learning on board."""

    name: Literal["crossover"]
    """The kind of metric."""
    against: Against
    """What is trained on board."""
    cached: bool
    """Whether both sides keep what is frozen."""


def crossover(metric: Crossover, evidence: Evidence) -> Value:
    """Return the median over starts at the study's own stations, without a spread."""
    table = evidence.table("crossovers")
    own = table[(table["setting"] == DEFAULT) & (table["against"] == metric.against)]
    found = float(own.loc[own["cached"] == metric.cached, "flop_s"].iloc[0])
    if np.isnan(found):
        raise NotTestable("the split does not end from every start")
    return Value.exact(found)


class PayloadBits(Settings):
    """Bits of a payload that a strategy sends, over all links."""

    name: Literal["payload_bits"]
    """The kind of metric."""
    strategy: str
    """What is tested."""
    payload: Literal[*PAYLOADS]
    """What is sent, such as ``raw``."""


def payload_bits(metric: PayloadBits, evidence: Evidence) -> Value:
    """Return the bits at all settings together, which have no spread."""
    table = evidence.table("payloads")
    own = table[table["strategy"] == metric.strategy]
    if own.empty:
        raise NotTestable(f"the study has no run of {metric.strategy}")
    found = float(own.loc[own["payload"] == metric.payload, "bits"].sum())
    return Value.exact(found)


def _mean(values: pd.Series) -> Value:
    if values.isna().any():
        raise NotTestable("from some starts it does not end within the scenario")
    if len(values) < 2:
        raise NotTestable("a single start has no interval")
    estimate = Estimate.over_seeds(values, limits=(0.0, np.inf))
    return Value.of(estimate, covers="starts")
