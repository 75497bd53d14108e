"""Contacts between satellites: line of sight, range, range rate and Doppler shift.

Two satellites see each other if the line between them clears a sphere of the
equatorial radius and a grazing height, which keeps it above the denser air. Over the
poles, where the Earth's radius is 21 km less, such a line passes up to 21 km higher
than the grazing height says. So sight is never invented, but begins late and ends
early: by 8 s for two satellites at 550 km that meet head-on over a pole, and by 15 s
(median; 99 percent: 200 s) at most for the pairs of a polar shell of 66 at 780 km.

The Doppler shift is that of first order, -f / c times the range rate: positive, so
that the carrier is received too high, while the satellites approach each other. Light
time and the terms of second order, left out, come to some 30 Hz at 12 GHz.

Range and range rate are the same in every frame whose origin is common and whose axes
merely turn: the part of the velocities that the turning makes, the cross product of
the rate of turning and the relative position, is at a right angle to the line of
sight. So positions and velocities are Earth-fixed here, those of SGP4's inertial
frame would give the same, but the two must not be mixed.
"""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from fedorbit.base.errors import InputError
from fedorbit.orbits.constants import EARTH_RADIUS_KM, SPEED_OF_LIGHT_M_S
from fedorbit.orbits.elements import ElementSet
from fedorbit.orbits.propagate import check_propagator, positions
from fedorbit.orbits.sightlines import find_events
from fedorbit.orbits.signals import CONDITIONS

TRACK_SAMPLES = 250_000  # pairs by times, held at a time: some 60 MB


class IslTracks(NamedTuple):
    """Pairs of satellites over time; each array has the shape (pairs, times)."""

    range_km: NDArray
    """Distance between the satellites."""
    range_rate_km_s: NDArray
    """Its rate of change, negative while they approach each other."""
    doppler_hz: NDArray
    """Shift of the received carrier, positive while they approach each other."""
    lowest_km: NDArray
    """Height of the lowest point between them over a sphere of equatorial radius."""


