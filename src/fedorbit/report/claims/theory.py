"""What claims about the theory measure; see ``measures`` for all the others."""

from typing import Literal

import pandas as pd

from fedorbit.base.settings import Seed, Settings, between
from fedorbit.report.claims.checks import share
from fedorbit.report.claims.evidence import Evidence, Value
from fedorbit.report.claims.reasons import NotTestable
from fedorbit.theory.fedmeld.convex_check import tail_slopes


class Theory(Settings):
    """The share of random instances on which a check holds."""

    name: Literal["theory"]
    """The kind of metric."""
    check: Literal[
        "f_grows_with_delta",
        "delta_is_the_least_allowed",
        "alpha_is_the_grids",
        "alpha_falls_with_gamma",
        "infeasible_where_flights_exceed_the_limit",
        "assignment_is_the_best_of_all",
        "no_expert_is_in_two_clusters",
    ]
    """A check of ``fedorbit.report.claims.checks``."""
    instances: between(int, 1000, 1_000_000)
    """How many are drawn."""
    seed: Seed
    """Which are drawn."""


def theory(metric: Theory, evidence: Evidence) -> Value:
    """Return the share, which has no spread."""
    found = share(metric.check, metric.instances, metric.seed)
    return Value.exact(found)


class BoundRatio(Settings):
    """The largest measured loss of the convex problems over its bound."""

    name: Literal["bound_ratio"]
    """The kind of metric."""


def bound_ratio(metric: BoundRatio, evidence: Evidence) -> Value:
    """Return the largest ratio of all cases, seeds and rounds, which has no spread."""
    found = float(_convex(evidence)["largest_ratio"].max())
    return Value.exact(found)


class BoundSlope(Settings):
    """How fast losses of convex problems fall: the slope, both axes as logarithms."""

    name: Literal["bound_slope"]
    """The kind of metric."""
    losses: Literal["noise", "drift"]
    """Of the problems, those of whose loss this is most in the end."""


def bound_slope(metric: BoundSlope, evidence: Evidence) -> Value:
    """Return the mean over cases, with the least and the greatest of them."""
    table = _convex(evidence)
    slopes = tail_slopes(table[table["losses"] == metric.losses])["slope"]
    return Value(slopes.mean(), slopes.min(), slopes.max(), covers="problems")


def _convex(evidence: Evidence) -> pd.DataFrame:
    if evidence.convex_bound is None:
        raise NotTestable("the study has no table of the convex bound")
    return evidence.convex_bound
