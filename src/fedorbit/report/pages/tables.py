"""Tables as people read them: few digits in a page, LaTeX for a paper."""

from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path

import pandas as pd
from markupsafe import Markup

MOST_ROWS = 5000
"""A page shows no longer table, and LaTeX ends there."""
LONG_ROWS = 30
"""A longer table is folded, and not printed."""
DIGITS = 4
"""Digits of a number that is no whole one."""
WITHOUT_DIGITS = 1e6
"""Below it, numbers of more digits before the point than that lose those behind it."""
MOST_EXACT = 1e15
"""Below it, a float that is a whole number is written as one."""


@dataclass(frozen=True)
class ShownTable:
    """A table of a study's page."""

    path: str
    """Of its file, from the page on."""
    title: str
    caption: Markup
    columns: list[str]
    are_numbers: list[bool]
    """Of each column."""
    rows: list[list[str]]
    """None if there are more than a page shows."""
    length: int
    """How many rows the file has."""

    @property
    def name(self) -> str:
        """Return its name, such as ``metrics``."""
        return Path(self.path).stem

    @property
    def is_long(self) -> bool:
        """Return whether it is folded."""
        return len(self.rows) > LONG_ROWS


def shown(table: pd.DataFrame, path: str, title: str, caption: Markup) -> ShownTable:
    """Return a table with its cells as words."""
    return ShownTable(
        path=path,
        title=title,
        caption=caption,
        columns=[str(column) for column in table.columns],
        are_numbers=[_is_number(table[column]) for column in table],
        rows=_rows(table) if len(table) <= MOST_ROWS else [],
        length=len(table),
    )


def latex(table: pd.DataFrame) -> str:
    """Return a ``longtable`` with the rules of booktabs, as pandas writes it.

    It has at most ``MOST_ROWS`` rows; a comment above it says how many there are.
    """
    few = table.head(MOST_ROWS)
    cells = pd.DataFrame(_rows(few), columns=few.columns)
    aligned = "".join("r" if _is_number(table[column]) else "l" for column in table)
    text = cells.to_latex(
        index=False, escape=True, longtable=True, column_format=aligned
    )
    return f"% {len(few)} of {len(table)} rows; needs booktabs and longtable\n{text}"


def _rows(table: pd.DataFrame) -> list[list[str]]:
    columns = [[_cell(value) for value in table[column]] for column in table]
    return [list(row) for row in zip(*columns, strict=True)]


def _is_number(column: pd.Series) -> bool:
    is_truth = pd.api.types.is_bool_dtype(column)
    return pd.api.types.is_numeric_dtype(column) and not is_truth


def _cell(value: object) -> str:
    """Return a value with few digits, a whole number with all; nothing for none."""
    if pd.isna(value):
        return ""
    if isinstance(value, bool) or not isinstance(value, Real):
        return str(value)
    if isinstance(value, Integral):
        return f"{value:,}"
    value = float(value)
    is_whole = abs(value) < MOST_EXACT and value.is_integer()
    if is_whole or 10**DIGITS <= abs(value) < WITHOUT_DIGITS:
        return f"{value:,.0f}"
    return f"{value:.{DIGITS}g}"
