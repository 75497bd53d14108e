"""The claims of a paper, judged by the results of a study."""

import math
from pathlib import Path
from typing import Annotated, Self

import pandas as pd
from pydantic import Field, model_validator

from fedorbit.base.errors import RunError
from fedorbit.base.settings import Settings, between, parse
from fedorbit.base.yaml_files import read_yaml
from fedorbit.report.claims.evidence import Evidence, Value
from fedorbit.report.claims.measures import MEASURES, Metric
from fedorbit.report.claims.reasons import NotTestable
from fedorbit.report.claims.units import unit_of
from fedorbit.report.claims.verdicts import (
    DERIVED,
    NOT_TESTABLE,
    REPRODUCED,
    Question,
    Verdict,
    verdicts,
)

COLUMNS = [
    "claim",
    "statement",
    "source",
    "metric",
    "low",
    "high",
    "margin",
    "value",
    "value_low",
    "value_high",
    "unit",
    "covers",
    "p_value",
    "p_adjusted",
    "verdict",
]
BOUNDS = ("bits_ratio", "hours_ratio")
"""Metrics whose value may be an upper bound."""
DIFFERENCES = ("difference", "difference_of_cells", "difference_of_losses")
"""Metrics that may have a margin."""
Sentence = Annotated[str, Field(min_length=1, max_length=1000)]
SOURCE = "^(seen|second-hand|derived|assumed): .+"


class Margin(Settings):
    """How large a difference has to be to be worth having, set before the runs."""

    size: between(float, 1e-9, 1e9)
    """Differences between minus this and this are of no use."""
    source: str = Field(pattern=SOURCE)
    """Why it is this large."""


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
    margin: Margin | None = None
    """Of a claim that a difference is not below, or not above, zero."""
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

    @model_validator(mode="after")
    def _has_a_margin_around_zero(self) -> Self:
        if self.margin is None:
            return self
        if self.metric.name not in DIFFERENCES or (self.low, self.high) not in (
            (0, None),
            (None, 0),
        ):
            raise ValueError(
                "margin is given, but it is for a difference whose one edge is 0 and "
                "whose other edge is null; leave it out"
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

    A claim that fails has a verdict like any other. All claims are judged together, as
    ``verdicts`` says. Raises ``RunError`` if the value of a claim is not a number,
    which leaves it without a verdict.
    """
    values, reasons = {}, {}
    for name, claim in claims.claims.items():
        try:
            values[name] = _measured(name, claim, evidence)
        except NotTestable as reason:
            reasons[name] = f"{NOT_TESTABLE}: {reason}"
    judged = verdicts(
        {name: _question(claims.claims[name], value) for name, value in values.items()}
    )
    judged |= {name: Verdict(reason) for name, reason in reasons.items()}
    rows = [
        _row(name, claim, values.get(name, Value.exact(math.nan)), judged[name])
        for name, claim in claims.claims.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _measured(name: str, claim: Claim, evidence: Evidence) -> Value:
    found = MEASURES[type(claim.metric)](claim.metric, evidence)
    if any(map(math.isnan, (found.value, found.low, found.high))):
        raise RunError(f"claim {name} has no verdict, its value is {found}.")
    return found


def _question(claim: Claim, value: Value) -> Question:
    # What must hold only checks the code: there is nothing to infer.
    return Question(
        value if claim.derivation is None else Value.exact(value.value),
        -math.inf if claim.low is None else claim.low,
        math.inf if claim.high is None else claim.high,
        claim.margin and claim.margin.size,
    )


def _row(name: str, claim: Claim, value: Value, judged: Verdict) -> tuple:
    """Return a row of the table; what holds by derivation is called so."""
    is_derived = claim.derivation is not None and judged.words == REPRODUCED
    return (
        *(name, claim.statement, claim.source, describe(claim.metric)),
        *(claim.low, claim.high, claim.margin and claim.margin.size),
        *(value.value, value.low, value.high, unit_of(claim.metric), value.covers),
        *(judged.p_value, judged.p_adjusted),
        DERIVED if is_derived else judged.words,
    )


def describe(metric: Settings) -> str:
    """Return a metric with its arguments in one line, without those left out."""
    values = metric.model_dump(exclude_none=True)
    given = ", ".join(f"{key}={value}" for key, value in values.items())
    return given.removeprefix("name=")
