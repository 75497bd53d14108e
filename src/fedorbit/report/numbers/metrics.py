"""How runs end, and when and for how many bits they reach a target accuracy.

A *run* is one strategy under one setting with one seed. Accuracies are means over the
models of all groups, such as regions. A *cell* is one combination of values of a sweep;
the table of cells says which run stands in which cell.
"""

import numpy as np
import pandas as pd

from fedorbit.base.errors import InputError
from fedorbit.report.numbers.phase import MEANS
from fedorbit.report.numbers.rounds import (
    BITS,
    SERVER,
    group_means,
    interval,
    last_of_all,
    limits_of,
    over_time,
)

RUN = ["strategy", "setting", "seed"]
SENT = ["bits_access", "bits_feeder", "bits_isl"]
"""Bits on links; what a satellite carries on board is not sent."""
AT_TARGET = {column: f"{column}_to_target" for column in BITS.values()}


def planned_bits(ledger: pd.DataFrame) -> dict[str, int]:
    """Return the bits of all transfers of a plan, by the column of their link."""
    sums = ledger.groupby("link")["bits"].sum()
    return {column: int(sums.get(link, 0)) for link, column in BITS.items()}


def per_run(rounds: pd.DataFrame, target_accuracy: float) -> pd.DataFrame:
    """Return one row per run: its end, and where it reaches the target.

    Columns ``RUN``, ``rounds``, ``hours``, ``accuracy``, ``worst``, ``loss`` and bits
    at the end; those of ``over_time``; ``reached``, ``hours_to_target`` and bits
    until the target. They are those of the first round in which the mean over groups is
    at the target or above (0 to 1), and missing if there is none. ``whole`` is that
    of the last model that averages all, which may be of a round that no group gets.
    """
    levels = group_means(rounds).sort_values([*RUN, "time_s"], kind="stable")
    levels["hours"] = levels["time_s"] / 3600
    ends = levels.groupby(RUN, sort=False).last().rename(columns={"round": "rounds"})
    above = levels[levels["accuracy"] >= target_accuracy]
    first = above.groupby(RUN, sort=False).first()
    first = first.rename(columns=AT_TARGET | {"hours": "hours_to_target"})
    reached = pd.Series(ends.index.isin(first.index), ends.index, name="reached")
    there = first[["hours_to_target", *AT_TARGET.values()]]
    joined = ends.drop(columns="time_s").join(over_time(rounds)).join(reached)
    joined = joined.join(there)
    whole = last_of_all(rounds)
    joined[whole.columns] = whole.reindex(joined.index)
    return joined.reset_index()


def metrics(runs: pd.DataFrame | None, plans: pd.DataFrame) -> pd.DataFrame:
    """Return one row per strategy and setting, with intervals over the seeds.

    ``runs`` is that of ``per_run``, ``plans`` has ``strategy, setting`` and what
    ``plan_metrics`` tells of their plans. Values that only runs at the target have
    are empty unless all seeds reached it; ``reached`` says how many did. A study that
    trains nothing has no runs, so that its plans are all there is.
    """
    if runs is None:
        return plans
    by = ["strategy", "setting"]
    over = ["accuracy", *MEANS, SERVER, "worst", "loss"]
    over += ["hours_to_target", *AT_TARGET.values()]
    rows = []
    for key, some in runs.groupby(by, sort=False):
        row = dict(zip(by, key, strict=True)) | {"seeds": len(some)}
        row |= {"rounds": some["rounds"].iloc[0], "hours": some["hours"].iloc[0]}
        row |= {"reached": int(some["reached"].sum())}
        for column in over:
            mean, low, high = _interval_of_all(some[column])
            row |= {column: mean, f"{column}_low": low, f"{column}_high": high}
        row |= {column: some[column].iloc[0] for column in BITS.values()}
        rows.append(row)
    return pd.DataFrame(rows).merge(plans, on=by, how="left", validate="1:1")


def _interval_of_all(values: pd.Series) -> tuple[float, float, float]:
    if values.isna().any():
        return np.nan, np.nan, np.nan
    return interval(values, limits_of(str(values.name)))


def at_end(levels: pd.DataFrame) -> pd.DataFrame:
    """Return the last level of each run, of the rows of ``group_means``.

    All functions of this kind keep a run once for each cell that it stands in.
    """
    by = [*RUN, "cell"] if "cell" in levels else RUN
    ordered = levels.sort_values([*RUN, "time_s"], kind="stable")
    return ordered.groupby(by, sort=False).tail(1).reset_index(drop=True)


def at_bits(levels: pd.DataFrame, bits: float) -> pd.DataFrame:
    """Return the last level of each run for which it had sent no more than ``bits``."""
    return at_end(levels[levels[SENT].sum(axis=1) <= bits])


def at_equal_rounds(levels: pd.DataFrame) -> pd.DataFrame:
    """Return the level of each run in the last round in which all were evaluated."""
    runs = levels.groupby(RUN).ngroups
    had = levels.groupby("round").apply(lambda t: t.groupby(RUN).ngroups == runs)
    return at_end(levels[levels["round"] == had[had].index.max()])


def with_common_seeds(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the seeds that all runs of a table have.

    A sweep may have fewer seeds than its cell at the study's own values: means over
    unlike seeds would not be comparable.
    """
    runs = table[RUN].drop_duplicates()
    counts = runs["seed"].value_counts()
    has_all = counts == len(runs[RUN[:2]].drop_duplicates())
    return table[table["seed"].isin(has_all[has_all].index)]


def join_cells(table: pd.DataFrame, cells: pd.DataFrame, sweep: str) -> pd.DataFrame:
    """Return the rows of a table that belong to a sweep, with the values of its cells.

    ``table`` has ``strategy`` and ``setting``, as rounds and metrics do. A run in
    several cells has a row in each; without cells there are none. Raises ``InputError``
    if they have no such sweep, or if a run of a cell is missing.
    """
    own = cells[cells["sweep"] == sweep]
    if own.empty and len(cells):
        known = ", ".join(map(repr, cells["sweep"].unique())) or "none"
        raise InputError(
            f"the study has no sweep {sweep!r}, only {known}; add it to its sweeps."
        )
    by = ["strategy", "setting"]
    there = set(table[by].itertuples(index=False, name=None))
    for run in own[by].itertuples(index=False, name=None):
        if run not in there:
            raise InputError(
                f"sweep {sweep!r}: strategy {run[0]!r} has no run with the setting "
                f"{run[1]!r}; run the study again."
            )
    return own.merge(table, on=by)
