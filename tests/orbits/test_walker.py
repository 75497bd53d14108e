import math
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.orbits.made import lines_of

from fedorbit.orbits.lists import read_constellation
from fedorbit.orbits.omm import write_elements
from fedorbit.orbits.tle import from_lines
from fedorbit.orbits.walker import Walker, walker_elements

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
EARTH_RADIUS_KM = 6378.137  # WGS-84
EARTH_J2 = 1.08263e-3  # WGS-84
TLE_ANGLE_DEG = 1e-4  # the last digit of an angle in a TLE
STARLINK = {
    "pattern": "delta",
    "planes": 72,
    "satellites_per_plane": 22,
    "phasing": 1,
    "altitude_km": 550,
    "inclination_deg": 53,
}


def small(pattern: str, phasing: int) -> Walker:
    return Walker(
        pattern=pattern,
        planes=4,
        satellites_per_plane=3,
        phasing=phasing,
        altitude_km=550,
        inclination_deg=53,
    )


# The columns of line 2 are those of Spacetrack Report No. 3.
def right_ascension_deg(element_set) -> float:
    return element_set.raan_deg


def mean_anomaly_deg(element_set) -> float:
    return element_set.mean_anomaly_deg


def revolutions_a_day(element_set) -> float:
    return element_set.mean_motion_rev_day


@pytest.fixture(scope="module")
def shell():
    return walker_elements(Walker(**STARLINK), EPOCH)


# i: 12/4/F. A delta has planes every 360 / 4 = 90 degrees, a star every 180 / 4 = 45;
# satellites of a plane are 360 / 3 = 120 degrees apart, and each plane is
# F * 360 / 12 = 30 F degrees ahead of the one to the west.
@pytest.mark.parametrize(
    ("pattern", "phasing", "planes_deg", "firsts_deg"),
    [
        ("delta", 0, [0, 90, 180, 270], [0, 0, 0, 0]),
        ("delta", 1, [0, 90, 180, 270], [0, 30, 60, 90]),
        ("delta", 3, [0, 90, 180, 270], [0, 90, 180, 270]),
        ("star", 0, [0, 45, 90, 135], [0, 0, 0, 0]),
        ("star", 2, [0, 45, 90, 135], [0, 60, 120, 180]),
    ],
)
def test_planes_and_satellites_are_spaced_as_by_hand(
    pattern, phasing, planes_deg, firsts_deg
):
    sets = walker_elements(small(pattern, phasing), EPOCH)
    assert [right_ascension_deg(s) for s in sets] == np.repeat(planes_deg, 3).tolist()
    expected = [(first + 120 * slot) % 360 for first in firsts_deg for slot in range(3)]
    assert [mean_anomaly_deg(s) for s in sets] == expected


@given(
    pattern=st.sampled_from(["delta", "star"]),
    planes=st.integers(1, 12),
    per_plane=st.integers(1, 12),
    data=st.data(),
)
def test_any_pattern_is_even_in_and_between_planes(pattern, planes, per_plane, data):
    phasing = data.draw(st.integers(0, planes - 1))
    walker = Walker(
        pattern=pattern,
        planes=planes,
        satellites_per_plane=per_plane,
        phasing=phasing,
        altitude_km=data.draw(st.integers(300, 2000)),
        inclination_deg=data.draw(st.integers(0, 180)),
    )
    sets = walker_elements(walker, EPOCH)
    assert len({s.name for s in sets}) == len(sets) == planes * per_plane
    spread_deg = {"delta": 360, "star": 180}[pattern] / planes
    for number, element_set in enumerate(sets):
        plane, slot = divmod(number, per_plane)
        turn_deg = 360 * slot / per_plane + 360 * phasing * plane / len(sets)
        apart_deg = (mean_anomaly_deg(element_set) - turn_deg + 180) % 360 - 180
        assert abs(apart_deg) <= TLE_ANGLE_DEG
        assert abs(right_ascension_deg(element_set) - plane * spread_deg) <= (
            TLE_ANGLE_DEG
        )


