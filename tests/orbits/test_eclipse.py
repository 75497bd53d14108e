import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import skyfield
from skyfield.api import EarthSatellite, load
from skyfield.jpllib import SpiceKernel
from tests.orbits.made import START, elements, lines_of

from fedorbit.orbits import eclipse
from fedorbit.orbits.constants import EARTH_MU_KM3_S2, EARTH_RADIUS_KM
from fedorbit.orbits.eclipse import (
    AU_KM,
    SUN_RADIUS_KM,
    sun_km,
    sunlight,
    sunlit_share,
)
from fedorbit.orbits.propagate import turn_of_earth

ALMANAC_DEG = 0.01  # to which the formulas are true
# Excerpts of JPL's ephemerides that travel with Skyfield.
KERNELS = {
    "de441-1969.bsp": datetime(1969, 7, 29, tzinfo=UTC),
    "de430-2015-03-02.bsp": datetime(2015, 3, 2, tzinfo=UTC),
    "jup310-2053-10-08.bsp": datetime(2053, 10, 8, tzinfo=UTC),
}


def kernel(name):
    path = Path(skyfield.__file__).parent / "tests" / "data" / name
    if not path.exists():
        pytest.skip(f"this Skyfield comes without {name}")
    return SpiceKernel(str(path))


def right_ascension_and_declination(moment):
    """Return both in degrees, of the mean equinox of date, and the distance in au."""
    (x, y, z) = sun_km(moment, 0.0)[0]
    (cosine, sine), _ = turn_of_earth(moment, np.zeros(1))
    x, y = cosine[0] * x - sine[0] * y, sine[0] * x + cosine[0] * y
    distance_km = math.hypot(x, y, z)
    ascension_deg = math.degrees(math.atan2(y, x)) % 360
    return ascension_deg, math.degrees(math.asin(z / distance_km)), distance_km / AU_KM


def test_the_sun_of_a_worked_example():
    """Meeus, "Astronomical Algorithms", example 25.a: 1992 October 13, 0 h TD.

    The apparent place is 198.38083, -7.78507 degrees, at 0.99766 au; TD is 59 s ahead
    of UTC, in which the Sun moves by 0.0007 degrees.
    """
    found = right_ascension_and_declination(datetime(1992, 10, 13, tzinfo=UTC))
    assert found[0] == pytest.approx(198.38083, abs=ALMANAC_DEG)
    assert found[1] == pytest.approx(-7.78507, abs=ALMANAC_DEG)
    assert found[2] == pytest.approx(0.99766, abs=1e-4)


# US Naval Observatory, "Earth's Seasons": equinoxes and solstices in UTC.
@pytest.mark.parametrize(
    ("when", "ascension_deg"),
    [
        ("2023-03-20T21:24", 0),
        ("2023-06-21T14:58", 90),
        ("2023-09-23T06:50", 180),
        ("2023-12-22T03:27", 270),
        ("2024-03-20T03:06", 0),
        ("2024-09-22T12:44", 180),
    ],
)
def test_seasons_begin_when_they_do(when, ascension_deg):
    moment = datetime.fromisoformat(f"{when}:00+00:00")
    found_deg = right_ascension_and_declination(moment)[0]
    assert abs((found_deg - ascension_deg + 180) % 360 - 180) < 1.5 * ALMANAC_DEG


@pytest.mark.parametrize(("name", "moment"), KERNELS.items())
def test_sunlight_is_that_of_skyfield(name, moment):
    """Skyfield asks for the Sun's centre, which is half of the disc behind a limb."""
    ephemeris = kernel(name)
    timescale = load.timescale(builtin=True)
    seconds = np.arange(0, 86400, 20.0)
    times = timescale.from_datetimes([moment + timedelta(seconds=s) for s in seconds])
    epoch = moment.strftime("%y") + f"{moment.timetuple().tm_yday:03d}.00000000"
    for inclination_deg, node_deg, height_km in ((53, 20, 550), (97, 130, 600)):
        lines = lines_of(elements(height_km, 0.001, inclination_deg, node_deg))
        first = lines[0][:18] + epoch + lines[0][32:68]
        first += str(sum(int(c) if c.isdigit() else c == "-" for c in first) % 10)
        real = EarthSatellite(first, lines[1], "satellite", timescale)
        theirs = real.at(times).is_sunlit(ephemeris)
        one = elements(height_km, 0.001, inclination_deg, node_deg)
        share = sunlight([_at_epoch(one, real)], moment, seconds)[0]
        assert 0.5 < theirs.mean() < 0.95
        different = theirs != (share > 0.5)
        # Edges differ by less than a step, 30 edges in 4,320 samples.
        assert different.mean() < 0.003
        assert np.all((share[different] > 0.2) & (share[different] < 0.8))


