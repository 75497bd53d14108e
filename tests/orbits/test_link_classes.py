import math
from datetime import UTC, datetime, timedelta
from typing import get_args

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from skyfield.api import EarthSatellite, load, wgs84
from tests.plans.scenes import link

from fedorbit.orbits.clutter import Draw
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.links import (
    Clutter,
    LinkClass,
    Links,
    OpticalIsl,
    Weather,
    capacity_curve,
    carried_bits,
    cosecant,
    rate_bps,
)
from fedorbit.orbits.slant import crossings_s, elevation_deg, slant_range_km
from fedorbit.orbits.walker import Walker, walker_elements

START = datetime(2026, 1, 1, tzinfo=UTC)
SPHERE_KM = 6371.0088
GROUND = ("access_down", "access_up", "feeder_down", "feeder_up")


@pytest.fixture(scope="module")
def links(project) -> Links:
    path = project / "config" / "studies" / "fedmeld.yaml"
    return Links(**yaml.safe_load(path.read_text())["links"])


def changed(**changes):
    """Return a link whose signal is as strong as its noise at 1,000 km, changed."""
    return link(1e6, 1.0).model_copy(update=changes)


def weather(gas_db, rain_db):
    return Weather(zenith_gas_db=gas_db, zenith_rain_db=rain_db)


def at(*numbers):
    return np.array(numbers, dtype=float)


# Budgets by hand


def test_gases_and_rain_cost_what_they_do_by_hand():
    # At 30 degrees the path is 1 / sin 30 = 2 times that to the zenith, and 0.5 + 2.5
    # dB become 6: the SNR is 10^-0.6 = 0.25119 and the rate 1e6 log2(1.25119).
    wet = changed(weather=weather(0.5, 2.5))
    found = wet.rate_bps(at(1000, 1000), at(30, 90))
    # To the zenith it is 3 dB, 10^-0.3 = 0.50119 and log2(1.50119).
    np.testing.assert_allclose(found, [323_301, 586_107], rtol=1e-5)


def test_weather_of_nothing_is_a_clear_sky():
    dry = changed(weather=weather(0, 0))
    assert dry.is_clear and changed().is_clear
    assert not changed(weather=weather(0, 0.1)).is_clear
    assert not changed(**CITY).is_clear
    ranges_km, elevations_deg = at(600, 1100), at(70, 25)
    np.testing.assert_array_equal(
        dry.rate_bps(ranges_km, elevations_deg),
        changed().rate_bps(ranges_km, elevations_deg),
    )


def test_the_cosecant_law_is_held_below_five_degrees():
    np.testing.assert_allclose(
        cosecant([90, 30, 10, 5, 1, 0, -3]),
        [1, 2, 5.7588, 11.4737, 11.4737, 11.4737, 11.4737],
        rtol=1e-5,
    )


def test_the_radio_between_satellites_has_the_rate_by_hand(links):
    # Wavelength 299792458 / 23e9 = 0.013034 m, path gain at 2,000 km 20 log10(0.013034
    # / (4 pi 2e6)) = -185.70 dB; noise -204 + 10 log10(500e6) = -117.01 dBW. SNR 10 +
    # 70 - 185.70 + 117.01 = 11.31 dB = 13.52, and 500e6 log2(14.52) = 1930 Mb/s.
    found = links.isl_radio.rate_bps(at(2000))
    np.testing.assert_allclose(found, [1930e6], rtol=1e-3)


def test_the_laser_between_satellites_has_the_rate_by_hand(links):
    # The half angle of 7.5e-6 rad makes a spot of 150 m radius at 20,000 km: on the
    # axis 2 * 1 W / (pi 150^2) = 2.8294e-5 W/m2, times exp(-2 (1 / 7.5)^2) = 0.96507
    # off it. The telescope has pi 0.08^2 / 4 = 5.0265e-3 m2, so that it takes
    # 8.784e-8 W, of which 64 % arrive. A photon has 1.98645e-25 / 1.55e-6 =
    # 1.28158e-19 J, and 200 make a bit: 3.427 Gb/s. At 5,000 km it would be 16 times
    # as much, 54.8 Gb/s; the modem does 10.
    found = links.isl_optical.rate_bps(at(20_000, 5000))
    np.testing.assert_allclose(found, [3.427e9, 10e9], rtol=1e-3)
    half = links.isl_optical.rate_bps(at(5000), share=0.5)
    np.testing.assert_allclose(half, [5e9])


