"""Windows between satellites of different planes, and their ranges over time."""

from collections.abc import Sequence
from datetime import datetime
from itertools import combinations, product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedorbit.base.errors import InputError
from fedorbit.orbits.elements import ElementSet
from fedorbit.orbits.isl import find_isl_windows
from fedorbit.orbits.planes import plane_members
from fedorbit.orbits.propagate import positions

STEP_S = 30.0  # lines between samples are within 11 km of ranges
TRACK_SAMPLES = 2_000_000  # satellites by times, held at a time: some 100 MB
PAIR = ["satellite_a", "satellite_b"]
COLUMNS = ["window", "time_s", "range_km"]


def crossing_pairs(planes: pd.DataFrame, apart: int | None = None) -> pd.DataFrame:
    """Return all pairs of satellites in different planes of a shell.

    With ``apart``, planes are at most that many apart, counted around the shell, as
    also across the seam of a Walker star. The columns are ``satellite_a`` and
    ``satellite_b``, and the names of their planes, ``plane_a`` and ``plane_b``, as
    ``plane_members`` gives them. ``planes`` is what ``find_planes`` returns; a day
    earlier or later the same planes have other numbers. Raises ``InputError`` if no
    shell has two planes.
    """
    if apart is not None and apart < 1:
        raise InputError(f"apart is {apart}; give a number of planes above 0.")
    members = plane_members(planes)
    shells = planes.dropna(subset="plane").groupby("shell")["plane"].nunique()
    names, tables = iter(members), []
    for count in shells:
        shell = [next(names) for _ in range(count)]
        for a, b in combinations(range(count), 2):
            if apart is None or min(b - a, count - b + a) <= apart:
                own = {"plane_a": shell[a], "plane_b": shell[b]}
                pairs = product(members[shell[a]], members[shell[b]])
                tables.append(pd.DataFrame(pairs, columns=PAIR).assign(**own))
    if not tables:
        raise InputError(
            "no shell has satellites in two planes, so none of them cross; choose more "
            "in scenario.constellation."
        )
    return pd.concat(tables, ignore_index=True)


def find_crossings(
    element_sets: Sequence[ElementSet],
    planes: pd.DataFrame,
    start: datetime,
    hours: float,
    grazing_km: float,
    max_doppler_hz: float | None,
    carrier_hz: float,
    apart: int | None = None,
    propagator: str = "sgp4",
) -> pd.DataFrame:
    """Return the windows between satellites of different planes, in order of rising.

    The table is that of ``find_isl_windows`` with the columns ``plane_a`` and
    ``plane_b``. The pairs are those of ``crossing_pairs``. All pairs of large
    constellations take minutes: give ``apart``.
    """
    pairs = crossing_pairs(planes, apart)
    limits = grazing_km, max_doppler_hz
    table = find_isl_windows(
        element_sets,
        pairs,
        start,
        hours,
        *limits,
        carrier_hz=carrier_hz,
        propagator=propagator,
    )
    plane_of = dict(zip(pairs["satellite_a"], pairs["plane_a"], strict=True))
    plane_of |= dict(zip(pairs["satellite_b"], pairs["plane_b"], strict=True))
    table.insert(2, "plane_a", table["satellite_a"].map(plane_of))
    table.insert(3, "plane_b", table["satellite_b"].map(plane_of))
    return table


def ranges_of(
    element_sets: Sequence[ElementSet],
    windows: pd.DataFrame,
    start: datetime,
    step_s: float = STEP_S,
    propagator: str = "sgp4",
) -> pd.DataFrame:
    """Return the ranges during windows: at rise, at set, and every ``step_s`` between.

    ``windows`` is a table of ``find_isl_windows`` or ``find_crossings``. The columns
    are ``window``, its row, ``time_s`` from ``start`` and ``range_km``; rows are in
    order of windows and times.
    """
    rise_s, set_s = (windows[name].to_numpy() for name in ("rise_s", "set_s"))
    # Multiples of the step strictly inside, as the first and their number.
    first = np.floor(rise_s / step_s).astype(int) + 1
    count = np.maximum(np.ceil(set_s / step_s).astype(int) - first, 0)
    window = np.repeat(np.arange(len(windows)), count)
    tick = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    tick += np.repeat(first, count)
    inside_km = _ranges_km(
        element_sets, windows, start, window, tick, step_s, propagator
    )
    parts = [
        (np.arange(len(windows)), rise_s, windows["range_rise_km"].to_numpy()),
        (window, tick * step_s, inside_km),
        (np.arange(len(windows)), set_s, windows["range_set_km"].to_numpy()),
    ]
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    table = pd.DataFrame(
        dict(zip(["window", "time_s", "range_km"], columns, strict=True))
    )
    return table.sort_values(["window", "time_s"], kind="stable", ignore_index=True)


def _ranges_km(
    element_sets: Sequence[ElementSet],
    windows: pd.DataFrame,
    start: datetime,
    window: NDArray,
    tick: NDArray,
    step_s: float,
    propagator: str,
) -> NDArray:
    """Return the ranges of windows at multiples of the step."""
    pairs = windows[PAIR].to_numpy(dtype=object)
    names, index = np.unique(pairs.ravel(), return_inverse=True)
    a, b = index.reshape(pairs.shape)[window].T
    by_name = {s.name: s for s in element_sets}
    satrecs = [by_name[name].satrec() for name in names]
    range_km = np.empty(len(window))
    ticks = max(1, TRACK_SAMPLES // max(len(names), 1))
    for begin in range(0, int(tick.max(initial=-1)) + 1, ticks):
        here = np.flatnonzero((tick >= begin) & (tick < begin + ticks))
        if len(here):
            seconds = step_s * np.arange(begin, begin + ticks)
            r_km, _ = positions(satrecs, start, seconds, propagator)
            at = tick[here] - begin
            apart_km = r_km[a[here], at] - r_km[b[here], at]
            range_km[here] = np.linalg.norm(apart_km, axis=-1)
    return range_km
