"""Starvation: regions that train no round, or never hear of the others."""

import numpy as np
import pandas as pd

COLUMNS = [
    "region",
    "rounds",
    "exchanges",
    "longest_without_round_s",
    "longest_without_exchange_s",
]


def starvation(
    ops: pd.DataFrame, regions: list[str], clients_per_region: int, horizon_s: float
) -> pd.DataFrame:
    """Return what each region gets from a plan, one row each, with ``COLUMNS``.

    A round is a training in which clients of the region take part; an exchange is a
    mix that brings something into the region's model but itself and the first model.
    The longest times without either are counted from the start to the horizon, so
    that they are the whole scenario for a region that has none.
    """
    trains = ops[ops["op"] == "train"]
    homes = [{int(c) // clients_per_region for c in cs} for cs in trains["clients"]]
    mixes = ops[ops["op"] == "mix"]
    rows = []
    for number, region in enumerate(regions):
        own = f"region/{region}"
        rounds_s = trains["end_s"][[number in places for places in homes]]
        into = mixes[mixes["target"] == own]
        foreign = [bool({*sources} - {own, "initial"}) for sources in into["sources"]]
        exchanges_s = into["end_s"][foreign]
        rows.append(
            (
                region,
                len(rounds_s),
                len(exchanges_s),
                _longest_gap(rounds_s, horizon_s),
                _longest_gap(exchanges_s, horizon_s),
            )
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def starved(table: pd.DataFrame) -> str:
    """Return one sentence on the regions that get no round or no exchange."""
    found = [
        f"no {what} in {', '.join(table['region'][table[column] == 0])}"
        for what, column in (("round", "rounds"), ("exchange", "exchanges"))
        if (table[column] == 0).any()
    ]
    if not found:
        return "every region has rounds and exchanges."
    return f"starved: {' and '.join(found)}."


def _longest_gap(times_s: pd.Series, horizon_s: float) -> float:
    """Return the longest time between neighbours of sorted times, the ends included."""
    return float(np.diff([0.0, *sorted(times_s), horizon_s]).max())
