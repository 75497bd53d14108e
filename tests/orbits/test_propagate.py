import builtins
import importlib.util
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import numpy as np
import pytest
from sgp4.api import Satrec
from sgp4.conveniences import jday_datetime, sat_epoch_datetime
from skyfield.api import EarthSatellite, load, wgs84
from skyfield.framelib import itrs
from skyfield.sgp4lib import theta_GMST1982
from tests.orbits.test_tle import VANGUARD

from fedorbit.base.errors import InputError
from fedorbit.orbits.propagate import positions, site_frames, states, subpoints

MILLIMETRE_KM = 1e-6
MILLIMETRE_S_KM_S = 1e-6
NANORADIAN_DEG = 6e-8

TIMESCALE = load.timescale(builtin=True)
START = datetime(2023, 8, 22, 6, 30, tzinfo=UTC)
ISS = (
    "1 25544U 98067A   23234.28209491  .00012979  00000-0  23561-3 0  9996",
    "2 25544  51.6419  21.4458 0003798 334.5349 136.5161 15.49900490411979",
)

needs_heyoka = pytest.mark.skipif(
    importlib.util.find_spec("heyoka") is None, reason="heyoka is not installed"
)
both_propagators = pytest.mark.parametrize(
    "propagator", ["sgp4", pytest.param("heyoka", marks=needs_heyoka)]
)


def verification_cases():
    """Yield the satellites of SGP4-VER.TLE with their rows of tcppver.out.

    Both files are Vallado's, of AIAA 2006-6753, and come with the sgp4 package. The
    rows hold minutes from the epoch, TEME position in km and velocity in km/s.
    """
    lines = (files("sgp4") / "SGP4-VER.TLE").read_text().splitlines()
    lines = [line[:69] for line in lines if line[:1] in ("1", "2")]
    blocks = (files("sgp4") / "tcppver.out").read_text().split(" xx\n")[1:]
    for line1, line2, block in zip(lines[::2], lines[1::2], blocks, strict=True):
        rows = [row.split()[:7] for row in block.splitlines()]
        table = np.array([row for row in rows if len(row) == 7], dtype=float)
        yield Satrec.twoline2rv(line1, line2), table


def seconds_from(start, satrec, minutes):
    """Return seconds from ``start``, without the rounding of epochs to microseconds."""
    day, fraction = jday_datetime(start)
    lag_days = (satrec.jdsatepoch - day) + (satrec.jdsatepochF - fraction)
    return lag_days * 86400.0 + minutes * 60.0


def turned_back(r_km, v_km_s, start, seconds):
    """Return TEME states from Earth-fixed ones."""
    begin = TIMESCALE.from_datetime(start)
    time = TIMESCALE.tt_jd(begin.whole, begin.tt_fraction + seconds / 86400.0)
    angle, rate_per_day = theta_GMST1982(time.whole, time.ut1_fraction)
    zero, one = np.zeros_like(angle), np.ones_like(angle)
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.array([[cosine, -sine, zero], [sine, cosine, zero], [zero, zero, one]])
    spin = np.stack([zero, zero, one * rate_per_day / 86400.0], axis=-1)
    inertial = v_km_s + np.cross(spin, r_km)
    return np.einsum("ijt,tj->ti", turn, r_km), np.einsum("ijt,tj->ti", turn, inertial)


@both_propagators
def test_states_agree_with_the_verification_file(propagator):
    compared = 0
    for satrec, table in verification_cases():
        start = sat_epoch_datetime(satrec)
        seconds = seconds_from(start, satrec, table[:, 0])
        r, v = states([satrec], start, seconds, propagator)
        good = ~np.isnan(r[0, :, 0])
        # The file also has a last row for each of the satellites that decay.
        assert good[:-1].all()
        r, v = turned_back(r[0], v[0], start, seconds)
        assert np.abs(r - table[:, 1:4])[good].max(initial=0) < MILLIMETRE_KM
        assert np.abs(v - table[:, 4:7])[good].max(initial=0) < MILLIMETRE_S_KM_S
        compared += good.sum()
    assert compared > 600


def test_positions_agree_with_skyfield():
    seconds = np.arange(0.0, 86400.0, 977.0)
    r, v = positions([Satrec.twoline2rv(*ISS)], START, seconds)
    begin = TIMESCALE.from_datetime(START)
    time = TIMESCALE.tt_jd(begin.whole, begin.tt_fraction + seconds / 86400.0)
    place = EarthSatellite(*ISS, ts=TIMESCALE).at(time)
    expected_r, expected_v = place.frame_xyz_and_velocity(itrs)
    assert np.abs(r[0].T - expected_r.km).max() < 5 * MILLIMETRE_KM
    assert np.abs(v[0].T - expected_v.km_per_s).max() < MILLIMETRE_S_KM_S


