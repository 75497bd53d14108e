"""The table of designs: what the cells of a grid take, and which are worth their price.

Where the plan of a cell makes fewer exchanges than the target takes, hours are those of
the scenario times as many as would be needed.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

DRAWN = ["cell", "strategy"]


def with_forecast(
    cells: pd.DataFrame, forecasts: Mapping[str, Mapping[str, Any]], hours: float
) -> pd.DataFrame:
    """Return the cells in order, with ``hours_to_target`` and how it was found.

    ``forecasts`` has ``exchanges`` for each strategy. Times are those of the plan's own
    exchanges where there are enough, ``is_within``, and otherwise by their number in
    the scenario's ``hours``. Cells without a global average have neither.
    """
    table = cells.sort_values(DRAWN, kind="stable", ignore_index=True)
    needed = table["strategy"].map(lambda name: forecasts[name]["exchanges"])
    table["exchanges_to_target"] = needed.astype("Int64")
    has_both = table["reason"].eq("") & needed.notna()
    table["hours_to_target"] = [
        _hours_to(row.exchange_end_s, int(row.exchanges_to_target), hours)
        if is_known
        else np.nan
        for row, is_known in zip(table.itertuples(), has_both, strict=True)
    ]
    is_enough = table["exchanges"] >= table["exchanges_to_target"].fillna(0)
    table["is_within"] = has_both & is_enough
    reason = table.pop("reason")
    return table.drop(columns="exchange_end_s").assign(reason=reason)


def _hours_to(ends_s: list[float], exchanges: int, hours: float) -> float:
    """Return when an exchange ends, in hours."""
    if exchanges <= len(ends_s):
        return [0.0, *ends_s][exchanges] / 3600
    return exchanges * hours / len(ends_s)


def drawn_cells(table: pd.DataFrame, cells: int, seed: int) -> list[int]:
    """Return cells in which all strategies have plans, drawn without replacement.

    All such cells if they are no more than asked for.
    """
    planned = table["reason"].fillna("").eq("").groupby(table["cell"]).all()
    there = planned[planned].index.to_numpy()
    if len(there) <= cells:
        return there.tolist()
    drawn = np.random.Generator(np.random.Philox(seed)).choice(there, cells, False)
    return sorted(drawn.tolist())


def front(table: pd.DataFrame, x: str, y: str) -> pd.DataFrame:
    """Return the rows that no other row beats, by ``x`` and ``y``, of both the less.

    A row is beaten by one that has no more of either and less of one. They come in the
    order of x, and equal ones once.
    """
    ordered = table.dropna(subset=[x, y]).sort_values([x, y], kind="stable")
    least = ordered[y].cummin().shift(fill_value=np.inf)
    return ordered[ordered[y] < least]
