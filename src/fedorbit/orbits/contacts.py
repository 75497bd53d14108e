"""Contacts: when satellites stand above the elevation masks of sites.

Elevations are geometric, without refraction, over the WGS-84 horizon.
"""

import math
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sgp4.api import Satrec

from fedorbit.base.errors import InputError
from fedorbit.orbits.decay import lives
from fedorbit.orbits.elements import ElementSet
from fedorbit.orbits.passes import BEYOND, PASS, find_passes
from fedorbit.orbits.propagate import (
    Propagator,
    check_propagator,
    power_of_two_below,
    site_frames,
    states,
    with_time_zone,
)
from fedorbit.orbits.sites import check_sites

# Satellites share these grids; each takes the widest on which it turns by less than
# STEP_RAD between two nodes at perigee, seen from the centre of the Earth. The paths
# are then wrong by 0.1 m for circular orbits and 1 m for others, found by trial.
STEPS_S = (960, 480, 240, 120)  # the last serves any orbit clear of the Earth
STEP_RAD = 0.285
FALLING_STEP_S = 60  # for satellites that come down, under heavy drag
EARTH_ROTATION_RAD_S = 7.292115e-5  # WGS-84 (NIMA TR8350.2)
CHUNK_NODES = 100_000  # held at a time by each thread, about 5 MB
THREADS = min(4, os.cpu_count() or 1)


def find_contacts(
    element_sets: Sequence[ElementSet],
    sites: pd.DataFrame,
    start: datetime,
    hours: float,
    propagator: str | Propagator = "sgp4",
    progress: Callable[[int], object] | None = None,
) -> pd.DataFrame:
    """Return the passes of satellites over sites, a row each, in order of rising.

    The columns of ``sites`` are ``name``, ``latitude_deg``, ``longitude_deg``,
    ``altitude_m`` and ``min_elevation_deg``. Times in the result are seconds from
    ``start``, a ``datetime`` with its time zone, and ranges are those at rise,
    culmination and set. A pass under way at the start has ``rise_s`` 0 and
    ``cut_start`` true; one under way at the end has ``set_s`` at the end and
    ``cut_end`` true, and so has one during which the satellite comes down: then the
    pass ends at that time, which ``decay`` tells, and there are none afterwards.

    See ``positions`` for the ``propagator``. ``progress`` is called with numbers of
    satellites, as their states are computed, which add up to all of them.
    """
    check_propagator(propagator)
    if not (math.isfinite(hours) and hours > 0):
        raise InputError(f"hours is {hours}; give a duration above 0.")
    check_sites(sites)
    satrecs = [s.satrec() for s in element_sets]
    places, masks_rad = _places(sites)
    duration_s = hours * 3600
    flights_s = np.tile([0.0, duration_s], (len(satrecs), 1))
    if not callable(propagator):
        lives_s = lives(satrecs, with_time_zone(start), 0.0, duration_s)
        flights_s = lives_s.clip(0.0, duration_s)
    is_gone = flights_s[:, 0] >= flights_s[:, 1]
    blocks = []
    pending = deque()
    with ThreadPoolExecutor(THREADS) as pool:
        chunks = _chunks(satrecs, flights_s, duration_s)
        for chunk, (begin_s, end_s), intervals in chunks:
            nodes = np.arange(-BEYOND, intervals + BEYOND + 1)
            members = [satrecs[i] for i in chunk]
            seconds = begin_s + (end_s - begin_s) * (nodes / intervals)
            r_km, v_km_s = states(members, start, seconds, propagator)
            job = (r_km, v_km_s, seconds, places, masks_rad, chunk)
            pending.append(pool.submit(find_passes, *job))
            if progress is not None:
                progress(len(chunk))
            if len(pending) > THREADS:  # so that memory stays bounded
                blocks.append(pending.popleft().result())
        blocks.extend(job.result() for job in pending)
    if progress is not None and is_gone.any():
        progress(int(is_gone.sum()))
    return _table(blocks, [s.name for s in element_sets], list(sites["name"]))