def test_satellites_are_named_by_plane_and_slot():
    names = [s.name for s in walker_elements(small("delta", 1), EPOCH)]
    assert names[:4] == ["WALKER-01-01", "WALKER-01-02", "WALKER-01-03", "WALKER-02-01"]
    assert names[-1] == "WALKER-04-03"


def test_the_first_shell_of_starlink_has_1584_satellites_with_digits_of_a_tle(shell):
    assert len(shell) == 72 * 22 == 1584
    assert [s.number for s in shell] == list(range(1, 1585))
    for element_set in shell:
        assert from_lines(element_set.name, *lines_of(element_set)) == element_set


def test_a_constellation_reads_back_from_its_file(shell, tmp_path):
    path = tmp_path / "constellation.csv"
    write_elements(shell, path)
    assert read_constellation(path) == shell


def test_the_elements_are_those_of_the_settings(shell):
    for element_set in shell[::97]:
        assert element_set.epoch == datetime(2026, 1, 1, tzinfo=UTC)
        assert element_set.inclination_deg == 53.0
        assert element_set.eccentricity == element_set.bstar == 0.0


def test_the_epoch_may_fall_within_a_day():
    noon = datetime(2026, 7, 4, 12, tzinfo=UTC)
    sets = walker_elements(small("delta", 1), noon)
    assert sets[0].epoch == noon
    # 4 July is day 185 of 2026: 31 + 28 + 31 + 30 + 31 + 30 + 4.
    assert lines_of(sets[0])[0][18:32] == "26185.50000000"


def test_the_period_at_550_km_is_5739_seconds(shell):
    # a = 6378.137 + 550 = 6928.137 km; T = 2 pi sqrt(a^3 / 398600.4418) = 5739.0 s.
    half_a_second = 0.5
    for element_set in shell[::97]:
        period_s = 86400 / revolutions_a_day(element_set)
        assert abs(period_s - 5739.0) < half_a_second


def test_sgp4_returns_to_the_node_once_in_a_period(shell):
    # The Earth's flattening moves the perigee forward, so that the node comes sooner
    # than the period: by 3/4 J2 (R / a)^2 (5 cos^2 i - 1) = 0.000558 of it, or 3.2 s.
    radii = EARTH_RADIUS_KM / (EARTH_RADIUS_KM + 550)
    sooner = 0.75 * EARTH_J2 * radii**2 * (5 * math.cos(math.radians(53)) ** 2 - 1)
    nodal_s = 5739.0 / (1 + sooner)
    satrec = shell[0].satrec()
    seconds = np.arange(-100.0, 12000.0, 1.0)
    heights_km = np.array([satrec.sgp4_tsince(s / 60)[1][2] for s in seconds])
    up = np.flatnonzero((heights_km[:-1] < 0) & (heights_km[1:] >= 0))
    climbs = -heights_km[up] / (heights_km[up + 1] - heights_km[up])
    a_tenth_of_a_second = 0.1
    between_s = np.diff(seconds[up] + climbs)
    assert len(between_s) == 2
    np.testing.assert_allclose(between_s, nodal_s, rtol=0, atol=a_tenth_of_a_second)


def test_satellites_fly_at_their_altitude(shell):
    # The flattening moves a satellite up and down by about 10 km in a revolution.
    fifteen_km = 15.0
    for element_set in shell[::97]:
        for minutes in range(0, 96, 8):
            _, position_km, _ = element_set.satrec().sgp4_tsince(minutes)
            altitude_km = np.linalg.norm(position_km) - EARTH_RADIUS_KM
            assert abs(altitude_km - 550) < fifteen_km


@pytest.mark.parametrize("phasing", [-1, 72, 100])
def test_phasing_is_from_zero_to_the_planes_less_one(phasing):
    with pytest.raises(ValidationError, match="phasing"):
        Walker(**STARLINK | {"phasing": phasing})
    assert Walker(**STARLINK | {"phasing": 71}).phasing == 71
