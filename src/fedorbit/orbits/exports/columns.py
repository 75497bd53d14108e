"""Columns that a table of passes may have besides: UTC, azimuths, times of light."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedorbit.orbits.constants import SPEED_OF_LIGHT_M_S
from fedorbit.orbits.elements import ElementSet
from fedorbit.orbits.propagate import Propagator, positions, site_frames

EVENTS = ("rise", "culmination", "set")


def with_utc(contacts: pd.DataFrame, start: datetime) -> pd.DataFrame:
    """Return passes with ``rise_utc``, ``culmination_utc`` and ``set_utc``.

    They are texts in ISO 8601, to the millisecond.
    """
    first = pd.Timestamp(start.astimezone(UTC))
    told = contacts.copy()
    for event in EVENTS:
        seconds = pd.to_timedelta(contacts[f"{event}_s"].round(3), unit="s")
        moments = (first + seconds).dt.round("ms").dt.strftime("%Y-%m-%dT%H:%M:%S.%f")
        told[f"{event}_utc"] = moments.str[:-3] + "Z"
    return told


def with_light_time(contacts: pd.DataFrame) -> pd.DataFrame:
    """Return passes with the seconds of light over their ranges, one way.

    Columns ``light_rise_s``, ``light_culmination_s`` and ``light_set_s``.
    """
    light = {
        f"light_{event}_s": 1e3 * contacts[f"range_{event}_km"] / SPEED_OF_LIGHT_M_S
        for event in EVENTS
    }
    return contacts.assign(**light)


def with_azimuth(
    contacts: pd.DataFrame,
    sites: pd.DataFrame,
    element_sets: Sequence[ElementSet],
    start: datetime,
    propagator: str | Propagator = "sgp4",
) -> pd.DataFrame:
    """Return passes with ``azimuth_rise_deg``, ``_culmination_deg`` and ``_set_deg``.

    They are those of the satellite as the site sees it, geometric like elevations:
    degrees from north to the east, from 0 to 360.
    """
    place_km, axes = _frames(sites)
    number = {name: n for n, name in enumerate(sites["name"])}
    found = np.full((len(contacts), len(EVENTS)), np.nan)
    times_s = contacts[[f"{event}_s" for event in EVENTS]].to_numpy()
    rows_of = contacts.groupby("satellite").indices
    for elements in element_sets:
        rows = rows_of.get(elements.name)
        if rows is None:
            continue
        at = contacts["site"].iloc[rows].map(number).to_numpy()
        seconds = times_s[rows].ravel()
        r_km, _ = positions([elements.satrec()], start, seconds, propagator)
        sight_km = r_km[0].reshape(len(rows), len(EVENTS), 3) - place_km[at][:, None]
        east, north = np.einsum("pek,psk->eps", axes[at], sight_km)
        found[rows] = np.degrees(np.arctan2(east, north)) % 360
    columns = {f"azimuth_{event}_deg": found[:, n] for n, event in enumerate(EVENTS)}
    return contacts.assign(**columns)


def _frames(sites: pd.DataFrame) -> tuple[NDArray, NDArray]:
    """Return positions of sites in km, and unit vectors to their east and north.

    The second array has the shape (sites, 2, 3).
    """
    place_km, up = site_frames(
        sites["latitude_deg"].to_numpy(float),
        sites["longitude_deg"].to_numpy(float),
        sites["altitude_m"].to_numpy(float),
    )
    longitude = np.radians(sites["longitude_deg"].to_numpy(float))
    none = np.zeros_like(longitude)
    east = np.stack([-np.sin(longitude), np.cos(longitude), none], axis=-1)
    return place_km, np.stack([east, np.cross(up, east)], axis=1)
