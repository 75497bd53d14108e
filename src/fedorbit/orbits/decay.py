"""When satellites fly: from SGP4's elements to the time at which they come down.

A satellite comes down where SGP4 first reports an error after the epoch, or where it
is first less than 120 km high, whichever comes first. What SGP4 says later is no
orbit: for a Starlink satellite that was lowered in October 2023 it reports no error
from November on, at heights of 13,000 km. Before the epoch the same holds backwards.
"""

import math
from collections.abc import Callable, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sgp4.api import Satrec, SatrecArray
from sgp4.conveniences import jday_datetime

from fedorbit.orbits.constants import (
    DAY_S,
    EARTH_FLATTENING,
    EARTH_MU_KM3_S2,
    EARTH_RADIUS_KM,
)

DOWN_KM = 120.0  # where reentries are taken to begin
# A perigee below may mean a height of less than 120 km within a revolution: the
# flattening takes 21 km over the poles, and J2 moves the perigee by 10 km.
LOW_KM = 160.0
# While drag takes the orbit from 160 km to nothing and lets it grow again, the time
# since the epoch grows by half or more: tempa in SGP4 is of the fourth degree in it.
RATIO = 1.4
SOONEST_S = 600.0
LEAST_ECCENTRICITY = -0.001  # below, SGP4 reports an error
LUNISOLAR_S = DAY_S / 2  # between samples, where Moon and Sun change the perigee
LOOK_S = 600.0
STEP_S = 20.0  # a dip below 120 km between two steps is of less than 0.4 km
PRECISION_S = 1e-3
BLOCK = 4320  # steps at a time


def lives(
    satrecs: Sequence[Satrec], start: datetime, first_s: float, last_s: float
) -> NDArray:
    """Return the seconds after ``start`` between which satellites fly, a row for each.

    A row is -inf and inf for a satellite that flies all the time from ``first_s`` to
    ``last_s``. One that does not fly then at all ends before it begins there.
    """
    found = np.tile([-np.inf, np.inf], (len(satrecs), 1))
    day, fraction = jday_datetime(start)
    epochs_s = np.array(
        [((s.jdsatepoch - day) + (s.jdsatepochF - fraction)) * DAY_S for s in satrecs]
    )
    is_deep = np.array([s.method == "d" for s in satrecs], dtype=bool)
    for column, sign, spans_s in (
        (1, 1.0, last_s - epochs_s),
        (0, -1.0, epochs_s - first_s),
    ):
        if not (spans_s > 0).any():
            continue
        suspects = is_deep | (_lowest_km(satrecs, spans_s) < LOW_KM)
        for i in _low(satrecs, np.flatnonzero(suspects), sign, spans_s):
            found[i, column] = epochs_s[i] + sign * _flight_s(
                satrecs[i], sign, spans_s[i]
            )
    return found


def _lowest_km(satrecs: Sequence[Satrec], spans_s: NDArray) -> NDArray:
    """Return heights below which drag cannot bring perigees within spans.

    They are -inf for orbits so round that drag may end SGP4 by their eccentricity.
    These are the coefficients of Spacetrack Report No. 3, section 6, with all that
    depends on the inclination and the perigee as large as it can be. They hold while
    perigees are above 156 km.
    """
    radius_km = 6378.135  # WGS-72
    s, q_less_s = 1 + 78 / radius_km, (120 - 78) / radius_km
    columns = [[s.a, s.ecco, s.no, abs(s.bstar)] for s in satrecs]
    a, e, n, drag = np.array(columns, dtype=float).reshape(-1, 4).T
    minutes = np.maximum(spans_s, 0) / 60
    xi = 1 / np.maximum(a - s, 1e-3)
    eta = np.minimum(a * e * xi, 0.999)
    eta2, eeta, psi2 = eta**2, e * eta, 1 - eta**2
    j2 = 0.001082616  # WGS-72
    density = q_less_s**4 * xi**4 / psi2**3.5
    c1 = (
        drag
        * density
        * n
        * (
            a * (1 + 1.5 * eta2 + eeta * (4 + eta2))
            + 0.75 * j2 * xi / psi2 * (8 + 3 * eta2 * (8 + eta2))
        )
    )
    c4 = (
        2
        * n
        * density
        * a
        * (
            eta * (2 + eta2 / 2)
            + e * (0.5 + 2 * eta2)
            + j2 * xi / (a * psi2) * (6 + 24 * eta2 + 12 * eeta)
        )
    )
    c5 = 2 * density * a * (1 + 2.75 * (eta2 + eeta) + eeta * eta2)
    u = c1 * minutes
    d2 = 4 * a * xi * u**2
    d3 = (17 * a + s) * d2 * xi * u / 3
    d4 = 0.5 * d2 * xi * u / 3 * a * xi * (221 * a + 31 * s) * u
    shrunk = np.maximum(1 - u - d2 - d3 - d4, 0) ** 2
    change = drag * (c4 * minutes + 2 * c5)
    lowest_km = (shrunk * a * (1 - np.minimum(e + change, 1)) - 1) * radius_km
    return np.where(e - change < LEAST_ECCENTRICITY, -np.inf, lowest_km)