def test_all_the_light_of_the_laser_arrives_somewhere():
    # Telescopes that tile the plane at 1,000 km must find the whole power together.
    distance_km, aperture_m, photons = 1000.0, 0.1, 50.0

    def watts_per_m2(radius_m: float) -> float:
        laser = OpticalIsl(
            wavelength_m=1e-6,
            power_w=3.0,
            divergence_rad=2e-5,
            pointing_error_rad=radius_m / (1e3 * distance_km),
            aperture_m=aperture_m,
            efficiency=0.5,
            photons_per_bit=photons,
            max_rate_bps=1e24,
        )
        photon_j = 6.62607015e-34 * 299792458 / 1e-6
        bits = laser.rate_bps(at(distance_km))[0]
        return bits * photons * photon_j / (math.pi * aperture_m**2 / 4)

    power_w, _ = quad(lambda r: 2 * math.pi * r * watts_per_m2(r), 0, 100)
    assert power_w == pytest.approx(0.5 * 3.0, rel=1e-6)


def test_the_study_has_a_clear_sky_and_free_space(links):
    # The margins of the study are off: Friis and Shannon are all that is left.
    range_km, elevation = at(550, 800, 1123), at(90, 40, 25)
    for name in GROUND:
        budget = getattr(links, name)
        db = 48 if name.startswith("access") else 58  # 53 or 63 dB, less 5
        spread = (299792458 / 12e9 / (4 * math.pi * 1e3 * range_km)) ** 2
        noise_w = 10**-20.4 * budget.bandwidth_hz
        snr = budget.power_w * 10 ** (db / 10) * spread / noise_w
        expected = budget.bandwidth_hz * np.log2(1 + snr)
        found = rate_bps(links, name, range_km, elevation)
        np.testing.assert_allclose(found, expected, rtol=1e-12)


# One function for all classes


def test_one_function_gives_the_rate_of_every_class(links):
    assert set(get_args(LinkClass)) == set(Links.model_fields)
    for name in get_args(LinkClass):
        near, far = rate_bps(links, name, at(800, 40_000), at(40, 40))
        half = rate_bps(links, name, at(800), at(40), share=0.5)[0]
        assert near > far > 0
        assert near / 2 <= half < near


def test_a_rate_to_the_ground_needs_an_elevation_and_one_between_satellites_none(links):
    np.testing.assert_array_equal(
        rate_bps(links, "isl_radio", at(900)), links.isl_radio.rate_bps(at(900))
    )
    with pytest.raises(ValueError, match="access_up needs the elevation"):
        rate_bps(links, "access_up", at(900))
    with pytest.raises(ValueError, match="no class of links 'isl'"):
        rate_bps(links, "isl", at(900))


@given(st.floats(200, 4000), st.floats(1.001, 5), st.floats(0, 90), st.floats(0, 5))
def test_farther_is_slower(range_km, factor, elevation, zenith_db):
    wet = changed(weather=weather(zenith_db, 0))
    near, far = wet.rate_bps(at(range_km, factor * range_km), elevation)
    assert far < near


@given(st.floats(0, 90), st.floats(0, 90), st.floats(0, 1), st.floats(0, 4))
def test_higher_is_not_slower_at_the_same_range(one_deg, other_deg, gas_db, rain_db):
    low_deg, high_deg = sorted([one_deg, other_deg])
    wet = changed(weather=weather(gas_db, rain_db))
    low, high = wet.rate_bps(at(1000, 1000), at(low_deg, high_deg))
    assert low <= high
    if gas_db + rain_db > 0.01 and high_deg > max(low_deg, 5) + 0.1:
        assert low < high


# Elevation along a pass


