"""Positions of satellites and of sites in one Earth-fixed frame.

SGP4 speaks in TEME, the true equator and mean equinox of date. Turning TEME about
its pole by Greenwich mean sidereal time, in the 1982 model of Aoki et al., gives the
pseudo-Earth-fixed frame of Vallado et al., "Revisiting Spacetrack Report #3",
AIAA 2006-6753, appendix C. Polar motion, about 10 m on the ground, is left out, as
Skyfield does unless it is given a table of it.
"""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray
from sgp4.api import Satrec, SatrecArray
from sgp4.conveniences import jday_datetime
from skyfield.api import load
from skyfield.sgp4lib import theta_GMST1982

from fedorbit.base.errors import InputError
from fedorbit.orbits.constants import DAY_S, EARTH_FLATTENING, EARTH_RADIUS_KM
from fedorbit.orbits.decay import lives

EARTH_ECCENTRICITY_2 = EARTH_FLATTENING * (2 - EARTH_FLATTENING)  # squared
CHUNK_SAMPLES = 250_000  # bounds the memory for TEME states to some 25 MB
PROPAGATORS = ("sgp4", "heyoka")
Propagator = Callable[[Sequence[Satrec], datetime, NDArray], tuple[NDArray, NDArray]]
"""From satellites, start and seconds to what ``positions`` returns."""
_HEYOKA = threading.local()


def positions(
    satrecs: Sequence[Satrec],
    start: datetime,
    seconds: ArrayLike,
    propagator: str | Propagator = "sgp4",
) -> tuple[NDArray, NDArray]:
    """Return Earth-fixed positions in km and velocities in km/s of satellites.

    Both arrays have the shape (satellites, times, 3), where the times are
    ``seconds`` after ``start``, a ``datetime`` with its time zone. Velocities are
    relative to the turning Earth. A time at which a satellite does not fly any more,
    or not yet, gives NaN: see ``decay``.

    The ``propagator`` ``"heyoka"`` computes the same SGP4 several times faster with
    the package of that name. That package knows the near-Earth theory only, so
    satellites with periods of 225 minutes or more go through sgp4 all the same. A
    function in place of a name computes the states by another theory: see ``ladder``.
    """
    seconds = np.array(seconds, dtype=float, ndmin=1)
    r_km, v_km_s = states(satrecs, start, seconds, propagator)
    if not callable(propagator) and len(seconds):
        flights_s = lives(satrecs, start, seconds.min(), seconds.max())
        for i in np.flatnonzero(np.isfinite(flights_s).any(axis=1)):
            flies = (seconds >= flights_s[i, 0]) & (seconds <= flights_s[i, 1])
            r_km[i, ~flies] = v_km_s[i, ~flies] = np.nan
    return r_km, v_km_s