def _low(
    satrecs: Sequence[Satrec], suspects: NDArray, sign: float, spans_s: NDArray
) -> NDArray:
    """Return which satellites SGP4 loses, or may put below 120 km, within spans."""
    low = []
    is_deep = np.array([satrecs[i].method == "d" for i in suspects], dtype=bool)
    for members, fractions in (
        (suspects[~is_deep], _growing(spans_s[suspects[~is_deep]])),
        (suspects[is_deep], _even(spans_s[suspects[is_deep]])),
    ):
        members = members[spans_s[members] > 0]
        if not len(members):
            continue
        for first in range(0, len(members), BLOCK):
            some = members[first : first + BLOCK]
            states = [_states(satrecs[i], sign * spans_s[i] * fractions) for i in some]
            perigees_km = _perigee_km(*map(np.stack, zip(*states, strict=True)))
            low.append(some[perigees_km.min(axis=1) < LOW_KM])
    return np.concatenate(low) if low else np.empty(0, dtype=int)


def _growing(spans_s: NDArray) -> NDArray:
    """Return parts of a span, each longer than the last by the same ratio."""
    longest_s = max(spans_s.max(initial=0.0), SOONEST_S)
    count = math.ceil(math.log(longest_s / SOONEST_S) / math.log(RATIO))
    return np.append(0.0, RATIO ** np.arange(-count, 1.0))


def _even(spans_s: NDArray) -> NDArray:
    """Return parts of a span, half a day apart at most."""
    count = math.ceil(max(spans_s.max(initial=0.0), 1.0) / LUNISOLAR_S)
    return np.linspace(0.0, 1.0, count + 1)


def _flight_s(satrec: Satrec, sign: float, span_s: float) -> float:
    """Return for how long from its epoch a satellite flies, inf for the whole span."""
    seconds = _steps(0.0, span_s, LOOK_S)
    at = _first(lambda t: _perigee_km(*_states(satrec, sign * t)) < LOW_KM, seconds)
    if at is None:
        return math.inf
    seconds = _steps(seconds[max(at - 1, 0)], span_s, STEP_S)

    def is_down(t: NDArray) -> NDArray:
        error, r_km, _ = _states(satrec, sign * t)
        return ~((error == 0) & (_height_km(r_km) >= DOWN_KM))

    at = _first(is_down, seconds)
    if at is None:
        return math.inf
    if at == 0:
        return -PRECISION_S
    flies_s, down_s = seconds[at - 1], seconds[at]
    while down_s - flies_s > PRECISION_S:
        middle_s = (flies_s + down_s) / 2
        if is_down(np.array([middle_s]))[0]:
            down_s = middle_s
        else:
            flies_s = middle_s
    return flies_s


def _steps(first_s: float, last_s: float, step_s: float) -> NDArray:
    return np.append(np.arange(first_s, last_s, step_s), last_s)


def _first(applies: Callable[[NDArray], NDArray], seconds: NDArray) -> int | None:
    """Return the first index at which something applies, looking no further."""
    for first in range(0, len(seconds), BLOCK):
        found = np.flatnonzero(applies(seconds[first : first + BLOCK]))
        if len(found):
            return first + int(found[0])
    return None


def _states(satrec: Satrec, seconds: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Return error codes, positions and velocities at seconds after the epoch.

    They come from a copy, since a satellite of the deep-space theory remembers.
    """
    fractions = satrec.jdsatepochF + seconds / DAY_S
    days = np.full(len(seconds), satrec.jdsatepoch)
    error, r_km, v_km_s = SatrecArray([satrec]).sgp4(days, fractions)
    return error[0], r_km[0], v_km_s[0]


def _perigee_km(error: NDArray, r_km: NDArray, v_km_s: NDArray) -> NDArray:
    """Return the height of the perigees of states over the equator, -inf for errors."""
    with np.errstate(invalid="ignore", divide="ignore"):
        distance_km = np.sqrt(np.einsum("...i,...i", r_km, r_km))
        speed_2 = np.einsum("...i,...i", v_km_s, v_km_s)
        outward = np.einsum("...i,...i", r_km, v_km_s)
        momentum_2 = distance_km**2 * speed_2 - outward**2
        energy = speed_2 / 2 - EARTH_MU_KM3_S2 / distance_km
        parameter_km = momentum_2 / EARTH_MU_KM3_S2
        eccentricity_2 = 1 + 2 * energy * parameter_km / EARTH_MU_KM3_S2
        perigee_km = parameter_km / (1 + np.sqrt(np.maximum(eccentricity_2, 0.0)))
        height_km = perigee_km - EARTH_RADIUS_KM
    return np.where((error == 0) & np.isfinite(height_km), height_km, -np.inf)


def _height_km(r_km: NDArray) -> NDArray:
    """Return the height of positions over the ellipsoid, to 10 m below 200 km."""
    with np.errstate(invalid="ignore"):
        distance_km = np.linalg.norm(r_km, axis=-1)
        sine_2 = (r_km[..., 2] / distance_km) ** 2
    polar_2 = (1 - EARTH_FLATTENING) ** 2
    surface_km = EARTH_RADIUS_KM * np.sqrt(polar_2 / (polar_2 + (1 - polar_2) * sine_2))
    return distance_km - surface_km
