"""What claims measure: one kind of settings and one function for each.

A function takes the settings of a metric and the evidence, and returns the value with
its interval. It raises ``NotTestable`` with the reason if the study has not what the
metric needs.
"""

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Annotated, Any

from pydantic import Field

from fedorbit.base.settings import Settings
from fedorbit.report.claims.costs import BitsRatio, HoursRatio, bits_ratio, hours_ratio
from fedorbit.report.claims.differences import (
    Difference,
    DifferenceOfCells,
    DifferenceOfLosses,
    difference,
    difference_of_cells,
    difference_of_losses,
)
from fedorbit.report.claims.draws import OverDraws, over_draws
from fedorbit.report.claims.evidence import Evidence, Value
from fedorbit.report.claims.experts import (
    DeviceRatio,
    Flip,
    ShareOfChecks,
    device_ratio,
    flip,
    share_of_checks,
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
from fedorbit.report.claims.theory import (
    BoundRatio,
    BoundSlope,
    Theory,
    bound_ratio,
    bound_slope,
    theory,
)
from fedorbit.report.claims.thresholds import Threshold, threshold
from fedorbit.report.claims.trends import Trend, TrendOfBest, trend, trend_of_best

MEASURES: dict[type[Settings], Callable[[Any, Evidence], Value]] = {
    Difference: difference,
    DifferenceOfCells: difference_of_cells,
    DifferenceOfLosses: difference_of_losses,
    Threshold: threshold,
    BitsRatio: bits_ratio,
    HoursRatio: hours_ratio,
    OverDraws: over_draws,
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
    Flip: flip,
    DeviceRatio: device_ratio,
    ShareOfChecks: share_of_checks,
}
"""The function of each kind of metric."""

Metric = Annotated[reduce(or_, MEASURES), Field(discriminator="name")]
"""What a claim measures, one of these kinds by ``name``."""
