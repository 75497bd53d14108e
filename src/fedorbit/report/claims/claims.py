"""The claims of a paper, judged by the results of a study."""

import math
from pathlib import Path
from typing import Annotated, Self

import pandas as pd
from pydantic import Field, model_validator

from fedorbit.base.errors import RunError
from fedorbit.base.settings import Settings, parse
from fedorbit.base.yaml_files import read_yaml
from fedorbit.report.claims.evidence import Evidence, NotTested, Value
from fedorbit.report.claims.measures import MEASURES, Metric

COLUMNS = [
    "claim",
    "statement",
    "source",
    "metric",
    "low",
    "high",
    "value",
    "value_low",
    "value_high",
    "verdict",
]
REPRODUCED = "reproduced"
NOT_REPRODUCED = "not reproduced"
DERIVED = "holds by derivation"
INCONCLUSIVE = "inconclusive"
NOT_TESTED = "not tested"
"""Followed by a colon and the reason."""


BOUNDS = ("bits_ratio", "hours_ratio")
"""Metrics whose value may be an upper bound."""
Sentence = Annotated[str, Field(min_length=1, max_length=1000)]


class Claim(Settings):
    """One statement that a number can contradict."""

    statement: str
    """What is claimed."""
    source: str = Field(pattern="^(seen|second-hand|derived): .+")
    """Whether the claim was seen in the paper, is second-hand or derived, and where."""
    metric: Metric
    """What is measured."""
    low: float | None
    """The least value that agrees with the claim; open if null."""
    high: float | None
    """The greatest value that agrees with the claim; open if null."""
    derivation: Sentence | None = None
    """Why it must hold, if it does by derivation: it is then no reproduction."""

    @model_validator(mode="after")
    def _can_fail(self) -> Self:
        if self.low is None and self.high is None:
            raise ValueError("low and high are both null; give one of them")
        if None not in (self.low, self.high) and self.low > self.high:
            raise ValueError(f"low is {self.low:g}, above high; swap them")
        if self.metric.name in BOUNDS and self.low is not None:
            raise ValueError(
                f"low is given, but {self.metric.name} may be an upper bound; "
                "make low null"
            )
        return self


class Claims(Settings):
    """The claims of a paper: a file in ``config/claims``."""

    claims: dict[str, Claim] = Field(min_length=1)
    """Each claim by its name."""


def load_claims(path: str | Path) -> Claims:
    """Return the claims in a file; raises ``InputError`` if one is wrong."""
    values = read_yaml(path, "restore it from the repository")
    return parse(Claims, values, path)


def judge_claims(claims: Claims, evidence: Evidence) -> pd.DataFrame:
    """Return the table of verdicts, one row per claim, with ``COLUMNS``.

    A claim that fails has a verdict like any other. Raises ``RunError`` if the value
    of a claim is not a number, which leaves it without a verdict.
    """
    rows = [_judge(name, claim, evidence) for name, claim in claims.claims.items()]
    return pd.DataFrame(rows, columns=COLUMNS)


def _judge(name: str, claim: Claim, evidence: Evidence) -> tuple:
    try:
        found = MEASURES[type(claim.metric)](claim.metric, evidence)
    except NotTested as reason:
        found, judged = Value(*[math.nan] * 3), f"{NOT_TESTED}: {reason}"
    else:
        if math.isnan(found.value + found.low + found.high):
            raise RunError(f"claim {name} has no verdict, its value is {found}.")
        judged = verdict(found, claim.low, claim.high)
        if claim.derivation is not None and judged == REPRODUCED:
            judged = DERIVED
    statement = (name, claim.statement, claim.source, describe(claim.metric))
    edges = (claim.low, claim.high)
    return (*statement, *edges, found.value, found.low, found.high, judged)


def verdict(found: Value, low: float | None, high: float | None) -> str:
    """Return whether the interval of a value lies in that of the claim.

    All of it makes the claim reproduced, none of it not reproduced, and a part of it
    leaves it inconclusive.
    """
    low = -math.inf if low is None else low
    high = math.inf if high is None else high
    if low <= found.low and found.high <= high:
        return REPRODUCED
    if found.high < low or high < found.low:
        return NOT_REPRODUCED
    return INCONCLUSIVE


def describe(metric: Settings) -> str:
    """Return a metric with its arguments in one line, without those left out."""
    values = metric.model_dump(exclude_none=True)
    given = ", ".join(f"{key}={value}" for key, value in values.items())
    return given.removeprefix("name=")
