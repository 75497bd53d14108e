"""How alike two results are: in every byte, in their numbers, or not at all."""

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fedorbit.base.files import UNREADABLE, check_seal
from fedorbit.report.numbers.rounds import as_texts

BYTES, NUMBERS, DIFFERENT = "the same bytes", "the same numbers", "different"
MISSING = "not here"
UNTOLD = "other bytes, and only checksums of those on record are here"
TOLERANCE = 1e-5
"""How far numbers may be apart, over the larger one; processors differ by 1e-7."""
ROUNDED = -3
"""Columns of so many decimals may be one off in the last: a tie may round both ways."""
TAG = re.compile("<[^>]*>")
PLACE = re.compile(r"(?<![\w#.])-?\d+(?:\.\d+)?(?![\w.])")
"""A number in a tag of an SVG, but for names and colours."""
SHIFT_PT = 0.05
"""How far places in a figure may be apart, in points."""
NAMED = 5
"""So many results are named in a sentence."""


def likeness(name: str, recorded: bytes, present: bytes) -> str:
    """Return how alike the contents of two tables are, by the ending of their name."""
    if recorded == present:
        return BYTES
    read = READERS.get(Path(name).suffix)
    if read is None:
        return DIFFERENT
    try:
        return NUMBERS if _alike(read(recorded), read(present)) else DIFFERENT
    except (*UNREADABLE, OSError):
        return DIFFERENT


def _read_csv(content: bytes) -> dict[str, Any]:
    """Return the columns of a table, as they are written."""
    table = pd.read_csv(BytesIO(content), dtype=str, keep_default_na=False)
    return {"columns": list(table), **dict(table.items())}


def _read_parquet(content: bytes) -> dict[str, Any]:
    """Return the columns of a table."""
    file = BytesIO(content)
    check_seal(file)
    table = as_texts(pd.read_parquet(file))
    return {"columns": list(table), **dict(table.items())}


def _read_svg(content: bytes) -> dict[str, Any]:
    """Return a figure without the numbers in its tags, and these by themselves."""
    places: list[float] = []

    def take(number: re.Match) -> str:
        places.append(float(number[0]))
        return "0"

    text = content.decode("utf-8")
    words = TAG.sub(lambda tag: PLACE.sub(take, tag[0]), text)
    return {"words": words, "places": np.array(places)}


READERS: dict[str, Callable[[bytes], Any]] = {
    ".csv": _read_csv,
    ".parquet": _read_parquet,
    ".json": json.loads,
    ".svg": _read_svg,
}


def _alike(one: Any, other: Any) -> bool:
    """Return whether values, or all that they hold, are the same numbers and texts."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_alike(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, pd.Series):
        return _alike_columns(one, other)
    if isinstance(one, np.ndarray):
        return one.shape == other.shape and bool((abs(one - other) <= SHIFT_PT).all())
    return one == other or (isinstance(one, float) and bool(_close(one, other, 0.0)))


def _alike_columns(one: pd.Series, other: pd.Series) -> bool:
    """Return whether two columns hold the same numbers, or else the same texts."""
    if len(one) != len(other):
        return False
    try:
        numbers = [pd.to_numeric(column).to_numpy(float) for column in (one, other)]
    except (ValueError, TypeError):
        return one.equals(other)
    return bool(_close(*numbers, _last_digit(one)).all())


def _last_digit(column: pd.Series) -> float:
    """Return what one in the last decimal of a rounded column is worth, else 0."""
    if not pd.api.types.is_string_dtype(column):
        return 0.0
    places = [Decimal(text).as_tuple().exponent for text in column if text]
    last = min((place for place in places if isinstance(place, int)), default=0)
    return 1.01 * 10.0**last if last <= ROUNDED else 0.0


def _close(one: Any, other: Any, unit: float) -> Any:
    """Return which numbers are as good as equal; none is equal to none."""
    with np.errstate(invalid="ignore"):
        apart = np.abs(np.subtract(one, other))
        near = apart <= unit + TOLERANCE * np.maximum(np.abs(one), np.abs(other))
    finite = np.isfinite(one) & np.isfinite(other)
    return (finite & near) | np.equal(one, other) | (np.isnan(one) & np.isnan(other))


def verdict(found: Mapping[str, str], others: str) -> str:
    """Return a sentence on results by how alike they are to ``others``."""
    by = {kind: [n for n in found if found[n] == kind] for kind in found.values()}
    same, total = len(by.get(BYTES, [])), len(found)
    if same == total:
        return f"All {total} results have the bytes of {others}."
    begin = f"{same} of {total} results have the bytes of {others}"
    parts = [
        f"{words}: {len(by[kind])} ({_names(by[kind])})"
        for kind, words in (
            (NUMBERS, f"{NUMBERS} to {TOLERANCE:g}"),
            (UNTOLD, UNTOLD),
            (MISSING, MISSING),
            (DIFFERENT, DIFFERENT),
        )
        if kind in by
    ]
    return f"{'; '.join([begin, *parts])}."


def _names(names: list[str]) -> str:
    """Return the first names of a list, and how many more there are."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