def isl_tracks(
    element_sets: Sequence[ElementSet],
    pairs: pd.DataFrame,
    start: datetime,
    seconds: ArrayLike,
    carrier_hz: float,
    propagator: str = "sgp4",
) -> IslTracks:
    """Return range, range rate, Doppler shift and lowest height of pairs over time.

    ``pairs`` has the columns ``satellite_a`` and ``satellite_b``, as ``ring_pairs``,
    ``plane_pairs`` and ``all_pairs`` make them, and ``seconds`` count from ``start``.
    The satellites see each other where ``lowest_km`` is at least the grazing height.
    Rates come from SGP4's velocities, which are not quite the derivatives of its
    positions: on nearly circular orbits they are off by up to 50 mm/s (2 Hz at
    12 GHz), for eccentricities from 0.3 by 2 m/s, and by up to 25 m/s for satellites
    that the air is about to bring down. A time for which SGP4 fails gives NaN.
    """
    _check_positive(carrier_hz=carrier_hz)
    members, index = _members(element_sets, pairs)
    satrecs = [s.satrec() for s in members]
    seconds = np.array(seconds, dtype=float, ndmin=1)
    tracks = IslTracks(*np.empty((4, len(index), len(seconds))))
    times = max(1, TRACK_SAMPLES // max(len(satrecs), 1))
    for first in range(0, len(seconds), times):
        some = slice(first, first + times)
        r_km, v_km_s = positions(satrecs, start, seconds[some], propagator)
        rows = max(1, TRACK_SAMPLES // r_km.shape[1])
        for begin in range(0, len(index), rows):
            a, b = index[begin : begin + rows].T
            range_km, rate_km_s, lowest_km = _track(r_km, v_km_s, a, b)
            here = slice(begin, begin + rows), some
            tracks.range_km[here] = range_km
            tracks.range_rate_km_s[here] = rate_km_s
            tracks.doppler_hz[here] = doppler_hz(rate_km_s, carrier_hz)
            tracks.lowest_km[here] = lowest_km
    return tracks


def doppler_hz(range_rate_km_s: ArrayLike, carrier_hz: float) -> NDArray:
    """Return the shift of a received carrier, positive while the range shrinks."""
    rate_m_s = 1e3 * np.asarray(range_rate_km_s)
    return -carrier_hz / SPEED_OF_LIGHT_M_S * rate_m_s


def find_isl_windows(
    element_sets: Sequence[ElementSet],
    pairs: pd.DataFrame,
    start: datetime,
    hours: float,
    grazing_km: float,
    max_doppler_hz: float | None = None,
    *,
    carrier_hz: float,
    propagator: str = "sgp4",
) -> pd.DataFrame:
    """Return the windows in which pairs see each other, in order of rising.

    During a window the line of sight clears ``grazing_km`` and, where
    ``max_doppler_hz`` is given, the Doppler shift of ``carrier_hz`` is no more than
    that in size. ``pairs`` are those of ``isl_tracks``.

    The columns are ``satellite_a``, ``satellite_b``, ``rise_s`` and ``set_s`` in
    seconds from ``start``, ``range_rise_km``, ``range_min_km`` and ``range_set_km``,
    ``max_doppler_hz`` (the greatest size of the shift during the window), and
    ``cut_start`` and ``cut_end``: the window was open at the start, or is at the end.
    A window is also cut in the last five minutes before a satellite's SGP4 fails; such
    a satellite has no windows afterwards.

    Edges are found on smooth paths through SGP4's positions at every minute, and rates
    are the derivatives of the ranges on these. A window or an interruption shorter
    than a minute is found because closest approaches and the extremes of range rate
    and of line of sight are sought between the nodes; what may be lost is a pair of
    edges around a second extreme of the same kind within a minute.
    """
    check_propagator(propagator)
    _check_positive(hours=hours, carrier_hz=carrier_hz)
    limit_km_s = math.inf
    if max_doppler_hz is not None:
        _check_positive(max_doppler_hz=max_doppler_hz)
        limit_km_s = max_doppler_hz / carrier_hz * SPEED_OF_LIGHT_M_S / 1e3
    if not (math.isfinite(grazing_km) and grazing_km >= 0):
        raise InputError(f"grazing_km is {grazing_km}; give a height of 0 or more.")
    members, index = _members(element_sets, pairs)
    satrecs = [s.satrec() for s in members]
    radius_km = EARTH_RADIUS_KM + grazing_km
    duration_s = hours * 3600
    events = find_events(
        satrecs, index, start, duration_s, radius_km, limit_km_s, propagator
    )
    return _windows(events, pairs, carrier_hz)


def _windows(events: NDArray, pairs: pd.DataFrame, carrier_hz: float) -> pd.DataFrame:
    """Return the table of times during which all conditions of a pair hold."""
    events = events[np.lexsort([events["order"], events["time_s"], events["pair"]])]
    # The steps of a pair add up to zero, so the count starts afresh with the next.
    is_open = np.cumsum(events["step"]) == CONDITIONS
    was_open = np.concatenate([[False], is_open[:-1]])
    rise, set_ = events[is_open & ~was_open], events[was_open & ~is_open]
    inside = is_open | was_open
    first = np.flatnonzero((is_open & ~was_open)[inside])
    least_km = np.minimum.reduceat(events["range_km"][inside], first)
    rate_km_s = np.abs(events["rate_km_s"][inside])
    fastest_km_s = np.maximum.reduceat(rate_km_s, first)
    named = pairs.iloc[rise["pair"]]
    table = pd.DataFrame(
        {
            "satellite_a": named["satellite_a"].to_numpy(),
            "satellite_b": named["satellite_b"].to_numpy(),
            "rise_s": rise["time_s"],
            "set_s": set_["time_s"],
            "range_rise_km": rise["range_km"],
            "range_min_km": least_km,
            "range_set_km": set_["range_km"],
            "max_doppler_hz": np.abs(doppler_hz(fastest_km_s, carrier_hz)),
            "cut_start": rise["order"] == -1,
            "cut_end": set_["order"] == 1,
        }
    )
    table = table[table["set_s"] > table["rise_s"]]
    by = ["rise_s", "satellite_a", "satellite_b"]
    return table.sort_values(by, kind="stable", ignore_index=True)


def _track(
    r_km: NDArray, v_km_s: NDArray, a: NDArray, b: NDArray
) -> tuple[NDArray, NDArray, NDArray]:
    """Return range, range rate and lowest height of pairs from states by satellite."""
    from_a, rate = r_km[b] - r_km[a], v_km_s[b] - v_km_s[a]
    range_km = np.linalg.norm(from_a, axis=-1)
    with np.errstate(invalid="ignore"):  # satellites in the same place have no rate
        rate_km_s = np.sum(from_a * rate, axis=-1) / range_km
        # The point of the line nearest to the Earth's centre, if between the two.
        part = -np.sum(r_km[a] * from_a, axis=-1) / range_km**2
    nearest = r_km[a] + np.clip(part, 0, 1)[..., np.newaxis] * from_a
    return range_km, rate_km_s, np.linalg.norm(nearest, axis=-1) - EARTH_RADIUS_KM


def _members(
    element_sets: Sequence[ElementSet], pairs: pd.DataFrame
) -> tuple[list[ElementSet], NDArray]:
    """Return the satellites that occur in pairs, and the pairs as indices into them."""
    missing = {"satellite_a", "satellite_b"} - set(pairs.columns)
    if missing:
        raise InputError(
            f"the pairs lack the column {min(missing)}; "
            "give the columns satellite_a and satellite_b."
        )
    if pairs.empty:
        raise InputError("there are no pairs of satellites; give at least one.")
    names = pairs[["satellite_a", "satellite_b"]].to_numpy(dtype=object)
    same = names[names[:, 0] == names[:, 1]]
    if len(same):
        raise InputError(f"{same[0, 0]} is paired with itself; leave that pair out.")
    by_name = {s.name: s for s in element_sets}
    if len(by_name) < len(element_sets):
        repeated = next(s.name for s in element_sets if by_name[s.name] is not s)
        raise InputError(
            f"the name {repeated!r} occurs twice in the element sets; rename one."
        )
    known, index = np.unique(names.ravel(), return_inverse=True)
    unknown = [name for name in known if name not in by_name]
    if unknown:
        raise InputError(
            f"the satellite {unknown[0]!r} of the pairs is not in the element sets; "
            "take both from the same snapshot."
        )
    return [by_name[name] for name in known], index.reshape(names.shape)


def _check_positive(**values: float) -> None:
    """Raise ``InputError`` unless a value is a number above 0."""
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0):
            raise InputError(f"{name} is {value}; give a number above 0.")
