import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from sgp4.api import WGS72, Satrec
from sgp4.exporter import export_tle

from fedorbit.orbits.constants import EARTH_MU_KM3_S2
from fedorbit.orbits.elements import SGP4_EPOCH
from fedorbit.orbits.ladder import (
    fixed_period,
    j2_rates_rad_s,
    j2_secular,
    ladder,
    passes_around,
    two_body,
)
from fedorbit.orbits.propagate import positions, turn_of_earth
from fedorbit.orbits.tle import from_lines

START = datetime(2026, 1, 1, tzinfo=UTC)
AXIS_KM = 6928.137  # 550 km above the equator
PERIOD_S = 5739.0  # 2 pi sqrt(a^3 / mu), by hand to a second


def satellite(
    axis_km=AXIS_KM, eccentricity=0.0, inclination_deg=53.0, angles_deg=(20, 30, 40)
):
    """Return a satellite without drag, with its epoch at the start."""
    node, perigee, anomaly = np.radians(angles_deg)
    satrec = Satrec()
    satrec.sgp4init(
        WGS72,
        "i",
        1,
        (START - SGP4_EPOCH) / timedelta(days=1),
        0.0,
        0.0,
        0.0,
        eccentricity,
        perigee,
        math.radians(inclination_deg),
        anomaly,
        60 * math.sqrt(EARTH_MU_KM3_S2 / axis_km**3),
        node,
    )
    return satrec


def inertial(r_km, seconds):
    """Return Earth-fixed positions of one satellite in the frame that stands still."""
    (cosine, sine), _ = turn_of_earth(START, np.asarray(seconds, dtype=float))
    x, y, z = r_km.T
    return np.stack([cosine * x - sine * y, sine * x + cosine * y, z], axis=-1)


def node_of(r_km, v_km_s):
    """Return the right ascension of the ascending node, in degrees."""
    side = np.cross(r_km, v_km_s)
    return np.degrees(np.arctan2(side[..., 0], -side[..., 1]))


def test_two_bodies_repeat_after_the_period_of_kepler():
    period_s = 2 * math.pi * math.sqrt(AXIS_KM**3 / 398600.4418)
    assert abs(period_s - PERIOD_S) < 0.5
    for eccentricity in 0.0, 0.001, 0.3:
        body = [satellite(eccentricity=eccentricity)]
        seconds = np.array([500.0, 500.0 + period_s, 500.0 + period_s / 2])
        r = inertial(two_body(body, START, seconds)[0][0], seconds)
        assert np.abs(r[1] - r[0]).max() < 1e-5
        assert np.abs(r[2] - r[0]).max() > 1000


def test_an_ellipse_has_its_perigee_its_apogee_and_the_energy_of_kepler():
    body = satellite(axis_km=10_000.0, eccentricity=0.3, angles_deg=(0, 0, 0))
    half_s = math.pi * math.sqrt(1e12 / EARTH_MU_KM3_S2)
    seconds = np.array([0.0, half_s, 0.37 * half_s])
    r = inertial(two_body([body], START, seconds)[0][0], seconds)
    distance = np.linalg.norm(r, axis=1)
    assert distance[0] == pytest.approx(7000.0, abs=1e-6)  # a (1 - e)
    assert distance[1] == pytest.approx(13000.0, abs=1e-6)  # a (1 + e)
    around = seconds[2] + np.array([-0.5, 0.5])
    near = inertial(two_body([body], START, around)[0][0], around)
    speed_2 = ((near[1] - near[0]) ** 2).sum()
    energy = speed_2 / 2 - EARTH_MU_KM3_S2 / distance[2]
    assert energy == pytest.approx(-EARTH_MU_KM3_S2 / 20_000.0, rel=1e-6)


@pytest.mark.parametrize("inclination_deg", [53.0, 97.6, 0.0, 90.0])
def test_the_node_drifts_under_j2_as_the_textbook_says(inclination_deg):
    # Vallado (2013), equation 9-38: degrees a day, a in km, circular orbits.
    drift = -2.06474e14 * AXIS_KM**-3.5 * math.cos(math.radians(inclination_deg))
    motion = np.array([math.sqrt(EARTH_MU_KM3_S2 / AXIS_KM**3)])
    node, _, _ = j2_rates_rad_s(motion, np.zeros(1), np.radians([inclination_deg]))
    assert np.degrees(node[0]) * 86400 == pytest.approx(drift, rel=1e-4, abs=1e-12)


def test_the_node_of_the_states_drifts_too():
    body, seconds = [satellite()], np.array([0.0, 86400.0])
    drift = -2.06474e14 * AXIS_KM**-3.5 * math.cos(math.radians(53.0))
    assert drift == pytest.approx(-4.49, abs=0.01)
    nodes = {}
    for rung in two_body, j2_secular:
        around = np.concatenate([seconds - 1, seconds + 1])
        r = inertial(rung(body, START, around)[0][0], around)
        nodes[rung] = node_of((r[:2] + r[2:]) / 2, (r[2:] - r[:2]) / 2)
    assert np.abs(nodes[two_body] - 20.0).max() < 1e-6
    # The drift itself tilts the plane of position and velocity by up to 0.016 degrees.
    assert nodes[j2_secular][0] == pytest.approx(20.0, abs=0.02)
    assert nodes[j2_secular][1] - 20.0 == pytest.approx(drift, abs=0.04)


