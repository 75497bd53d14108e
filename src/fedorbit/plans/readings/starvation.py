"""Starvation: groups that train no round, or never hear of the others."""

import numpy as np
import pandas as pd

from fedorbit.data.homes import Homes
from fedorbit.plans import names

COLUMNS = [
    "rounds",
    "exchanges",
    "longest_without_round_s",
    "longest_without_exchange_s",
]


def starvation(ops: pd.DataFrame, homes: Homes, horizon_s: float) -> pd.DataFrame:
    """Return what each group gets from a plan, one row each.

    The first column is called by the kind of the groups, ``region`` for regions; then
    come ``COLUMNS``. A round is a training in which clients of the group take part; an
    exchange is a mix that brings something into the group's model but itself and the
    first model. The longest times without either are counted from the start to the
    horizon, so that they are the whole scenario for a group that has none.
    """
    trains = ops[ops["op"] == "train"]
    training = [{homes.group(int(c)) for c in cs} for cs in trains["clients"]]
    mixes = ops[ops["op"] == "mix"]
    rows = []
    for own in homes.groups:
        rounds_s = trains["end_s"][[own in groups for groups in training]]
        into = mixes[mixes["target"] == own]
        before = {own, names.INITIAL}
        foreign = [bool({*sources} - before) for sources in into["sources"]]
        exchanges_s = into["end_s"][foreign]
        rows.append(
            (
                names.name_of(own),
                len(rounds_s),
                len(exchanges_s),
                _longest_gap(rounds_s, horizon_s),
                _longest_gap(exchanges_s, horizon_s),
            )
        )
    return pd.DataFrame(rows, columns=[homes.kind, *COLUMNS])


def starved(table: pd.DataFrame) -> str:
    """Return one sentence on the groups that get no round or no exchange."""
    kind = table.columns[0]
    found = [
        f"no {what} in {', '.join(table[kind][table[column] == 0])}"
        for what, column in (("round", "rounds"), ("exchange", "exchanges"))
        if (table[column] == 0).any()
    ]
    if not found:
        return f"every {kind} has rounds and exchanges."
    return f"starved: {' and '.join(found)}."


def _longest_gap(times_s: pd.Series, horizon_s: float) -> float:
    """Return the longest time between neighbours of sorted times, the ends included."""
    return float(np.diff([0.0, *sorted(times_s), horizon_s]).max())
