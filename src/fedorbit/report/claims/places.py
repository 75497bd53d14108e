"""The cells of a sweep that claims name by values of its keys."""

import pandas as pd
from pydantic import StrictBool

from fedorbit.report.claims.reasons import NotTestable

Place = dict[str, StrictBool | float | str]
"""Dotted keys of a sweep to a value, or to `least` or `greatest` of those it has."""


def at_place(runs: pd.DataFrame, place: Place, sweep: str) -> pd.DataFrame:
    """Return the runs of the one cell with the values of a place."""
    for key, value in place.items():
        column = axis_of(runs, key, sweep)
        ends = {"least": column.min, "greatest": column.max}
        wanted = ends[value]() if value in ends else value
        runs = runs[column == wanted]
        if runs.empty:
            raise NotTestable(f"the sweep {sweep!r} has no cell with {key} {wanted}")
    return runs


def axis_of(runs: pd.DataFrame, key: str, sweep: str) -> pd.Series:
    """Return the values of a key of a sweep, one for each run."""
    if key not in runs:
        raise NotTestable(f"the sweep {sweep!r} is not over {key}")
    if runs[key].isna().any():
        raise NotTestable(f"the sweep {sweep!r} leaves {key} empty in some cells")
    return runs[key]
