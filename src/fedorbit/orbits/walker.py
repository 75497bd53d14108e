"""Walker constellations as element sets.

Walker, "Satellite constellations", J. British Interplanetary Society 37 (1984):
the pattern i: T/P/F has T satellites in P evenly spaced planes, and a satellite is
F * 360 / T degrees ahead of its neighbour in the next plane to the west.
"""

import math
from datetime import datetime
from typing import Literal, Self

from pydantic import model_validator
from sgp4.api import WGS72, Satrec
from sgp4.exporter import export_tle

from fedorbit.base.settings import Settings, between
from fedorbit.orbits.constants import DAY_S, EARTH_MU_KM3_S2, EARTH_RADIUS_KM
from fedorbit.orbits.elements import SGP4_EPOCH, ElementSet
from fedorbit.orbits.tle import from_lines

MOST_SATELLITES = 100_000  # more than anybody has filed


class Walker(Settings):
    """A Walker pattern of satellites on circular orbits."""

    source: Literal["walker"] = "walker"
    """Satellites of a pattern, rather than real ones."""

    pattern: Literal["delta", "star"]
    """Planes spread over 360 degrees of right ascension (delta) or 180 (star)."""
    planes: between(int, 1, 1000)
    """Number of orbital planes."""
    satellites_per_plane: between(int, 1, 1000)
    """Number of evenly spaced satellites in each plane."""
    phasing: between(int, 0, 999)
    """Walker's F, from 0 to the number of planes less one."""
    altitude_km: between(float, 160.0, 100_000.0)
    """Height of the orbit above the equatorial radius."""
    inclination_deg: between(float, 0.0, 180.0)
    """Inclination of the planes to the equator."""

    @model_validator(mode="after")
    def _pattern_is_possible(self) -> Self:
        if self.phasing >= self.planes:
            raise ValueError(
                f"phasing is {self.phasing}, but must be less than the number of "
                f"planes, {self.planes}"
            )
        if self.planes * self.satellites_per_plane > MOST_SATELLITES:
            raise ValueError(
                f"{self.planes} planes of {self.satellites_per_plane} satellites are "
                f"more than {MOST_SATELLITES}; lower one of the two"
            )
        return self


def walker_elements(walker: Walker, epoch: datetime) -> list[ElementSet]:
    """Return the element sets of a Walker constellation of circular orbits.

    The mean motion is the two-body one at ``altitude_km`` above the equatorial
    radius, and drag is zero. All numbers have the digits of a TLE. Satellites are
    named by plane and slot, as in ``WALKER-01-22``, and numbered from 1.
    """
    total = walker.planes * walker.satellites_per_plane
    spread = {"delta": math.tau, "star": math.pi}[walker.pattern]
    semi_major_km = EARTH_RADIUS_KM + walker.altitude_km
    motion_rad_min = 60.0 * math.sqrt(EARTH_MU_KM3_S2 / semi_major_km**3)
    epoch_days = (epoch - SGP4_EPOCH).total_seconds() / DAY_S
    sets = []
    for plane in range(walker.planes):
        for slot in range(walker.satellites_per_plane):
            satrec = Satrec()
            satrec.sgp4init(
                WGS72,
                "i",
                len(sets) + 1,
                epoch_days,
                0.0,  # B*, drag term
                0.0,  # first derivative of the mean motion
                0.0,  # second derivative
                0.0,  # eccentricity
                0.0,  # argument of perigee, rad
                math.radians(walker.inclination_deg),
                math.tau
                * (slot / walker.satellites_per_plane + walker.phasing * plane / total)
                % math.tau,
                motion_rad_min,
                spread * plane / walker.planes,
            )
            name = f"WALKER-{plane + 1:02d}-{slot + 1:02d}"
            sets.append(from_lines(name, *export_tle(satrec)))
    return sets