def _chunks(
    satrecs: list[Satrec], flights_s: NDArray, duration_s: float
) -> Iterator[tuple[NDArray, NDArray, int]]:
    """Yield indices of satellites that share a grid, its ends and its intervals.

    Satellites that do not fly all the time have grids of their own.
    """
    steps_s = np.array([_grid_step_s(s) for s in satrecs])
    stays = (flights_s == [0.0, duration_s]).all(axis=1)
    for step_s in np.unique(steps_s):
        members = np.flatnonzero(stays & (steps_s == step_s))
        intervals = math.ceil(duration_s / step_s)
        size = power_of_two_below(CHUNK_NODES // intervals)
        for first in range(0, len(members), size):
            yield members[first : first + size], flights_s[members[0]], intervals
    for i in np.flatnonzero(~stays & (flights_s[:, 0] < flights_s[:, 1])):
        flight_s = flights_s[i, 1] - flights_s[i, 0]
        yield np.array([i]), flights_s[i], math.ceil(flight_s / FALLING_STEP_S)


def _grid_step_s(satrec: Satrec) -> float:
    """Return the grid step for a satellite, from its angular rate at perigee."""
    motion_rad_s = satrec.no_kozai / 60
    perigee_rad_s = motion_rad_s * math.sqrt((1 + satrec.ecco) / (1 - satrec.ecco) ** 3)
    # Of two paths that turn equally fast the more eccentric one needs more nodes.
    bend_rad_s = (1 + satrec.ecco) * (perigee_rad_s + EARTH_ROTATION_RAD_S)
    longest_s = STEP_RAD / bend_rad_s
    return next((s for s in STEPS_S if s <= longest_s), STEPS_S[-1])


def _places(sites: pd.DataFrame) -> tuple[NDArray, NDArray]:
    """Return position in km, up vector and sine of the mask per site, and the masks.

    The first array has the shape (sites, 7). The masks, in radians, are lowered by
    the angle between the plumb line and the geocentric vertical, for the cone test.
    """
    position_km, up = site_frames(
        sites["latitude_deg"].to_numpy(float),
        sites["longitude_deg"].to_numpy(float),
        sites["altitude_m"].to_numpy(float),
    )
    mask_rad = np.radians(sites["min_elevation_deg"].to_numpy(float))
    cosine = np.sum(position_km * up, axis=1) / np.linalg.norm(position_km, axis=1)
    deflection_rad = np.arccos(np.minimum(cosine, 1.0))
    places = np.column_stack([position_km, up, np.sin(mask_rad)])
    return places, mask_rad - deflection_rad


def _table(blocks: list[NDArray], satellites: list, sites: list) -> pd.DataFrame:
    """Return the table of contacts from blocks of passes, sorted."""
    passes = np.concatenate(blocks) if blocks else np.empty(0, PASS)
    # Each of the three times is right, but a rounding error may put them out of order.
    passes["set_s"] = np.maximum(passes["set_s"], passes["rise_s"])
    passes["culmination_s"] = passes["culmination_s"].clip(
        passes["rise_s"], passes["set_s"]
    )
    satellite_rank = np.argsort(np.argsort(satellites, kind="stable"))
    site_rank = np.argsort(np.argsort(sites, kind="stable"))
    order = np.lexsort(
        [
            site_rank[passes["site"]],
            satellite_rank[passes["satellite"]],
            passes["rise_s"],
        ]
    )
    passes = passes[order]
    sine = passes["max_elevation_sine"].clip(-1.0, 1.0)
    columns = {
        "satellite": pd.array(satellites, dtype="str").take(passes["satellite"]),
        "site": pd.array(sites, dtype="str").take(passes["site"]),
        "rise_s": passes["rise_s"],
        "culmination_s": passes["culmination_s"],
        "set_s": passes["set_s"],
        "max_elevation_deg": np.degrees(np.arcsin(sine)),
    }
    for name in PASS.names[6:]:
        columns[name] = passes[name]
    return pd.DataFrame(columns)
