"""Contacts: when satellites stand above the elevation masks of sites.

The search looks at a coarse grid of positions and velocities, keeps the few nodes
near a site by a cone test that cannot lose a pass, and joins the nodes around those
by Hermite polynomials whose roots are rise, set and culmination.

It works on two functions of time, with z the height of the satellite over the
horizon plane of the site, rho its range and e0 the mask:

* margin = z - sin(e0) rho, which is positive above the mask, and
* climb = rho^2 dz/dt - z rho drho/dt, which is positive while the elevation grows.

Elevations are geometric, without refraction, over the WGS-84 horizon.
"""

import math
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray
from sgp4.api import Satrec

from fedorbit.errors import InputError
from fedorbit.orbits.propagate import check_propagator, positions, site_frames
from fedorbit.orbits.tle import ElementSet

SITE_COLUMNS = [
    "name",
    "latitude_deg",
    "longitude_deg",
    "altitude_m",
    "min_elevation_deg",
]
# Satellites share these grids; each takes the widest on which it turns by less than
# STEP_RAD, as seen from the Earth's centre, between two nodes at perigee.
STEPS_S = (960, 480, 240, 120, 60, 30, 15, 10)
STEP_RAD = 0.3
EARTH_ROTATION_RAD_S = 7.292115e-5  # WGS-84 (NIMA TR8350.2)
CHUNK_SAMPLES = 100_000  # nodes held at a time by each thread, about 5 MB
THREADS = 2

BEYOND = 4  # nodes before the start and after the end, for the differences below
ROOT_STEPS = 1e-6  # steps within which roots are found, 0.2 ms of 240 s

# What ``_sight`` returns, in order.
MARGIN, CLIMB, SINE_ELEVATION, RANGE = range(4)

# The rows of numbers that the search fills, before they become a table.
SATELLITE, SITE, RISE, CULMINATION, SET, SINE = range(6)
RANGE_RISE, RANGE_CULMINATION, RANGE_SET, CUT_START, CUT_END = range(6, 11)
ROW = 11