def _at_epoch(one, real):
    """Return an element set whose SGP4 is that of a satellite of Skyfield."""

    class Same:
        name = one.name

        def satrec(self):
            return real.model

    return Same()


def at(x_km, y_km):
    return np.array([x_km, y_km, 0.0])


SUN = at(AU_KM, 0.0)


def test_full_light_umbra_and_half_of_the_disc():
    radius_km = EARTH_RADIUS_KM + 550
    assert sunlit_share(at(radius_km, 0), SUN) == 1.0
    assert sunlit_share(at(0, radius_km), SUN) == 1.0
    assert sunlit_share(at(-radius_km, 0), SUN) == 0.0
    # Where the line to the Sun's centre grazes the Earth half of the disc is seen.
    half = sunlit_share(
        at(-math.sqrt(radius_km**2 - EARTH_RADIUS_KM**2), 6378.137), SUN
    )
    # The Sun's parallax moves the grazing line by 1e-4 of a degree.
    assert half == pytest.approx(0.5, abs=0.01)
    assert np.isnan(sunlit_share(at(np.nan, 0), SUN))


def test_the_penumbra_is_as_wide_as_the_sun():
    """Seen from low orbit the Sun measures half a degree, passed in 8 s of 96 min."""
    angles = np.radians(np.linspace(90, 180, 90001))
    radius_km = EARTH_RADIUS_KM + 550
    r_km = radius_km * np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=-1)
    share = sunlit_share(r_km, SUN)
    assert np.all(np.diff(share) <= 1e-12)
    partly = np.degrees(np.ptp(angles[(share > 0) & (share < 1)]))
    sun_deg = math.degrees(2 * SUN_RADIUS_KM / AU_KM)
    assert partly == pytest.approx(sun_deg, abs=0.01)


def test_beyond_the_tip_of_the_umbra_a_ring_is_seen():
    """From 2 million km the Earth, of 0.18 degrees, covers part of the Sun's 0.26."""
    distance_km = 2e6
    ratio = (EARTH_RADIUS_KM / distance_km) / (SUN_RADIUS_KM / (AU_KM + distance_km))
    share = sunlit_share(at(-distance_km, 0), SUN)
    assert share == pytest.approx(1 - ratio**2, abs=1e-4)


@pytest.mark.parametrize("node_deg", [0, 40, 80, 120])
def test_eclipses_last_as_long_as_geometry_says(node_deg):
    """Wertz, "Space Mission Analysis and Design": with the angle beta to the Sun,

    the fraction is arccos(sqrt(h^2 + 2 R h) / ((R + h) cos beta)) / pi.
    """
    height_km = 550.0
    one = elements(height_km, 0.0, 53.0, node_deg)
    radius_km = EARTH_RADIUS_KM + height_km
    period_s = 2 * math.pi * math.sqrt(radius_km**3 / EARTH_MU_KM3_S2)
    seconds = np.linspace(0, period_s, 5000)
    share = sunlight([one], START, seconds)[0]
    ascension, declination = np.radians(right_ascension_and_declination(START)[:2])
    node, inclination = math.radians(node_deg), math.radians(53.0)
    sun = [
        math.cos(declination) * math.cos(ascension),
        math.cos(declination) * math.sin(ascension),
        math.sin(declination),
    ]
    pole = [
        math.sin(inclination) * math.sin(node),
        -math.sin(inclination) * math.cos(node),
        math.cos(inclination),
    ]
    cos_beta = math.sqrt(1 - np.dot(sun, pole) ** 2)
    limit = math.sqrt(height_km**2 + 2 * EARTH_RADIUS_KM * height_km)
    ratio = limit / (radius_km * cos_beta)
    expected = math.acos(ratio) / math.pi if ratio < 1 else 0.0
    assert 1 - share.mean() == pytest.approx(expected, abs=0.005)


def test_chunks_do_not_matter(monkeypatch):
    sets = [elements(550.0, 0.0, 53.0, node_deg) for node_deg in (0, 40, 80)]
    seconds = np.arange(0, 6000, 60.0)
    share = sunlight(sets, START, seconds)
    monkeypatch.setattr(eclipse, "CHUNK_SAMPLES", 150)
    assert np.array_equal(sunlight(sets, START, seconds), share)
