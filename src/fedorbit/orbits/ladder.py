"""The rungs below SGP4: simpler theories of motion for the same element sets.

Each is a function that ``find_contacts`` and ``positions`` take as ``propagator``, so
that all rungs go through the same frame and the same search for passes. All start
from the mean elements of a set, as somebody does who reads them as Kepler's.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sgp4.api import Satrec
from sgp4.conveniences import jday_datetime

from fedorbit.orbits.constants import (
    DAY_S,
    EARTH_J2,
    EARTH_MU_KM3_S2,
    EARTH_RADIUS_KM,
)
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.elements import ElementSet
from fedorbit.orbits.propagate import Propagator, turn_of_earth

REFERENCE = "sgp4"
TIMES = ["rise_s", "culmination_s", "set_s"]


def ladder(start: datetime) -> dict[str, str | Propagator]:
    """Return the propagator of each rung, from the simplest to the reference."""
    return {
        "fixed_period": partial(fixed_period, held_at=start),
        "two_body": two_body,
        "j2": j2_secular,
        REFERENCE: REFERENCE,
    }


def fixed_period(
    satrecs: Sequence[Satrec], start: datetime, seconds: NDArray, held_at: datetime
) -> tuple[NDArray, NDArray]:
    """Return states on circular orbits over an Earth that stands still.

    This is what T_fly = psi / omega says, the flight time of FedMeld (arXiv
    2412.17231) over an angle psi along a circular orbit that visits its regions
    cyclically: what a satellite sees in its first revolution repeats with its one
    period. The Earth stands as it does at ``held_at``.
    """
    motion, _, inclination, node, perigee, anomaly = _mean_elements(satrecs)
    along = perigee + anomaly + motion * _since_epoch_s(satrecs, start, seconds)
    still = (motion, 0.0, inclination, node, 0.0, along)
    r, v = _states(_semi_major_km(motion), *still)
    (cosine, sine), _ = turn_of_earth(held_at, np.zeros(1))
    return _earth_fixed(r, v, cosine, sine, 0.0)


def two_body(
    satrecs: Sequence[Satrec], start: datetime, seconds: NDArray
) -> tuple[NDArray, NDArray]:
    """Return states on Kepler's ellipses over the turning Earth.

    The period is that of the mean motion in the element set, which is Kozai's.
    """
    motion, *shape, anomaly = _mean_elements(satrecs)
    anomaly = anomaly + motion * _since_epoch_s(satrecs, start, seconds)
    r, v = _states(_semi_major_km(motion), motion, *shape, anomaly)
    return _turned(r, v, start, seconds)


def j2_secular(
    satrecs: Sequence[Satrec], start: datetime, seconds: NDArray
) -> tuple[NDArray, NDArray]:
    """Return states on ellipses that the Earth's flattening turns steadily.

    Node, perigee and mean anomaly drift as in Vallado, Fundamentals of Astrodynamics
    and Applications, 4th ed. (2013), section 9.6.1, equations 9-37, 9-39 and 9-41,
    from Brouwer's mean motion, which SGP4 finds from Kozai's; there is no drag and
    nothing periodic.
    """
    _, eccentricity, inclination, node, perigee, anomaly = _mean_elements(satrecs)
    lengths_km = np.array([[s.a * s.radiusearthkm] for s in satrecs])
    motion = np.sqrt(np.array([[s.mu] for s in satrecs]) / lengths_km**3)
    node_rate, perigee_rate, anomaly_rate = j2_rates_rad_s(
        motion, eccentricity, inclination
    )
    passed_s = _since_epoch_s(satrecs, start, seconds)
    r, v = _states(
        _semi_major_km(motion),
        anomaly_rate,
        eccentricity,
        inclination,
        node + node_rate * passed_s,
        perigee + perigee_rate * passed_s,
        anomaly + anomaly_rate * passed_s,
    )
    axis = _plane_axes(inclination, node + node_rate * passed_s)[2]
    pole = np.array([0.0, 0.0, 1.0])
    turn = perigee_rate[..., np.newaxis] * axis + node_rate[..., np.newaxis] * pole
    return _turned(r, v + np.cross(turn, r), start, seconds)


def j2_rates_rad_s(
    motion_rad_s: NDArray, eccentricity: NDArray, inclination_rad: NDArray
) -> tuple[NDArray, NDArray, NDArray]:
    """Return the steady rates of node, perigee and mean anomaly under J2."""
    parameter_km = _semi_major_km(motion_rad_s) * (1 - eccentricity**2)
    flattening = 1.5 * EARTH_J2 * (EARTH_RADIUS_KM / parameter_km) ** 2
    sine_2 = np.sin(inclination_rad) ** 2
    node = -flattening * motion_rad_s * np.cos(inclination_rad)
    perigee = flattening * motion_rad_s * (2 - 2.5 * sine_2)
    surplus = flattening * np.sqrt(1 - eccentricity**2) * (1 - 1.5 * sine_2)
    return node, perigee, motion_rad_s * (1 + surplus)


def passes_around(
    element_sets: Sequence[ElementSet],
    sites: pd.DataFrame,
    start: datetime,
    hours: float,
    margin_s: float,
    propagator: str | Propagator = REFERENCE,
) -> pd.DataFrame:
    """Return the passes from ``margin_s`` before the scenario to as much after it.

    Times count from ``start``, so those before it are negative. With the margin a
    pass that two theories put on different sides of an edge is found by both.
    """
    early = start - timedelta(seconds=margin_s)
    longer = hours + 2 * margin_s / 3600
    table = find_contacts(element_sets, sites, early, longer, propagator)
    table[TIMES] -= margin_s
    return table


def _mean_elements(satrecs: Sequence[Satrec]) -> tuple[NDArray, ...]:
    """Return motion in rad/s, eccentricity and four angles in rad, each a column."""
    rows = [(s.no_kozai, s.ecco, s.inclo, s.nodeo, s.argpo, s.mo) for s in satrecs]
    columns = np.array(rows, dtype=float).reshape(-1, 6).T[..., np.newaxis]
    return columns[0] / 60, *columns[1:]


def _since_epoch_s(
    satrecs: Sequence[Satrec], start: datetime, seconds: NDArray
) -> NDArray:
    """Return seconds from each satellite's epoch, shape (satellites, times)."""
    day, fraction = jday_datetime(start)
    lag_days = [(day - s.jdsatepoch) + (fraction - s.jdsatepochF) for s in satrecs]
    return DAY_S * np.array(lag_days)[:, np.newaxis] + seconds