@both_propagators
def test_velocity_is_relative_to_the_turning_earth(propagator):
    seconds = np.arange(-2.0, 3.0)
    r, v = positions([Satrec.twoline2rv(*ISS)], START, seconds, propagator)
    slope = (8 * (r[0, 3] - r[0, 1]) - (r[0, 4] - r[0, 0])) / 12
    # SGP4's velocities leave out some of the drag: see passes.py.
    twenty_mm_s = 20 * MILLIMETRE_S_KM_S
    assert np.abs(slope - v[0, 2]).max() < twenty_mm_s


@both_propagators
def test_many_satellites_go_in_chunks_with_the_same_result(propagator, monkeypatch):
    satrecs = [satrec for satrec, _ in verification_cases()]
    start, seconds = datetime(2006, 6, 25, tzinfo=UTC), np.arange(0.0, 7200.0, 60.0)
    whole = positions(satrecs, start, seconds, propagator)
    monkeypatch.setattr("fedorbit.orbits.propagate.CHUNK_SAMPLES", 500)
    parts = positions(satrecs, start, seconds, propagator)
    assert np.isnan(whole[0]).any()
    for a, b in zip(whole, parts, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=MILLIMETRE_KM)


@both_propagators
def test_a_decayed_satellite_becomes_nan_and_its_neighbour_does_not(propagator):
    # Of SGP4-VER.TLE: below the ground within 55 minutes of its epoch.
    decaying = Satrec.twoline2rv(
        "1 28872U 05037B   05333.02012661  .25992681  00000-0  24476-3 0  1534",
        "2 28872  96.4736 157.9986 0303955 244.0492 110.6523 16.46015938 10708",
    )
    start = sat_epoch_datetime(decaying)
    seconds = np.arange(0.0, 7200.0, 60.0)
    satrecs = [decaying, VANGUARD.satrec()]
    r, v = states(satrecs, start, seconds, propagator)
    assert not np.isnan(r[0, :40]).any()
    assert np.isnan(r[0, 55]).all()
    assert np.array_equal(np.isnan(r), np.isnan(v))
    assert not np.isnan(r[1]).any()
    # It flies until it is 120 km high, here by the height over a sphere, to 21 km.
    height_km = np.linalg.norm(r[0], axis=1) - 6378.137
    r, v = positions(satrecs, start, seconds, propagator)
    ends = np.isnan(r[0, :, 0]).argmax()
    assert 99 <= height_km[ends - 1] and height_km[ends] <= 120
    assert np.isnan(r[0, ends:]).all() and np.isnan(v[0, ends:]).all()
    assert not np.isnan(r[0, :ends]).any()
    assert not np.isnan(r[1]).any()


def test_sites_agree_with_skyfield():
    latitude, longitude = np.array([-90.0, -33.4, 0.0, 67.9, 90.0]), 17.0
    altitude = np.array([2835.0, 560.0, 0.0, -100.0, 0.0])
    position, up = site_frames(latitude, longitude, altitude)
    for row in range(len(latitude)):
        place = wgs84.latlon(latitude[row], longitude, altitude[row])
        assert np.abs(position[row] - place.itrs_xyz.km).max() < MILLIMETRE_KM
        higher = wgs84.latlon(latitude[row], longitude, altitude[row] + 1000.0)
        one_km_up = higher.itrs_xyz.km - place.itrs_xyz.km
        assert np.abs(up[row] - one_km_up).max() < 1e-9


def test_subpoints_return_the_latitude_and_longitude_of_sites():
    latitude = np.array([-90.0, -89.9, -45.0, 0.0, 1e-6, 30.0, 89.0])
    longitude = np.array([0.0, -179.9, 90.0, 180.0, 3.0, -60.0, 12.0])
    for altitude_m in 0.0, 550e3, 35_786e3:
        position, _ = site_frames(latitude, longitude, altitude_m)
        found_latitude, found_longitude = subpoints(position)
        assert np.abs(found_latitude - latitude).max() < NANORADIAN_DEG
        assert np.abs(found_longitude - longitude)[1:].max() < NANORADIAN_DEG


def test_start_needs_a_time_zone_and_may_have_any():
    satrecs = [Satrec.twoline2rv(*ISS)]
    with pytest.raises(InputError, match="has no time zone; write 2023-08-22T"):
        positions(satrecs, START.replace(tzinfo=None), [0.0])
    here = START.astimezone(datetime.now().astimezone().tzinfo)
    there = START + timedelta(hours=1)
    expected, _ = positions(satrecs, START, [0.0, 3600.0])
    assert np.array_equal(positions(satrecs, here, [0.0])[0], expected[:, :1])
    found, _ = positions(satrecs, there, [0.0])
    assert np.abs(found - expected[:, 1:]).max() < MILLIMETRE_KM


def test_unknown_or_missing_propagators_are_named(monkeypatch):
    with pytest.raises(InputError, match="'kepler' is unknown; choose one of sgp4"):
        positions([], START, [0.0], "kepler")

    def without_heyoka(name, *args, **kwargs):
        if name == "heyoka":
            raise ImportError(name)
        return import_as_usual(name, *args, **kwargs)

    import_as_usual = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", without_heyoka)
    with pytest.raises(InputError, match="pip install heyoka"):
        positions([], START, [0.0], "heyoka")