@pytest.mark.parametrize("altitude_km", [350, 550, 1200])
@pytest.mark.parametrize("across_deg", [0.0, 2.0, 6.0])
def test_the_elevation_from_the_range_is_exact_on_a_sphere(altitude_km, across_deg):
    orbit_km = SPHERE_KM + altitude_km

    def seen(angle_rad):
        up_km = orbit_km * np.cos(angle_rad) - SPHERE_KM
        aside_km = orbit_km * np.sin(angle_rad)
        return np.hypot(up_km, aside_km), np.degrees(np.arctan2(up_km, aside_km))

    culmination_km, max_deg = seen(math.radians(across_deg))
    range_km, expected_deg = seen(np.radians(np.linspace(across_deg, 15, 40)))
    found_deg = elevation_deg(range_km, culmination_km, max_deg)
    # Near the zenith the arc sine magnifies what rounding leaves.
    np.testing.assert_allclose(found_deg, expected_deg, atol=1e-5)


def passes_by_sgp4(inclination_deg):
    """Yield passes of real geometry, with elevations and ranges by Skyfield."""
    timescale = load.timescale(builtin=True)
    shell = walker_elements(
        Walker(
            pattern="delta",
            planes=3,
            satellites_per_plane=4,
            phasing=1,
            altitude_km=550.0,
            inclination_deg=inclination_deg,
        ),
        START,
    )
    sites = pd.DataFrame(
        {
            "name": ["equator", "north", "south", "plateau"],
            "latitude_deg": [0.0, 45.0, -50.0, 30.0],
            "longitude_deg": [10.0, -70.0, 20.0, 100.0],
            "altitude_m": [0.0, 0.0, 100.0, 4000.0],
            "min_elevation_deg": 10.0,
        }
    )
    models = {s.name: s.satrec() for s in shell}
    places = sites.set_index("name")
    found = find_contacts(shell, sites, START, 8)
    for row in found[~found["cut_start"] & ~found["cut_end"]].itertuples():
        seconds = np.linspace(row.rise_s, row.set_s, 15)
        times = timescale.from_datetimes(
            [START + timedelta(seconds=float(s)) for s in seconds]
        )
        place = places.loc[row.site]
        site = wgs84.latlon(place.latitude_deg, place.longitude_deg, place.altitude_m)
        satellite = EarthSatellite.from_satrec(models[row.satellite], timescale)
        altitude, _, distance = (satellite - site).at(times).altaz()
        yield row, seconds, altitude.degrees, distance.km


@pytest.mark.parametrize("inclination_deg", [53.0, 86.0])
def test_the_elevation_along_a_pass_is_right_to_a_quarter_of_a_degree(inclination_deg):
    passes = 0
    for row, seconds, true_deg, true_km in passes_by_sgp4(inclination_deg):
        times_s = (row.rise_s, row.culmination_s, row.set_s)
        ranges_km = (row.range_rise_km, row.range_culmination_km, row.range_set_km)
        range_km = slant_range_km(seconds, times_s, ranges_km)
        np.testing.assert_allclose(range_km, true_km, rtol=0.005)
        below = true_deg < 80
        for known_km in (true_km, range_km):
            found_deg = elevation_deg(known_km, ranges_km[1], row.max_elevation_deg)
            np.testing.assert_allclose(found_deg[below], true_deg[below], atol=0.25)
            np.testing.assert_allclose(
                cosecant(found_deg), cosecant(true_deg), rtol=0.025
            )
        passes += 1
    assert passes > 50


# The bits of a pass: rise, culmination and set, and the elevation at culmination.
PASSES = [
    ((0.0, 134.0, 269.0), (1123.0, 560.0, 1123.0), 80.0),
    ((1000.0, 1050.0, 1200.0), (700.0, 560.0, 1123.0), 80.0),
    ((0.0, 0.0, 120.0), (560.0, 560.0, 1123.0), 80.0),
    ((0.0, 240.0, 480.0), (1815.0, 550.0, 1815.0), 90.0),
    ((0.0, 100.0, 200.0), (1815.0, 1500.0, 1815.0), 15.0),
]


