"""Strategies that cannot be planned: which, at which setting, and why."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

RUN = ["strategy", "setting"]
COLUMNS = [*RUN, "reason"]
REASON = "infeasible"
"""The column of other tables that has the reason."""


def list_infeasible(
    runs: Iterable[Mapping[str, Any]], verdicts: Iterable[Mapping[str, Any]]
) -> pd.DataFrame:
    """Return a row with ``COLUMNS`` for each run whose plan's verdict is a no."""
    rows = [
        (run["strategy"], run["setting"], verdict["reason"])
        for run, verdict in zip(runs, verdicts, strict=True)
        if not verdict["feasible"]
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def with_reasons(table: pd.DataFrame, infeasible: pd.DataFrame) -> pd.DataFrame:
    """Return a table of strategies at settings with the infeasible ones, and why.

    Their other columns are empty. Those that had no row get one at the end.
    """
    reasons = infeasible.rename(columns={"reason": REASON})
    there = table.reindex(columns=[*dict.fromkeys([*RUN, *table])])
    added = reasons[[run not in runs_of(there) for run in runs_of(reasons)]]
    whole = {c: "Int64" for c in there if pd.api.types.is_integer_dtype(there[c])}
    joined = there.astype(whole).merge(reasons, on=RUN, how="left")
    numbers = [column for column in there if column not in RUN]
    joined.loc[joined[REASON].notna(), numbers] = pd.NA
    return pd.concat([joined, added], ignore_index=True) if len(added) else joined


def runs_of(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Return strategy and setting of each row of a table."""
    return list(table[RUN].itertuples(index=False, name=None))


def are_infeasible(table: pd.DataFrame, infeasible: pd.DataFrame) -> pd.Series:
    """Return for each row of a table whether its strategy cannot be planned there."""
    listed = set(runs_of(infeasible))
    return pd.Series([run in listed for run in runs_of(table)], table.index, bool)
