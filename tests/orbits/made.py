"""Element sets made from Kepler's elements, for tests of orbits."""

import math
from datetime import UTC, datetime, timedelta

from sgp4.alpha5 import to_alpha5
from sgp4.api import WGS72, Satrec
from sgp4.exporter import export_tle

from fedorbit.orbits.constants import EARTH_MU_KM3_S2, EARTH_RADIUS_KM
from fedorbit.orbits.elements import SGP4_EPOCH, ElementSet
from fedorbit.orbits.tle import from_lines

START = datetime(2023, 8, 22, tzinfo=UTC)


def elements(
    perigee_km,
    eccentricity,
    inclination_deg,
    node_deg=0.0,
    perigee_deg=0.0,
    anomaly_deg=0.0,
    b_star=0.0,
    name="satellite",
):
    """Return the elements of one satellite; lengths are above the equator."""
    semi_major_km = (EARTH_RADIUS_KM + perigee_km) / (1 - eccentricity)
    satrec = Satrec()
    satrec.sgp4init(
        WGS72,
        "i",
        1,
        (START - SGP4_EPOCH) / timedelta(days=1),
        b_star,
        0.0,
        0.0,
        eccentricity,
        math.radians(perigee_deg),
        math.radians(inclination_deg),
        math.radians(anomaly_deg),
        60 * math.sqrt(EARTH_MU_KM3_S2 / semi_major_km**3),
        math.radians(node_deg),
    )
    return from_lines(name, *export_tle(satrec))


def lines_of(element_set: ElementSet) -> tuple[str, str]:
    """Return a satellite as a two-line element set, by the package sgp4."""
    satrec = element_set.satrec()
    satrec.satnum_str = to_alpha5(element_set.number)
    return export_tle(satrec)