def _semi_major_km(motion_rad_s: NDArray) -> NDArray:
    return np.cbrt(EARTH_MU_KM3_S2 / motion_rad_s**2)


def _states(
    semi_major_km: NDArray,
    motion: NDArray,
    eccentricity: NDArray | float,
    inclination: NDArray,
    node: NDArray,
    perigee: NDArray | float,
    anomaly: NDArray,
) -> tuple[NDArray, NDArray]:
    """Return inertial positions in km and velocities in km/s, if only ``anomaly``
    grows, at the rate ``motion`` in rad/s.
    """
    eccentric = _eccentric_anomaly(anomaly, eccentricity)
    cosine, sine = np.cos(eccentric), np.sin(eccentric)
    ratio = np.sqrt(1 - np.square(eccentricity))
    rate = motion / (1 - eccentricity * cosine)
    x, y = semi_major_km * (cosine - eccentricity), semi_major_km * ratio * sine
    v_x, v_y = -semi_major_km * sine * rate, semi_major_km * ratio * cosine * rate
    ascending, ahead, _ = _plane_axes(inclination, node)
    to_perigee = _along(np.cos(perigee), ascending) + _along(np.sin(perigee), ahead)
    across = _along(np.cos(perigee), ahead) - _along(np.sin(perigee), ascending)
    return (
        _along(x, to_perigee) + _along(y, across),
        _along(v_x, to_perigee) + _along(v_y, across),
    )


def _eccentric_anomaly(anomaly: NDArray, eccentricity: NDArray | float) -> NDArray:
    """Return the solution E of Kepler's equation M = E - e sin E, by Newton."""
    mean = np.remainder(anomaly, math.tau)
    # From pi Newton's method converges for any eccentricity below one.
    eccentric = np.where(np.asarray(eccentricity) > 0.8, math.pi, mean)
    for _ in range(50):
        excess = eccentric - eccentricity * np.sin(eccentric) - mean
        step = excess / (1 - eccentricity * np.cos(eccentric))
        eccentric = eccentric - step
        if np.abs(step).max(initial=0.0) < 1e-13:
            break
    return eccentric


def _plane_axes(
    inclination: NDArray, node: NDArray
) -> tuple[NDArray, NDArray, NDArray]:
    """Return unit vectors to the ascending node, a quarter ahead, and to the side."""
    zero, one = np.zeros_like(inclination + node), np.ones_like(inclination + node)
    c, s = np.cos(inclination), np.sin(inclination)
    ascending = np.stack([np.cos(node) * one, np.sin(node) * one, zero], axis=-1)
    ahead = np.stack([-np.sin(node) * c, np.cos(node) * c, s * one], axis=-1)
    side = np.stack([np.sin(node) * s, -np.cos(node) * s, c * one], axis=-1)
    return ascending, ahead, side


def _along(length: NDArray, vector: NDArray) -> NDArray:
    return np.asarray(length)[..., np.newaxis] * vector


def _turned(
    r: NDArray, v: NDArray, start: datetime, seconds: NDArray
) -> tuple[NDArray, NDArray]:
    """Return the states on the turning Earth, from those in TEME."""
    (cosine, sine), rate_rad_s = turn_of_earth(start, seconds)
    return _earth_fixed(r, v, cosine, sine, rate_rad_s)


def _earth_fixed(r, v, cosine, sine, rate_rad_s) -> tuple[NDArray, NDArray]:
    def turn(a):
        x, y, z = np.moveaxis(a, -1, 0)
        return np.stack([cosine * x + sine * y, cosine * y - sine * x, z], axis=-1)

    r, v = turn(r), turn(v)
    v[..., 0] += rate_rad_s * r[..., 1]
    v[..., 1] -= rate_rad_s * r[..., 0]
    return r, v
