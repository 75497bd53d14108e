"""Sunlight on satellites: where the Sun is, and how much of it the Earth hides.

The Earth is a sphere of the equatorial radius and the Sun a disc, so that there are
umbra and penumbra. What the air bends and absorbs is left out, and so is the
flattening. Either moves edges by a few seconds; a penumbra takes 8 s or more.
"""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import ArrayLike, NDArray
from skyfield.api import load

from fedorbit.orbits.constants import DAY_S, EARTH_RADIUS_KM
from fedorbit.orbits.elements import ElementSet
from fedorbit.orbits.propagate import positions, turn_of_earth, with_time_zone

SUN_RADIUS_KM = 695_700.0  # nominal (IAU 2015 Resolution B3)
AU_KM = 149_597_870.7  # IAU 2012 Resolution B2
J2000_JD = 2451545.0
CHUNK_SAMPLES = 250_000  # satellites by times, held at a time: some 50 MB


def sun_km(start: datetime, seconds: ArrayLike) -> NDArray:
    """Return the Earth-fixed position of the Sun in km, in the shape (times, 3).

    ``seconds`` count from ``start``. The formulas are the low-precision ones of the
    Astronomical Almanac (page C5), true to 0.01 degrees from 1950 to 2050. They give
    the mean equator and equinox of date, which is turned by sidereal time as the
    satellites of ``positions`` are.
    """
    seconds = np.array(seconds, dtype=float, ndmin=1)
    begin = load.timescale(builtin=True).from_datetime(with_time_zone(start))
    days = begin.whole - J2000_JD + begin.tt_fraction + seconds / DAY_S
    mean_longitude_deg = 280.460 + 0.9856474 * days
    anomaly = np.radians(357.528 + 0.9856003 * days)
    longitude = np.radians(
        mean_longitude_deg + 1.915 * np.sin(anomaly) + 0.020 * np.sin(2 * anomaly)
    )
    obliquity = np.radians(23.439 - 4e-7 * days)
    distance_au = 1.00014 - 0.01671 * np.cos(anomaly) - 0.00014 * np.cos(2 * anomaly)
    x = np.cos(longitude)
    y = np.cos(obliquity) * np.sin(longitude)
    z = np.sin(obliquity) * np.sin(longitude)
    (cosine, sine), _ = turn_of_earth(start, seconds)
    fixed = np.stack([cosine * x + sine * y, cosine * y - sine * x, z], axis=-1)
    return fixed * (distance_au * AU_KM)[:, np.newaxis]


def sunlit_share(r_km: NDArray, sun_r_km: NDArray) -> NDArray:
    """Return the part of the Sun's disc that is seen: 0 in the umbra, 1 in sunlight.

    Positions have x, y and z in the last axis and one origin, the Earth's centre. The
    two discs overlap as circles do (Montenbruck and Gill, "Satellite Orbits", section
    3.4.2). A NaN position gives NaN.
    """
    to_sun_km = sun_r_km - r_km
    sun_distance_km = np.linalg.norm(to_sun_km, axis=-1)
    height_km = np.linalg.norm(r_km, axis=-1)
    sun = np.arcsin(SUN_RADIUS_KM / sun_distance_km)
    with np.errstate(invalid="ignore"):
        earth = np.arcsin(np.minimum(EARTH_RADIUS_KM / height_km, 1.0))
        cosine = -np.sum(r_km * to_sun_km, axis=-1) / height_km / sun_distance_km
        apart = np.arccos(np.clip(cosine, -1.0, 1.0))
        # The chord through both edges' crossings lies at x from the Sun's centre.
        x = (apart**2 + sun**2 - earth**2) / (2 * np.maximum(apart, 1e-12))
        y = np.sqrt(np.maximum(sun**2 - x**2, 0.0))
        hidden = sun**2 * np.arccos(np.clip(x / sun, -1, 1))
        hidden += earth**2 * np.arccos(np.clip((apart - x) / earth, -1, 1))
        share = 1 - (hidden - apart * y) / (np.pi * sun**2)
    share = np.where(apart >= sun + earth, 1.0, share)
    ring = 1 - np.minimum(earth / sun, 1.0) ** 2  # of a Sun larger than the Earth
    share = np.where(apart <= np.abs(earth - sun), ring, share)
    return np.where(np.isnan(apart), np.nan, np.clip(share, 0.0, 1.0))


def sunlight(
    element_sets: Sequence[ElementSet],
    start: datetime,
    seconds: ArrayLike,
    propagator: str = "sgp4",
) -> NDArray:
    """Return the part of the Sun that satellites see, in the shape (satellites, times).

    ``seconds`` count from ``start``. It is NaN when SGP4 fails.
    """
    seconds = np.array(seconds, dtype=float, ndmin=1)
    sun_r_km = sun_km(start, seconds)
    share = np.empty((len(element_sets), len(seconds)))
    rows = max(1, CHUNK_SAMPLES // max(len(seconds), 1))
    for first in range(0, len(element_sets), rows):
        satrecs = [one.satrec() for one in element_sets[first : first + rows]]
        r_km, _ = positions(satrecs, start, seconds, propagator)
        share[first : first + rows] = sunlit_share(r_km, sun_r_km)
    return share
