"""Range and elevation during a pass, from the few numbers of the contact table."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fedorbit.orbits.constants import EARTH_MEAN_RADIUS_KM


def slant_range_km(
    seconds: NDArray,
    times_s: Sequence[ArrayLike],
    ranges_km: Sequence[ArrayLike],
) -> NDArray:
    """Return the slant range during a pass, from its values at three times.

    ``times_s`` and ``ranges_km`` belong to rise, culmination and set. The square of
    the range is taken as a parabola about the culmination on either side, which for
    low circular orbits is within 0.5 % of the true range; for a pass that the
    scenario cuts before or after its culmination it is within some 12 %.
    """
    rise_s, culmination_s, set_s = times_s
    rise_km, culmination_km, set_km = ranges_km
    before = seconds < culmination_s
    edge_s = np.where(before, rise_s, set_s) - culmination_s
    edge_km = np.where(before, rise_km, set_km)
    fraction = np.divide(
        seconds - culmination_s, edge_s, out=np.zeros_like(seconds), where=edge_s != 0
    )
    return np.sqrt(culmination_km**2 + (edge_km**2 - culmination_km**2) * fraction**2)


def elevation_deg(
    range_km: ArrayLike, culmination_km: float, max_elevation_deg: float
) -> NDArray:
    """Return the elevation at slant ranges of a pass, from that at its culmination.

    With R the Earth's radius, d a range and e the elevation there, the satellite is
    at r from the centre, r^2 = R^2 + d^2 + 2 R d sin e. The culmination gives r, and
    r gives the elevation at any range. Earth is a sphere here and r constant: on
    WGS-84 and for near-circular low orbits that errs by up to 0.25 degrees below an
    elevation of 80, since plumb lines miss the centre by up to 0.19 degrees; the
    cosecant of the elevation is then wrong by up to 2.5 %, at 10 degrees.
    """
    range_km = np.asarray(range_km, dtype=float)
    excess_km2 = _excess_km2(culmination_km, max_elevation_deg)
    sine = (excess_km2 - range_km**2) / (2 * EARTH_MEAN_RADIUS_KM * range_km)
    return np.degrees(np.arcsin(np.clip(sine, -1.0, 1.0)))


def crossings_s(
    at_deg: float,
    times_s: tuple[float, float, float],
    ranges_km: tuple[float, float, float],
    max_elevation_deg: float,
) -> Iterator[float]:
    """Yield the times, at most two, at which a pass crosses an elevation.

    They are those at which ``elevation_deg`` of ``slant_range_km`` does so.
    """
    if not -90 < at_deg < max_elevation_deg:
        return
    rise_s, culmination_s, set_s = times_s
    rise_km, culmination_km, set_km = ranges_km
    drop_km = EARTH_MEAN_RADIUS_KM * math.sin(math.radians(at_deg))
    excess_km2 = _excess_km2(culmination_km, max_elevation_deg)
    cross_km = math.sqrt(drop_km**2 + excess_km2) - drop_km
    for edge_s, edge_km in ((rise_s, rise_km), (set_s, set_km)):
        if culmination_km < cross_km < edge_km:
            fraction = (cross_km**2 - culmination_km**2) / (
                edge_km**2 - culmination_km**2
            )
            yield culmination_s + (edge_s - culmination_s) * math.sqrt(fraction)


def _excess_km2(culmination_km: float, max_elevation_deg: float) -> float:
    """Return r^2 - R^2 of a satellite that culminates at a range and an elevation."""
    sine = math.sin(math.radians(max_elevation_deg))
    return culmination_km * (culmination_km + 2 * EARTH_MEAN_RADIUS_KM * sine)
