"""A claim and its verdict in words, for figures and pages."""

import math
from collections.abc import Mapping
from typing import Any

SHOWN = {
    "accuracy": (100, "points"),
    "share": (100, "%"),
    "FLOP/s": (1e-9, "GFLOP/s"),
}
"""Factor and name of the unit in which people read that of the table."""
MINUTES_FROM_S, HOURS_FROM_S = 120, 7200


def unit(claim: Mapping[str, Any]) -> str:
    """Return the unit of ``agreement`` and ``finding``."""
    return _shown(claim)[1]


def agreement(claim: Mapping[str, Any]) -> str:
    """Return where a value agrees with a claim, and the margin if there is one."""
    factor, _ = _shown(claim)
    edges = _edges(factor * claim["low"], factor * claim["high"])
    margin = factor * claim["margin"]
    return edges if math.isnan(margin) else f"{edges}, margin {margin:g}"


def finding(claim: Mapping[str, Any]) -> str:
    """Return what was found, with its interval; a reason where nothing was tested."""
    _, _, reason = claim["verdict"].partition(": ")
    if reason:
        return reason
    factor, _ = _shown(claim)
    value, low, high = (
        _number(factor * claim[key]) for key in ("value", "value_low", "value_high")
    )
    return value if low == high else f"{value} ({low} to {high})"


def chance(claim: Mapping[str, Any]) -> str:
    """Return the p value that a verdict rests on; nothing if it rests on none."""
    p_value = claim["p_adjusted"]
    if math.isnan(p_value):
        return ""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.2g}"


def kind_of_verdict(claim: Mapping[str, Any]) -> str:
    """Return a verdict without its reason."""
    return claim["verdict"].partition(": ")[0]


def _shown(claim: Mapping[str, Any]) -> tuple[float, str]:
    """Return by what to multiply numbers of a claim, and their unit then.

    Long times are in minutes or hours: those of the value, or of an edge without one.
    """
    if claim["unit"] != "s":
        return SHOWN.get(claim["unit"], (1, claim["unit"]))
    given = [claim[key] for key in ("value", "low", "high")]
    size_s = next(abs(number) for number in given if not math.isnan(number))
    if size_s >= HOURS_FROM_S:
        return 1 / 3600, "h"
    return (1 / 60, "min") if size_s >= MINUTES_FROM_S else (1, "s")


def _edges(low: float, high: float) -> str:
    """Return the interval that agrees with a claim in words; an open end is NaN."""
    if math.isnan(low):
        return f"at most {high:g}"
    if math.isnan(high):
        return f"at least {low:g}"
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _number(value: float) -> str:
    if math.isinf(value):
        return "infinite"
    return f"{value:,.0f}" if 99.5 <= abs(value) < 1e6 else f"{value:.2g}"