def test_the_perigee_stands_still_at_the_critical_inclination():
    motion = np.array([1e-3])
    critical = np.array([math.asin(math.sqrt(4 / 5))])  # 63.4 degrees
    for inclination, sign in (critical, 0), (critical - 0.1, 1), (critical + 0.1, -1):
        _, perigee, _ = j2_rates_rad_s(motion, np.array([0.1]), inclination)
        assert np.sign(np.round(perigee[0], 15)) == sign


def test_simple_theories_leave_sgp4_by_kilometres_within_minutes():
    # The periodic terms of J2 and J3 that both lack are some 10 km at this height.
    seconds = np.arange(0.0, 1200.0, 60.0)
    bodies = [satellite(angles_deg=(a, 0, b)) for a in (0, 90, 200) for b in (0, 150)]
    true, _ = positions(bodies, START, seconds)
    for rung, tolerance_km in (two_body, 25.0), (j2_secular, 25.0):
        off_km = np.linalg.norm(rung(bodies, START, seconds)[0] - true, axis=-1)
        assert 0.5 < off_km.max() < tolerance_km


def test_after_three_days_only_j2_is_still_near_sgp4():
    seconds = 3 * 86400.0 + np.arange(0.0, 6000.0, 300.0)
    body = [satellite(angles_deg=(50, 0, 0))]
    true, _ = positions(body, START, seconds)

    def worst_km(rung):
        return np.linalg.norm(rung(body, START, seconds)[0] - true, axis=-1).max()

    assert worst_km(j2_secular) < 30
    # Node 13.5 degrees, argument of latitude 9 degrees: more than 1000 km.
    assert worst_km(two_body) > 1000


def test_with_a_fixed_period_all_repeats_over_an_earth_that_stands_still():
    rung = ladder(START)["fixed_period"]
    seconds = np.array([0.0, 700.0])
    first, _ = rung([satellite()], START, seconds)
    period_s = 2 * math.pi * math.sqrt(AXIS_KM**3 / EARTH_MU_KM3_S2)
    later, _ = rung([satellite()], START, seconds + 7 * period_s)
    assert np.abs(later - first).max() < 1e-5
    assert np.abs(np.linalg.norm(first, axis=-1) - AXIS_KM).max() < 1e-6
    # At the start all theories have the satellite near the same place.
    true, _ = positions([satellite()], START, seconds[:1])
    assert np.abs(first[:, :1] - true).max() < 25.0
    kept, _ = fixed_period([satellite()], START + timedelta(hours=1), [0.0], START)
    assert np.abs(kept - rung([satellite()], START, [3600.0])[0]).max() < 1e-3


@pytest.mark.parametrize("name", ["fixed_period", "two_body", "j2"])
def test_velocities_are_the_slopes_of_positions(name):
    bodies = [satellite(), satellite(9000.0, 0.2, 63.0, (100, 200, 300))]
    seconds = 40_000.0 + np.arange(-2.0, 3.0)
    r, v = ladder(START)[name](bodies, START, seconds)
    slope = (8 * (r[:, 3] - r[:, 1]) - (r[:, 4] - r[:, 0])) / 12
    assert np.abs(slope - v[:, 2]).max() < 1e-8


def test_a_circular_orbit_flies_over_a_site_for_as_long_as_geometry_says():
    # On a still Earth, from the zenith: cos(e + lambda) = R cos(e) / a, 25 degrees.
    radius_km, mask = 6378.137, math.radians(25.0)
    half = math.acos(radius_km * math.cos(mask) / AXIS_KM) - mask
    expected_s = 2 * half * math.sqrt(AXIS_KM**3 / EARTH_MU_KM3_S2)
    body = satellite(inclination_deg=0.0, angles_deg=(0, 0, 0))
    body.classification = "U"
    sites = pd.DataFrame(
        {
            "name": ["equator"],
            "latitude_deg": [0.0],
            "longitude_deg": [10.0],
            "altitude_m": [0.0],
            "min_elevation_deg": [25.0],
        }
    )
    sets = [from_lines("one", *export_tle(body))]
    table = passes_around(sets, sites, START, 6, 1000.0, ladder(START)["fixed_period"])
    whole = table[~table["cut_start"] & ~table["cut_end"]]
    assert len(whole) >= 3
    assert whole["rise_s"].min() > -1000 and whole["set_s"].max() < 6 * 3600 + 1000
    duration_s = whole["set_s"] - whole["rise_s"]
    assert np.abs(duration_s - expected_s).max() < 0.05
    assert np.abs(whole["culmination_s"].diff().dropna() - PERIOD_S).max() < 0.5


def test_passes_before_the_start_have_negative_times():
    sites = pd.DataFrame(
        {
            "name": ["site"],
            "latitude_deg": [40.0],
            "longitude_deg": [0.0],
            "altitude_m": [0.0],
            "min_elevation_deg": [5.0],
        }
    )
    body = satellite()
    body.classification = "U"
    sets = [from_lines("one", *export_tle(body))]
    narrow = passes_around(sets, sites, START, 24, 0.0)
    wide = passes_around(sets, sites, START, 24, 43_200.0)
    inside = wide[(wide["rise_s"] > 0) & (wide["set_s"] < 86400)]
    whole = narrow[~narrow["cut_start"] & ~narrow["cut_end"]]
    assert len(wide) > len(narrow) > 2
    assert wide["culmination_s"].min() < 0
    same = inside["culmination_s"].to_numpy() - whole["culmination_s"].to_numpy()
    assert np.abs(same).max() < 1e-3