def find_contacts(
    element_sets: Sequence[ElementSet],
    sites: pd.DataFrame,
    start: datetime,
    hours: float,
    propagator: str = "sgp4",
) -> pd.DataFrame:
    """Return the passes of satellites over sites, a row each, in order of rising.

    The columns of ``sites`` are ``name``, ``latitude_deg``, ``longitude_deg``,
    ``altitude_m`` and ``min_elevation_deg``. Times in the result are seconds from
    ``start``, a ``datetime`` with its time zone, and ranges are those at rise,
    culmination and set. A pass under way at the start has ``rise_s`` 0 and
    ``cut_start`` true; one under way at the end has ``set_s`` at the end and
    ``cut_end`` true, and so has one during which the satellite's SGP4 fails, for
    instance because it decays; such a satellite has no contacts afterwards.

    See ``positions`` for the ``propagator``.
    """
    check_propagator(propagator)
    _check_scenario(sites, hours)
    satrecs = [s.satrec() for s in element_sets]
    places, masks_rad = _places(sites)
    grids_s = np.array([_grid_step_s(s) for s in satrecs])
    blocks = []
    with ThreadPoolExecutor(THREADS) as pool:
        pending = deque()
        for step_s in np.unique(grids_s):
            members = np.flatnonzero(grids_s == step_s)
            intervals = math.ceil(hours * 3600 / step_s)
            width_s = hours * 3600 / intervals
            seconds = np.arange(-BEYOND, intervals + BEYOND + 1) * width_s
            size = max(1, CHUNK_SAMPLES // len(seconds))
            for first in range(0, len(members), size):
                chunk = members[first : first + size]
                states = positions(
                    [satrecs[i] for i in chunk], start, seconds, propagator
                )
                job = (*states, width_s, places, masks_rad, chunk)
                pending.append(pool.submit(_find_passes, *job))
                if len(pending) > THREADS:
                    blocks.append(pending.popleft().result())
        blocks.extend(job.result() for job in pending)
    return _table(blocks, [s.name for s in element_sets], list(sites["name"]))


def _check_scenario(sites: pd.DataFrame, hours: float) -> None:
    """Raise ``InputError`` for sites or a duration that cannot be searched."""
    missing = [c for c in SITE_COLUMNS if c not in sites.columns]
    if missing:
        raise InputError(
            f"the sites lack the columns {', '.join(missing)}; "
            f"give each of {', '.join(SITE_COLUMNS)}."
        )
    if not (math.isfinite(hours) and hours > 0):
        raise InputError(f"hours is {hours}; give a duration above 0.")
    limits = {"latitude_deg": 90, "longitude_deg": 360, "min_elevation_deg": 89.999}
    for column, limit in limits.items():
        wrong = sites[~(sites[column].abs() <= limit)]
        if len(wrong):
            raise InputError(
                f"site {wrong['name'].iloc[0]!r}: {column} is "
                f"{wrong[column].iloc[0]}; give a number from -{limit} to {limit}."
            )


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


def _grid_step_s(satrec: Satrec) -> float:
    """Return the grid step for a satellite, from its angular rate at perigee."""
    motion_rad_s = satrec.no_kozai / 60
    perigee_rad_s = motion_rad_s * math.sqrt((1 + satrec.ecco) / (1 - satrec.ecco) ** 3)
    longest_s = STEP_RAD / (perigee_rad_s + EARTH_ROTATION_RAD_S)
    return next((s for s in STEPS_S if s <= longest_s), STEPS_S[-1])


def _table(blocks: list[NDArray], satellites: list, names: list) -> pd.DataFrame:
    """Return the table of contacts from rows of numbers, sorted."""
    rows = np.concatenate(blocks) if blocks else np.empty((0, ROW))
    satellite, site = rows[:, SATELLITE].astype(int), rows[:, SITE].astype(int)
    satellite_rank = np.argsort(np.argsort(satellites, kind="stable"))
    site_rank = np.argsort(np.argsort(names, kind="stable"))
    order = np.lexsort([site_rank[site], satellite_rank[satellite], rows[:, RISE]])
    rows, satellite, site = rows[order], satellite[order], site[order]
    sine = np.clip(rows[:, SINE], -1.0, 1.0)
    return pd.DataFrame(
        {
            "satellite": pd.Series(satellites, dtype=str).take(satellite).array,
            "site": pd.Series(names, dtype=str).take(site).array,
            "rise_s": rows[:, RISE],
            "culmination_s": rows[:, CULMINATION],
            "set_s": rows[:, SET],
            "max_elevation_deg": np.degrees(np.arcsin(sine)),
            "range_rise_km": rows[:, RANGE_RISE],
            "range_culmination_km": rows[:, RANGE_CULMINATION],
            "range_set_km": rows[:, RANGE_SET],
            "cut_start": rows[:, CUT_START] != 0,
            "cut_end": rows[:, CUT_END] != 0,
        }
    )


def _hermite_weights(nodes: Sequence[int]) -> NDArray:
    """Return the matrix from values and slopes at ``nodes`` to coefficients of x^k."""
    power = np.arange(2 * len(nodes))
    at = np.array(nodes, dtype=float)[:, np.newaxis]
    values = at**power
    slopes = power * at ** np.maximum(power - 1, 0)
    return np.linalg.inv(np.vstack([values, slopes]))


# Through the four nodes around an interval, degree 7, error about 1e-4 of the cubic's.
WIDE = _hermite_weights([-1, 0, 1, 2])
CUBIC = _hermite_weights([0, 1])


@njit(cache=True, nogil=True)
def _find_passes(r_km, v_km_s, step_s, places, masks_rad, satellites):
    """Return rows for all passes of some satellites over all sites."""
    rows = np.empty((1024, ROW))
    count = 0
    nodes = r_km.shape[1]
    distance_km = np.empty(nodes)
    near = np.empty(nodes, dtype=np.bool_)
    for i in range(len(satellites)):
        r, v = r_km[i], _differences(r_km[i], v_km_s[i] * step_s)
        xyz = r.T.copy()  # by axis, so that the loop over nodes runs in vectors
        last = BEYOND - 1  # node that SGP4 reaches without an error
        while last < nodes - BEYOND - 1 and not np.isnan(r[last + 1, 0]):
            last += 1
        turn_rad = _turn_in_a_step(r, v, last, distance_km)
        for j in range(len(places)):
            if count + nodes > len(rows):
                rows = np.concatenate((rows, np.empty((len(rows) + nodes, ROW))))
            _mark_near(xyz, distance_km, last, turn_rad, places[j], masks_rad[j], near)
            begin = count
            count = _scan(r, v, near, last, places[j], rows, count)
            for row in rows[begin:count]:
                row[SATELLITE] = satellites[i]
                row[SITE] = j
                row[RISE] *= step_s
                row[CULMINATION] *= step_s
                row[SET] *= step_s
    return rows[:count].copy()


@njit(cache=True, nogil=True)
def _differences(r, v):
    """Return velocities per step from central differences of order 8 of positions.

    The velocities ``v`` of SGP4, taken where the differences lack a node, are not
    quite the derivatives of its positions: they leave out some of the drag, which
    comes to 25 m/s for satellites with a B* of 0.15, and to 20 mm/s usually.
    """
    smooth = v.copy()
    for k in range(BEYOND, len(r) - BEYOND):
        for axis in range(3):
            difference = (
                4 / 5 * (r[k + 1, axis] - r[k - 1, axis])
                - 1 / 5 * (r[k + 2, axis] - r[k - 2, axis])
                + 4 / 105 * (r[k + 3, axis] - r[k - 3, axis])
                - 1 / 280 * (r[k + 4, axis] - r[k - 4, axis])
            )
            if not np.isnan(difference):
                smooth[k, axis] = difference
    return smooth


@njit(cache=True, nogil=True)
def _turn_in_a_step(r, v, last, distance_km):
    """Return the greatest angle turned in a step; fill in the distances of nodes."""
    turn_2 = 0.0
    for k in range(len(r)):
        x, y, z = r[k, 0], r[k, 1], r[k, 2]
        distance_km[k] = math.sqrt(x * x + y * y + z * z)
        if BEYOND <= k <= last:
            speed_2 = v[k, 0] ** 2 + v[k, 1] ** 2 + v[k, 2] ** 2
            outward = (x * v[k, 0] + y * v[k, 1] + z * v[k, 2]) / distance_km[k]
            turn_2 = max(turn_2, (speed_2 - outward**2) / distance_km[k] ** 2)
    # Between nodes STEP_RAD apart it can be larger by 1.2 percent, at a perigee.
    return 1.03 * math.sqrt(turn_2)


@njit(cache=True, nogil=True)
def _mark_near(xyz, distance_km, last, turn_rad, place, mask_rad, near):
    """Mark nodes within half a step of which the satellite may be over the mask."""
    x, y, z = place[0], place[1], place[2]
    radius_km = math.sqrt(x * x + y * y + z * z)
    x, y, z = x / radius_km, y / radius_km, z / radius_km
    farthest_km = 0.0
    for k in range(BEYOND, last + 1):
        farthest_km = max(farthest_km, distance_km[k])
    # Away from an apogee the distance changes by 1 percent in half a step.
    ratio = min(1.0, radius_km * math.cos(mask_rad) / (1.01 * farthest_km))
    cone_rad = math.acos(ratio) - mask_rad + turn_rad / 2
    cosine = math.cos(min(max(cone_rad, 0.0), math.pi))
    for k in range(len(near)):
        along = x * xyz[0, k] + y * xyz[1, k] + z * xyz[2, k]
        near[k] = along >= cosine * distance_km[k]


@njit(cache=True, nogil=True)
def _scan(r, v, near, last, place, rows, count):
    """Add the passes of one satellite over one site to ``rows``; return their count.

    Times in the rows are in steps from the node at which the scenario starts.
    """
    track = np.empty((8, 3))
    for k in range(BEYOND, last):
        if not (near[k] or near[k + 1]):
            continue
        time = k - BEYOND
        sight = _sight(r[k], v[k], place)
        end = _sight(r[k + 1], v[k + 1], place)
        turns = (sight[CLIMB] > 0) != (end[CLIMB] > 0)
        crosses = (sight[MARGIN] >= 0) != (end[MARGIN] >= 0)
        if turns or crosses:
            _fit(r, v, k, track)
        if k == BEYOND and sight[MARGIN] >= 0:
            _open(rows[count], time, sight, True)

        # An interval in which the elevation turns has two pieces, before and after:
        # this finds the culmination, a pass shorter than the interval, and a dip.
        x = 0.0
        for is_whole in range(not turns, 2):
            x_next, sight_next = 1.0, end
            if not is_whole:
                x_next = _root(CLIMB, track, place, x, sight, 1.0, end)
                sight_next = _look(track, x_next, place)
            if (sight[MARGIN] >= 0) != (sight_next[MARGIN] >= 0):
                x_root = _root(MARGIN, track, place, x, sight, x_next, sight_next)
                at_root = _look(track, x_root, place)
                if sight[MARGIN] >= 0:
                    _close(rows[count], time + x_root, at_root, False)
                    count += 1
                else:
                    _open(rows[count], time + x_root, at_root, False)
            if sight_next[MARGIN] >= 0:
                _culminate(rows[count], time + x_next, sight_next)
            x, sight = x_next, sight_next
        if k + 1 == last and end[MARGIN] >= 0:
            _close(rows[count], time + 1.0, end, True)
            count += 1
    return count


@njit(cache=True, nogil=True)
def _sight(r, v, place):
    """Return margin, climb, sine of the elevation and range, of a point in km."""
    x, y, z = r[0] - place[0], r[1] - place[1], r[2] - place[2]
    height = place[3] * x + place[4] * y + place[5] * z
    height_rate = place[3] * v[0] + place[4] * v[1] + place[5] * v[2]
    range_2 = x * x + y * y + z * z
    range_ = math.sqrt(range_2)
    climb = height_rate * range_2 - height * (x * v[0] + y * v[1] + z * v[2])
    return height - place[6] * range_, climb, height / range_, range_


@njit(cache=True, nogil=True)
def _fit(r, v, k, track):
    """Fill ``track`` with the coefficients of the path from node k to node k + 1."""
    track[:] = 0.0
    wide = not (np.isnan(r[k - 1, 0]) or np.isnan(r[k + 2, 0]))
    weights = WIDE if wide else CUBIC
    first = k - 1 if wide else k
    count = len(weights) // 2
    for power in range(2 * count):
        for node in range(count):
            for axis in range(3):
                track[power, axis] += (
                    weights[power, node] * r[first + node, axis]
                    + weights[power, count + node] * v[first + node, axis]
                )


@njit(cache=True, nogil=True)
def _look(track, x, place):
    """Return what ``_sight`` does, for the point ``x`` of an interval."""
    r0, r1, r2, v0, v1, v2 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for power in range(7, -1, -1):
        v0, v1, v2 = v0 * x + r0, v1 * x + r1, v2 * x + r2
        r0 = r0 * x + track[power, 0]
        r1 = r1 * x + track[power, 1]
        r2 = r2 * x + track[power, 2]
    return _sight((r0, r1, r2), (v0, v1, v2), place)


@njit(cache=True, nogil=True)
def _root(which, track, place, a, sight_a, b, sight_b):
    """Return where margin or climb changes its sign between ``a`` and ``b``.

    This is the bracketed secant method of Anderson and Bjorck, "A new high order
    method of regula falsi type for computing a root of an equation", BIT 13 (1973).
    """
    at_a, at_b = sight_a[which], sight_b[which]
    x = b
    for _ in range(60):
        previous, x = x, (a * at_b - b * at_a) / (at_b - at_a)
        if abs(x - previous) < ROOT_STEPS:
            break
        at_x = _look(track, x, place)[which]
        if at_x == 0:
            break
        if (at_x > 0) != (at_b > 0):
            a, at_a = b, at_b
        else:
            scale = 1 - at_x / at_b
            at_a *= scale if scale > 0 else 0.5
        b, at_b = x, at_x
    return x


@njit(cache=True, nogil=True)
def _open(row, time, sight, is_cut):
    """Begin a pass."""
    row[RISE] = row[CULMINATION] = time
    row[RANGE_RISE] = row[RANGE_CULMINATION] = sight[RANGE]
    row[SINE] = sight[SINE_ELEVATION]
    row[CUT_START] = is_cut


@njit(cache=True, nogil=True)
def _culminate(row, time, sight):
    """Move the culmination of a pass, if the satellite stands higher now."""
    if sight[SINE_ELEVATION] > row[SINE]:
        row[CULMINATION] = time
        row[RANGE_CULMINATION] = sight[RANGE]
        row[SINE] = sight[SINE_ELEVATION]


@njit(cache=True, nogil=True)
def _close(row, time, sight, is_cut):
    """End a pass."""
    row[SET] = time
    row[RANGE_SET] = sight[RANGE]
    row[CUT_END] = is_cut
