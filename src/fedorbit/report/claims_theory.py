"""What claims about the theory measure; see ``claims_metrics`` for all the others."""

from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field
from scipy import stats

from fedorbit.report.evidence import Evidence, NotTested, Value
from fedorbit.report.tables import interval
from fedorbit.report.theory_checks import share
from fedorbit.settings import Settings


class Theory(Settings):
    """The share of random instances of SC-MR on which a check holds."""

    name: Literal["theory"]
    """The kind of metric."""
    check: Literal[
        "f_grows_with_delta",
        "delta_is_the_least_allowed",
        "alpha_is_the_grids",
        "alpha_falls_with_gamma",
        "infeasible_where_flights_exceed_the_limit",
    ]
    """A check of ``fedorbit.report.theory_checks``."""
    instances: int = Field(ge=1000)
    """How many are drawn."""
    seed: int
    """Which are drawn."""


def theory(metric: Theory, evidence: Evidence) -> Value:
    """Return the share, which has no spread."""
    found = share(metric.check, metric.instances, metric.seed)
    return Value(found, found, found)


class BoundRatio(Settings):
    """The largest measured loss of the convex problem over its bound."""

    name: Literal["bound_ratio"]
    """The kind of metric."""


def bound_ratio(metric: BoundRatio, evidence: Evidence) -> Value:
    """Return the mean over seeds of the largest ratio over rounds."""
    table = _convex(evidence)
    ratio = table["measured"] / table["bound"]
    return Value(*interval(ratio.groupby(table["seed"]).max()))


class BoundSlope(Settings):
    """How fast the loss of the convex problem falls: its slope, both axes as logs."""

    name: Literal["bound_slope"]
    """The kind of metric."""
    from_share: float = Field(gt=0, lt=1)
    """The fit begins at this share of the last round."""


def bound_slope(metric: BoundSlope, evidence: Evidence) -> Value:
    """Return the mean over seeds of the slope by least squares."""
    table = _convex(evidence)
    late = table[table["round"] >= metric.from_share * table["round"].max()]
    logs = np.log(late[["round", "measured"]]).assign(seed=late["seed"])
    slopes = {
        seed: stats.linregress(some["round"], some["measured"]).slope
        for seed, some in logs.groupby("seed")
    }
    return Value(*interval(pd.Series(slopes)))


def _convex(evidence: Evidence) -> pd.DataFrame:
    if evidence.convex_bound is None:
        raise NotTested("the study has no table of the convex bound")
    return evidence.convex_bound
