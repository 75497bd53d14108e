"""Orbital planes: who flies in which ring, and which satellites are neighbours.

Snapshots of real constellations do not say which plane a satellite belongs to, so it
is read from the mean elements that SGP4 has at one common time. Satellites of a shell
share inclination and altitude, and therefore precess alike; within a shell the
ascending nodes of a plane lie close together. On the Starlink snapshot of 2023-08-22
the nodes of neighbours within a plane are at most 0.8 degrees apart and those of
neighbouring planes at least 4.0, in both of the shells at 53 degrees.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sgp4.conveniences import jday_datetime

from fedorbit.base.errors import InputError
from fedorbit.orbits.elements import ElementSet

INCLINATION_GAP_DEG = 0.05  # Starlink's shells of 53.05 and 53.22 are 0.1 apart
ALTITUDE_GAP_KM = 1.0  # by which one satellite gains 18 degrees a day on another
SEAM = 1.5  # times the usual spacing of planes: more means that one is missing


def find_planes(
    element_sets: Sequence[ElementSet],
    at: datetime,
    plane_gap_deg: float = 1.5,
    least: int = 3,
) -> pd.DataFrame:
    """Return the shell, plane and slot of each satellite at a time.

    Wherever sorted inclinations have a gap of more than 0.05 degrees the satellites
    part, then at gaps of more than 1 km of mean altitude: these are shells, numbered
    from 0 by inclination and altitude. A shell parts into planes at gaps of
    more than ``plane_gap_deg`` in right ascension of the ascending node, around the
    circle, and these are numbered eastwards from the vernal equinox. Slots number a
    plane's satellites in the direction of flight from the ascending node.

    Columns: ``satellite, shell, plane, slot``, then ``inclination_deg``,
    ``altitude_km`` (mean semi-major axis less SGP4's equatorial radius), ``raan_deg``
    and ``argument_deg``, the mean argument of latitude, counted from the plane's mean
    node. Rows are in order of shell, plane and slot. Satellites without two others
    of their plane (``least`` is 3), such as those on their way to their shell, have
    ``<NA>`` for shell, plane and slot and come last, as do those with NaN elements,
    whose SGP4 fails.

    The node of an equatorial orbit means nothing, so its planes do not, either.
    Raises ``InputError`` if the nodes of a shell leave no gap around the circle.
    """
    table = _mean_elements(element_sets, at)
    for column in ("shell", "plane", "slot"):
        table[column] = pd.array([pd.NA] * len(table), dtype="Int64")
    shell = 0
    for members in _shells(table):
        planes = _planes(table, members, plane_gap_deg, least)
        for plane, (rows, argument_deg) in enumerate(planes):
            table.loc[rows, "shell"] = shell
            table.loc[rows, "plane"] = plane
            table.loc[rows, "slot"] = np.argsort(np.argsort(argument_deg))
            table.loc[rows, "argument_deg"] = argument_deg
        shell += bool(planes)
    columns = ["satellite", "shell", "plane", "slot"]
    columns += ["inclination_deg", "altitude_km", "raan_deg", "argument_deg"]
    table = table[columns].sort_values(["shell", "plane", "slot"], kind="stable")
    return table.reset_index(drop=True)


def plane_members(planes: pd.DataFrame) -> dict[str, list[str]]:
    """Return the satellites of each plane, in the direction of flight.

    ``planes`` is what ``find_planes`` returns. A plane is called by its number, as
    ``3``, or if there are several shells by those of its shell and its own, as ``1-3``.
    """
    several = planes["shell"].nunique() > 1
    return {
        f"{shell}-{plane}" if several else f"{plane}": list(members["satellite"])
        for (shell, plane), members in planes.groupby(["shell", "plane"])
    }


def ring_pairs(planes: pd.DataFrame) -> pd.DataFrame:
    """Return each satellite and the next ahead of it in its plane, around the ring.

    The columns are ``satellite_a`` and ``satellite_b``, the one ahead. ``planes`` is
    what ``find_planes`` returns, or those of its rows that are of interest.
    """
    pairs = []
    for plane in _by_plane(planes).values():
        names = list(plane["satellite"])
        pairs += pairwise(names)
        if len(names) > 2:
            pairs.append((names[-1], names[0]))
    return _pair_table(pairs)


def plane_pairs(planes: pd.DataFrame, steps: Sequence[int] = (1,)) -> pd.DataFrame:
    """Return neighbours in planes that lie some planes apart, as ``ring_pairs`` does.

    The satellites of a plane (``satellite_a``) are matched with those of the plane
    ``steps`` planes to the east of it in its shell (``satellite_b``), one to one, such
    that the sum of the squared differences in argument of latitude is least. Planes
    are not neighbours across a gap of more than 1.5 times the usual, which is the
    (lower) median: where a plane is missing, and at the seam of a Walker star, on
    whose two sides satellites fly in opposite directions.
    """
    # Only the pairs of planes need SciPy's optimisers, which take long to load.
    from scipy.optimize import linear_sum_assignment

    if not all(step >= 1 for step in steps):
        raise InputError(
            f"steps are {list(steps)}; give whole numbers of planes above 0."
        )
    pairs = []
    for _, shell in planes.dropna(subset="plane").groupby("shell"):
        rings = list(_by_plane(shell).values())
        for west, east in _neighbours(rings, steps):
            apart = np.subtract.outer(
                west["argument_deg"].to_numpy(), east["argument_deg"].to_numpy()
            )
            apart = (apart + 180) % 360 - 180
            rows, columns = linear_sum_assignment(apart**2)
            names = west["satellite"].iloc[rows], east["satellite"].iloc[columns]
            pairs += zip(*names, strict=True)
    return _pair_table(pairs)


def all_pairs(satellites: Sequence[str]) -> pd.DataFrame:
    """Return every pair of the satellites, in the columns that ``ring_pairs`` has."""
    names = np.array(satellites, dtype=object)
    first, second = np.triu_indices(len(names), k=1)
    return pd.DataFrame({"satellite_a": names[first], "satellite_b": names[second]})


def _mean_elements(element_sets: Sequence[ElementSet], at: datetime) -> pd.DataFrame:
    """Return SGP4's mean elements at a time, NaN where it fails."""
    if at.tzinfo is None:
        raise InputError(
            f"the time {at.isoformat()} has no time zone; "
            f"write {at.isoformat()}+00:00 for UTC."
        )
    day, fraction = jday_datetime(at)
    rows = []
    for element_set in element_sets:
        satrec = element_set.satrec()
        error, _, _ = satrec.sgp4(day, fraction)
        altitude_km = (satrec.am - 1) * satrec.radiusearthkm
        angles = np.degrees([satrec.im, satrec.Om, satrec.om + satrec.mm])
        row = (angles[0], altitude_km, angles[1] % 360, angles[2] % 360)
        rows.append((math.nan,) * 4 if error else row)
    columns = ["inclination_deg", "altitude_km", "raan_deg", "argument_deg"]
    table = pd.DataFrame(rows, columns=columns, dtype=float)
    table.insert(0, "satellite", [s.name for s in element_sets])
    return table


def _shells(table: pd.DataFrame) -> Iterator[NDArray]:
    """Yield the rows of satellites of like inclination and altitude."""
    inclination_deg = table["inclination_deg"].to_numpy()
    altitude_km = table["altitude_km"].to_numpy()
    known = np.flatnonzero(~np.isnan(inclination_deg))
    if not len(known):
        return
    for band in _groups(known, inclination_deg, INCLINATION_GAP_DEG):
        yield from _groups(band, altitude_km, ALTITUDE_GAP_KM)


def _groups(rows: NDArray, values: NDArray, gap: float) -> list[NDArray]:
    """Return ``rows`` in groups of rising ``values``, parted at gaps above ``gap``."""
    rows = rows[np.argsort(values[rows], kind="stable")]
    return np.split(rows, np.flatnonzero(np.diff(values[rows]) > gap) + 1)


def _planes(
    table: pd.DataFrame, members: NDArray, gap_deg: float, least: int
) -> list[tuple[NDArray, NDArray]]:
    """Return rows and arguments of latitude of each plane of a shell, eastwards."""
    raan_deg = table["raan_deg"].to_numpy()
    groups = _groups(members, raan_deg, gap_deg)
    # The first and the last group are one if a plane's nodes lie astride the equinox.
    first, last = groups[0], groups[-1]
    if raan_deg[first[0]] + 360 - raan_deg[last[-1]] <= gap_deg:
        if len(groups) == 1:
            raise InputError(
                f"the nodes of the {len(members)} satellites with inclination "
                f"{table['inclination_deg'][members[0]]:.2f} degrees leave no gap of "
                f"{gap_deg:g} degrees; lower plane_gap_deg below the planes' spacing."
            )
        groups[:1] = [np.concatenate([groups.pop(), first])]
    planes = []
    for rows in groups:
        if len(rows) < least:
            continue
        # Relative to one member, so that the mean is right astride the equinox.
        offset_deg = (raan_deg[rows] - raan_deg[rows[0]] + 180) % 360 - 180
        node_deg = (raan_deg[rows[0]] + offset_deg.mean()) % 360
        # A node farther east lies farther along the plane's own orbit.
        along = np.cos(np.radians(table["inclination_deg"].to_numpy()[rows]))
        along_deg = along * (offset_deg - offset_deg.mean())
        argument_deg = (table["argument_deg"].to_numpy()[rows] + along_deg) % 360
        planes.append((node_deg, rows, argument_deg))
    return [plane[1:] for plane in sorted(planes, key=lambda p: p[0])]


def _by_plane(planes: pd.DataFrame) -> dict[tuple, pd.DataFrame]:
    """Return the rows of each plane in order of slots, by shell and plane."""
    placed = planes.dropna(subset="plane").sort_values(["shell", "plane", "slot"])
    return dict(iter(placed.groupby(["shell", "plane"])))


def _neighbours(
    rings: list[pd.DataFrame], steps: Sequence[int]
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Yield the planes of a shell with those to their east, across no wide gap."""
    node = [np.exp(1j * np.radians(ring["raan_deg"])).mean() for ring in rings]
    node_deg = np.degrees(np.angle(node))
    gaps_deg = (np.roll(node_deg, -1) - node_deg) % 360
    usual_deg = np.sort(gaps_deg)[(len(gaps_deg) - 1) // 2]
    is_open = gaps_deg > SEAM * usual_deg
    seen = set()
    for step in steps:
        for west in range(len(rings)):
            between = np.arange(west, west + step) % len(rings)
            east = (west + step) % len(rings)
            pair = frozenset((west, east))
            if step >= len(rings) or is_open[between].any() or pair in seen:
                continue
            seen.add(pair)
            yield rings[west], rings[east]


def _pair_table(pairs: list[tuple[str, str]]) -> pd.DataFrame:
    """Return pairs of names as a table."""
    return pd.DataFrame(pairs, columns=["satellite_a", "satellite_b"], dtype="str")