def states(
    satrecs: Sequence[Satrec],
    start: datetime,
    seconds: NDArray,
    propagator: str | Propagator = "sgp4",
) -> tuple[NDArray, NDArray]:
    """Return what ``positions`` does, but also what a theory says of the fallen.

    A time for which SGP4 reports an error gives NaN.
    """
    check_propagator(propagator)
    if callable(propagator):
        return propagator(satrecs, with_time_zone(start), seconds)
    day, fraction = jday_datetime(with_time_zone(start))
    fractions = fraction + seconds / DAY_S
    turn = turn_of_earth(start, seconds)
    r_km = np.empty((len(satrecs), len(seconds), 3))
    v_km_s = np.empty_like(r_km)
    size = power_of_two_below(CHUNK_SAMPLES // max(1, len(seconds)))
    by_sgp4 = np.array([propagator == "sgp4" or s.method == "d" for s in satrecs])
    for group in (True, False):
        members = np.flatnonzero(by_sgp4 == group)
        for first in range(0, len(members), size):
            chunk = members[first : first + size]
            states = _sgp4_states if group else _heyoka_states
            error, r, v = states([satrecs[i] for i in chunk], day, fractions)
            _turn_to_earth(error, r, v, *turn, chunk, r_km, v_km_s)
    return r_km, v_km_s


def check_propagator(propagator: str | Propagator) -> None:
    """Raise ``InputError`` unless ``propagator`` is known and its package is there."""
    if callable(propagator):
        return
    if propagator not in PROPAGATORS:
        raise InputError(
            f"the propagator {propagator!r} is unknown; "
            f"choose one of {', '.join(PROPAGATORS)}."
        )
    if propagator == "heyoka":
        try:
            import heyoka  # noqa: F401
        except ImportError as error:
            raise InputError(
                "the propagator 'heyoka' needs the package heyoka; "
                "install it with: pip install heyoka"
            ) from error


def power_of_two_below(number: int) -> int:
    """Return the greatest power of two up to ``number``, but at least 1."""
    return 1 << max(0, number.bit_length() - 1)


def with_time_zone(start: datetime) -> datetime:
    """Return ``start``, or raise ``InputError`` where its time zone is missing."""
    if start.tzinfo is None:
        raise InputError(
            f"the start {start.isoformat()} has no time zone; "
            f"write {start.isoformat()}+00:00 for UTC."
        )
    return start


def turn_of_earth(start: datetime, seconds: NDArray) -> tuple[NDArray, NDArray]:
    """Return cosine and sine of sidereal time, and its rate in rad/s, at each time."""
    timescale = load.timescale(builtin=True)
    begin = timescale.from_datetime(start)
    time = timescale.tt_jd(begin.whole, begin.tt_fraction + seconds / DAY_S)
    angle_rad, rate_rad_day = theta_GMST1982(time.whole, time.ut1_fraction)
    angle = np.stack([np.cos(angle_rad), np.sin(angle_rad)])
    return angle, np.broadcast_to(rate_rad_day / DAY_S, seconds.shape)


def _sgp4_states(
    satrecs: list[Satrec], day: float, fractions: NDArray
) -> tuple[NDArray, NDArray, NDArray]:
    """Return error codes, TEME positions and velocities from the sgp4 package."""
    return SatrecArray(satrecs).sgp4(np.full(len(fractions), day), fractions)


def _heyoka_states(
    satrecs: list[Satrec], day: float, fractions: NDArray
) -> tuple[NDArray, NDArray, NDArray]:
    """Return error codes, TEME positions and velocities from heyoka."""
    from heyoka import model

    # A propagator takes 20 ms to build, and its satellites can be exchanged but not
    # their number: so each thread keeps one for each power of two.
    size = 1 << (len(satrecs) - 1).bit_length()
    padded = satrecs + satrecs[-1:] * (size - len(satrecs))
    kept = vars(_HEYOKA).setdefault("propagators", {})
    if size in kept:
        kept[size].replace_sat_data(padded)
    else:
        kept[size] = model.sgp4_propagator(padded)
    epochs = np.array([s.jdsatepoch for s in padded])
    epoch_fractions = np.array([s.jdsatepochF for s in padded])
    days = (day - epochs) + (fractions[:, np.newaxis] - epoch_fractions)
    states = kept[size](days * 1440.0)  # shape (times, 7, satellites)
    states = states[:, :, : len(satrecs)].transpose(2, 0, 1)
    return states[:, :, 6], states[:, :, :3], states[:, :, 3:6]


@njit(cache=True, nogil=True)
def _turn_to_earth(error, r, v, angle, rate_rad_s, chunk, r_km, v_km_s):
    """Write TEME states into the ``chunk`` rows of the Earth-fixed arrays."""
    # By eights, because heyoka keeps a component of neighbouring satellites together.
    for first in range(0, len(chunk), 8):
        for k in range(len(rate_rad_s)):
            c, s, rate = angle[0, k], angle[1, k], rate_rad_s[k]
            for i in range(first, min(first + 8, len(chunk))):
                out_r, out_v = r_km[chunk[i], k], v_km_s[chunk[i], k]
                if error[i, k] != 0:
                    out_r[:] = np.nan
                    out_v[:] = np.nan
                    continue
                x = c * r[i, k, 0] + s * r[i, k, 1]
                y = c * r[i, k, 1] - s * r[i, k, 0]
                out_r[0], out_r[1], out_r[2] = x, y, r[i, k, 2]
                out_v[0] = c * v[i, k, 0] + s * v[i, k, 1] + rate * y
                out_v[1] = c * v[i, k, 1] - s * v[i, k, 0] - rate * x
                out_v[2] = v[i, k, 2]


def site_frames(
    latitude_deg: ArrayLike, longitude_deg: ArrayLike, altitude_m: ArrayLike
) -> tuple[NDArray, NDArray]:
    """Return Earth-fixed positions in km and upward unit vectors of WGS-84 sites.

    Both have the shape (sites, 3). Latitude is geodetic, altitude is above the
    ellipsoid, and up is the normal of the ellipsoid.
    """
    latitude, longitude, altitude_km = np.broadcast_arrays(
        np.radians(np.atleast_1d(latitude_deg)),
        np.radians(np.atleast_1d(longitude_deg)),
        np.atleast_1d(altitude_m) / 1000.0,
    )
    up = np.stack(
        [
            np.cos(latitude) * np.cos(longitude),
            np.cos(latitude) * np.sin(longitude),
            np.sin(latitude),
        ],
        axis=-1,
    )
    normal_km = EARTH_RADIUS_KM / np.sqrt(
        1 - EARTH_ECCENTRICITY_2 * np.sin(latitude) ** 2
    )
    polar_km = (1 - EARTH_ECCENTRICITY_2) * normal_km
    scale_km = np.stack([normal_km, normal_km, polar_km], axis=-1)
    return up * (scale_km + altitude_km[:, np.newaxis]), up


def subpoints(r_km: ArrayLike) -> tuple[NDArray, NDArray]:
    """Return geodetic latitude and longitude in degrees below Earth-fixed positions.

    The last axis of ``r_km`` holds x, y and z. The latitude comes from the fixed-point
    iteration of the Astronomical Almanac (1998), page K12, as in Skyfield.
    """
    x, y, z = np.moveaxis(np.asarray(r_km, dtype=float), -1, 0)
    equatorial_km = np.hypot(x, y)
    latitude = np.arctan2(z, equatorial_km)
    # Each turn gains a factor of 150 or more: four leave less than a nanodegree.
    for _ in range(4):
        sine = np.sin(latitude)
        excess_km = EARTH_RADIUS_KM / np.sqrt(1 - EARTH_ECCENTRICITY_2 * sine**2)
        latitude = np.arctan2(
            z + EARTH_ECCENTRICITY_2 * excess_km * sine, equatorial_km
        )
    return np.degrees(latitude), np.degrees(np.arctan2(y, x))
