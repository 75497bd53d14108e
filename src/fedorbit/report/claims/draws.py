"""Claims on what plans tell on drawn skies, with drawn ground stations."""

import math
from typing import Literal

import pandas as pd

from fedorbit.base.settings import Settings, between
from fedorbit.report.claims.evidence import Evidence, Value
from fedorbit.report.claims.reasons import NotTestable
from fedorbit.report.numbers.estimates import Estimate

OF_DRAWS = "skies and stations"
"""What the interval of such a claim covers."""


class OverDraws(Settings):
    """What a strategy's plan tells, or how many times what a baseline's tells."""

    name: Literal["over_draws"]
    """The kind of metric."""
    quantity: Literal[
        *("rounds", "exchanges", "bits_sent", "bits_per_round"),
        *("exchange_s", "flight_s", "round_s"),
    ]
    """Which column of the table of draws."""
    strategy: str
    """What is tested."""
    baseline: str | None = None
    """What it is compared with, on the same sky; the quantity itself if not given."""
    stations: between(int, 1, 10_000)
    """How many ground stations those have that need any."""


def over_draws(metric: OverDraws, evidence: Evidence) -> Value:
    """Return the geometric mean over skies, with its interval over them.

    Raises ``NotTestable`` if the draws have not both strategies with so many stations,
    or if a plan on some sky does not tell the quantity, or tells 0.
    """
    found = _told(metric, metric.strategy, evidence)
    if metric.baseline is not None:
        found = found / _told(metric, metric.baseline, evidence)
    # The functions of math round alike on all processors.
    logarithms = pd.Series([math.log(value) for value in found])
    estimate = Estimate.over_seeds(logarithms, of_logarithms=True)
    return Value.of(estimate, covers=OF_DRAWS)


def _told(metric: OverDraws, strategy: str, evidence: Evidence) -> pd.Series:
    """Return the quantity by the number of the draw."""
    table = evidence.table("draws")
    own = table[table["strategy"] == strategy]
    own = own[own["stations"].isin([0, metric.stations])].set_index("draw")
    if own.empty:
        raise NotTestable(
            f"the study has no draws of {strategy} with {metric.stations} stations"
        )
    values = own[metric.quantity]
    if not (values > 0).all():
        raise NotTestable(f"on some drawn sky {strategy} has no {metric.quantity}")
    return values