@pytest.mark.parametrize("shape", PASSES)
def test_a_pass_crosses_an_elevation_when_it_stands_there(shape):
    times_s, ranges_km, max_deg = shape
    edge_deg = elevation_deg(at(ranges_km[2]), ranges_km[1], max_deg)[0]
    middle_deg = (max_deg + max(edge_deg, 10)) / 2
    crossed_s = list(crossings_s(middle_deg, times_s, ranges_km, max_deg))
    assert crossed_s
    range_km = slant_range_km(at(*crossed_s), times_s, ranges_km)
    found_deg = elevation_deg(range_km, ranges_km[1], max_deg)
    np.testing.assert_allclose(found_deg, middle_deg, atol=1e-6)
    for never_deg in (max_deg + 1, 0.0, math.inf, -math.inf):
        assert not list(crossings_s(never_deg, times_s, ranges_km, max_deg))


WET = {"weather": weather(0.4, 2.0)}
CITY = {"clutter": Clutter(environment="dense_urban", band="s", seed=0)}


@pytest.mark.parametrize("shape", PASSES)
@pytest.mark.parametrize(
    ("changes", "draw"),
    [
        (WET, None),
        (CITY, Draw(0.001, -1.0)),  # in sight throughout
        (CITY, Draw(0.999, 0.5)),  # never in sight
        (CITY, Draw(0.45, 1.0)),  # in sight from 37 degrees upwards
        (WET | CITY, Draw(0.3, -2.0)),
    ],
)
def test_the_bits_of_a_pass_are_the_integral_of_the_rate(shape, changes, draw):
    times_s, ranges_km, max_deg = shape
    cluttered = changed(**changes)

    def rate(second: float) -> float:
        range_km = slant_range_km(at(second), times_s, ranges_km)
        elevation = elevation_deg(range_km, ranges_km[1], max_deg)
        return cluttered.rate_bps(range_km, elevation, 0.25, draw)[0]

    seconds, bits = capacity_curve(cluttered, *shape, 0.25, draw)
    assert (seconds[0], seconds[-1]) == (times_s[0], times_s[2])
    assert bits[0] == 0 and (np.diff(bits) > 0).all()
    # Kinks at the culmination, where tables have rows, and the jump at the skyline.
    kinks = {times_s[1]}
    for kink_deg in [*range(10, 90, 10), 10 + 10 * (30 - 28.2) / (33.1 - 28.2)]:
        kinks |= set(crossings_s(kink_deg, *shape))
    skyline_deg = 30 + 10 * (45 - 39.8) / (46.8 - 39.8)
    kinks |= set(crossings_s(skyline_deg, *shape))
    for number in (len(seconds) // 3, len(seconds) - 1):
        until_s = float(seconds[number])
        edges_s = [times_s[0], *sorted(k for k in kinks if k < until_s), until_s]
        integral = sum(
            quad(rate, a, b)[0]
            for a, b in zip(edges_s, edges_s[1:], strict=False)
            if b > a
        )
        one_in_a_thousand = 1e-3
        assert bits[number] == pytest.approx(integral, rel=one_in_a_thousand)


def test_the_mean_range_would_not_give_the_bits_of_a_pass():
    # What the integral is for: in rain at 10 degrees the rate is far from linear.
    shape = ((0.0, 240.0, 480.0), (1815.0, 550.0, 1815.0), 90.0)
    rainy = changed(weather=weather(0, 3.0))
    _, bits = capacity_curve(rainy, *shape)
    mean_km = at((1815 + 550) / 2)
    mean_rate = rainy.rate_bps(mean_km, elevation_deg(mean_km, 550, 90.0))[0]
    assert abs(480 * mean_rate / bits[-1] - 1) > 0.1


def test_carried_bits_are_the_area_under_the_rate():
    # 0 to 10 bit/s in 2 s is 10 bits, then 10 bit/s for 3 s are 30.
    found = carried_bits(at(5, 7, 10), at(0, 10, 10))
    np.testing.assert_array_equal(found, [0, 10, 40])
