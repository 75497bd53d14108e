"""The +grid: which satellites are linked with which, and how far apart they are.

Each satellite has four links: to the next ahead and behind in its plane, and to one
satellite in each of the two planes beside it, as in the simulator Hypatia (S. Kassing
et al., "Exploring the 'Internet from space' with Hypatia", IMC 2020). Planes and
neighbours are those of ``planes``, for real snapshots and for Walker constellations
alike. The links stay with their pairs for the whole scenario; docs/isls.md says what
that neglects.
"""

import math
from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from fedorbit.base.errors import InputError
from fedorbit.orbits.elements import ElementSet
from fedorbit.orbits.isl import isl_tracks
from fedorbit.orbits.planes import find_planes, plane_pairs, ring_pairs

GRAZING_KM = 80.0  # assumed, as in Hypatia: lines of sight stay above the weather
STEP_S = 60.0  # a range at 550 km strays from a line between samples by under 2 km


def grid_pairs(element_sets: Sequence[ElementSet], at: datetime) -> pd.DataFrame:
    """Return the links of the grid: columns ``satellite_a`` and ``satellite_b``.

    They are those of the largest part of the constellation that hangs together, so
    that any two satellites of the table have a way from one to the other. Satellites
    of other shells, and those that are in no plane, have no links. Raises
    ``InputError`` if no satellite has a neighbour.
    """
    planes = find_planes(element_sets, at)
    pairs = pd.concat([ring_pairs(planes), plane_pairs(planes)], ignore_index=True)
    if pairs.empty:
        raise InputError(
            f"none of the {len(element_sets)} satellites shares a plane with two "
            "others, so there are no links between satellites; choose more of them."
        )
    names, ends = np.unique(pairs.to_numpy(dtype=object).ravel(), return_inverse=True)
    a, b = ends.reshape(len(pairs), 2).T
    links = coo_array((np.ones(len(pairs)), (a, b)), shape=(len(names), len(names)))
    _, part = connected_components(links, directed=False)
    return pairs[part[a] == np.bincount(part).argmax()].reset_index(drop=True)


def grid_ranges(
    element_sets: Sequence[ElementSet], start: datetime, hours: float
) -> pd.DataFrame:
    """Return the lengths of the grid's links over time, sampled every minute.

    The columns are ``satellite_a``, ``satellite_b`` (categories), ``time_s`` from
    ``start`` and ``range_km``, which is NaN while the line of sight does not clear 80
    km or SGP4 fails. Every link has a row for every time, from 0 to the end, and rows
    are in order of links and times. A loss of sight between two samples is not seen.
    """
    pairs = grid_pairs(element_sets, start)
    duration_s = hours * 3600
    seconds = np.linspace(0.0, duration_s, math.ceil(duration_s / STEP_S) + 1)
    # No Doppler shift is asked for, so that any carrier will do.
    tracks = isl_tracks(element_sets, pairs, start, seconds, carrier_hz=1.0)
    in_sight = tracks.lowest_km >= GRAZING_KM
    range_km = np.where(in_sight, tracks.range_km, np.nan)
    table = pairs.loc[pairs.index.repeat(len(seconds))].reset_index(drop=True)
    table = table.astype("category")
    table["time_s"] = np.tile(seconds, len(pairs))
    table["range_km"] = range_km.ravel().astype("float32")  # to within a metre
    return table
