import math

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq

from fedorbit.orbits.links import Link, Links, capacity_curve, slant_range_km

TENTH_OF_A_MEGABIT = 0.1e6
EARTH_RADIUS_KM = 6378.137
EARTH_MU_KM3_S2 = 398600.4418


@pytest.fixture(scope="module")
def links(project) -> Links:
    path = project / "config" / "studies" / "fedmeld.yaml"
    return Links(**yaml.safe_load(path.read_text())["links"])


def budget(**changes) -> Link:
    values = {
        "carrier_hz": 12e9,
        "bandwidth_hz": 20e6,
        "power_w": 10,
        "gain_db": 53,
        "attenuation_db": -5,
        "noise_dbm_hz": -174,
    }
    return Link(**values | changes)


# Wavelength 299792458 / 12e9 = 0.024983 m. Path gain 20 log10(0.024983 / (4 pi d)):
# -175.04 dB at 1123 km, -168.84 dB at 550 km. Noise -204 dBW/Hz + 10 log10(20e6)
# = -130.99 dBW. Fixed gains 53 - 5 = 48 dB.
# Down, 10 W = 10 dBW: SNR 10 + 48 - 175.04 + 130.99 = 13.95 dB = 24.8 at 1123 km, so
# 20e6 log2(25.8) = 93.8 Mb/s; 20.15 dB = 103.5 at 550 km, so 20e6 log2(104.5) = 134.1.
# Up, 2 W = 3.01 dBW: 6.96 dB = 4.97, so 20e6 log2(5.97) = 51.5 Mb/s; 13.16 dB = 20.7,
# so 20e6 log2(21.7) = 88.8.
@pytest.mark.parametrize(
    ("direction", "range_km", "rate_bps"),
    [
        ("access_down", 1123.0, 93.8e6),
        ("access_down", 550.0, 134.1e6),
        ("access_up", 1123.0, 51.5e6),
        ("access_up", 550.0, 88.8e6),
    ],
)
def test_the_rates_of_the_study_are_those_by_hand(links, direction, range_km, rate_bps):
    found = getattr(links, direction).rate_bps(np.array([range_km]), 45.0)
    assert abs(found[0] - rate_bps) < TENTH_OF_A_MEGABIT


def test_a_signal_as_strong_as_the_noise_carries_one_bit_per_hertz():
    # At d = lambda / (4 pi) the path gain is one; 4e-21 W/Hz times 1e6 Hz is 4e-15 W.
    wavelength_km = 299792.458 / 12e9
    link = budget(
        bandwidth_hz=1e6,
        gain_db=0,
        attenuation_db=0,
        noise_dbm_hz=10 * math.log10(4e-21) + 30,
        power_w=4e-15,
    )
    rate_bps = link.rate_bps(np.array([wavelength_km / (4 * math.pi)]), 45.0)
    np.testing.assert_allclose(rate_bps, [1e6], rtol=1e-9)


def test_ten_clients_that_share_the_band_have_the_rates_by_hand(links):
    # The same 2 W in a tenth of the band: SNR 20.7 * 10 = 207 at 550 km, so that each
    # has 2e6 log2(208) = 15.40 Mb/s, and all together 154 rather than 88.8.
    tenth_bps = links.access_up.rate_bps(np.array([550.0]), 45.0, share=0.1)[0]
    assert abs(tenth_bps - 15.40e6) < TENTH_OF_A_MEGABIT / 10


@given(st.floats(300, 3000), st.integers(2, 100))
def test_sharing_gives_each_less_and_all_together_more(range_km, senders):
    link = budget()
    alone = link.rate_bps(np.array([range_km]), 45.0)[0]
    each = link.rate_bps(np.array([range_km]), 45.0, share=1 / senders)[0]
    assert each < alone < senders * each


@given(st.floats(200, 4000), st.floats(1.001, 10))
def test_farther_is_slower(range_km, factor):
    near, far = budget().rate_bps(np.array([range_km, factor * range_km]), 45.0)
    assert far < near


def circular_pass(altitude_km: float, mask_deg: float, offset: float):
    """Return times and ranges of a pass of a circular orbit over a resting Earth.

    ``offset`` is the angle from the site to the track, as a fraction of the largest
    at which there is a pass. Returns the function of time to range, and both triples.
    """
    orbit_km = EARTH_RADIUS_KM + altitude_km
    rate_rad_s = math.sqrt(EARTH_MU_KM3_S2 / orbit_km**3)
    mask_rad = math.radians(mask_deg)
    cone_rad = math.acos(EARTH_RADIUS_KM * math.cos(mask_rad) / orbit_km) - mask_rad
    across = math.cos(offset * cone_rad)

    def range_km(seconds):
        cosine = across * np.cos(rate_rad_s * seconds)
        squares = EARTH_RADIUS_KM**2 + orbit_km**2
        return np.sqrt(squares - 2 * EARTH_RADIUS_KM * orbit_km * cosine)

    def over_mask(seconds):
        distance = range_km(seconds)
        sine = (orbit_km**2 - EARTH_RADIUS_KM**2 - distance**2) / (
            2 * EARTH_RADIUS_KM * distance
        )
        return sine - math.sin(mask_rad)

    set_s = brentq(over_mask, 0, math.pi / rate_rad_s)
    times_s = (-set_s, 0.0, set_s)
    return range_km, times_s, tuple(float(range_km(t)) for t in times_s)


@pytest.mark.parametrize("mask_deg", [10, 25])
@pytest.mark.parametrize("offset", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("altitude_km", [350, 550, 1200])
def test_the_slant_range_of_a_pass_is_right_to_half_a_percent(
    altitude_km, mask_deg, offset
):
    exact_km, times_s, ranges_km = circular_pass(altitude_km, mask_deg, offset)
    seconds = np.linspace(times_s[0], times_s[2], 501)
    found_km = slant_range_km(seconds, times_s, ranges_km)
    half_a_percent = 0.005
    np.testing.assert_allclose(found_km, exact_km(seconds), rtol=half_a_percent)


def test_the_geometry_of_these_tests_is_that_of_the_first_shell():
    # Elevation 25 degrees from 550 km up is 1123 km away, and a pass through the
    # zenith lasts 269 s: the cone is acos(6378 cos 25 / 6928) - 25 = 8.45 degrees,
    # and 2 * 8.45 / 360 * 5739 s = 269 s.
    _, times_s, ranges_km = circular_pass(550, 25, 0)
    assert abs(ranges_km[0] - 1123) < 1
    assert abs(ranges_km[1] - 550) < 1e-6
    assert abs(times_s[2] - times_s[0] - 269) < 1


def test_the_slant_range_is_exact_at_rise_culmination_and_set():
    times_s, ranges_km = (100.0, 250.0, 300.0), (1100.0, 600.0, 700.0)
    found = slant_range_km(np.array(times_s), times_s, ranges_km)
    np.testing.assert_allclose(found, ranges_km, rtol=1e-12)


def test_a_pass_cut_at_its_culmination_has_a_slant_range():
    times_s, ranges_km = (0.0, 0.0, 100.0), (600.0, 600.0, 1100.0)
    found = slant_range_km(np.linspace(0, 100, 5), times_s, ranges_km)
    assert found[0] == 600.0 and found[-1] == pytest.approx(1100.0)
    assert (np.diff(found) > 0).all()


@pytest.mark.parametrize("share", [1.0, 0.1])
@pytest.mark.parametrize(
    ("times_s", "ranges_km"),
    [
        ((0.0, 134.0, 269.0), (1123.0, 550.0, 1123.0)),
        ((1000.0, 1050.0, 1200.0), (700.0, 560.0, 1123.0)),
        ((0.0, 0.0, 120.0), (560.0, 560.0, 1123.0)),
        ((0.0, 240.0, 480.0), (1815.0, 550.0, 1815.0)),
    ],
)
def test_the_bits_of_a_pass_are_the_integral_of_the_rate(times_s, ranges_km, share):
    link = budget()

    def rate_bps(second: float) -> float:
        range_km = slant_range_km(np.array([second]), times_s, ranges_km)
        return link.rate_bps(range_km, 45.0, share)[0]

    seconds, bits = capacity_curve(link, times_s, ranges_km, 80.0, share)
    assert (seconds[0], seconds[-1]) == (times_s[0], times_s[2])
    assert bits[0] == 0 and (np.diff(bits) > 0).all()
    one_in_a_thousand = 1e-3
    for number in (8, 16, 32):
        until = float(seconds[number])
        kinks = [times_s[1]] if times_s[0] < times_s[1] < until else None
        integral, _ = quad(rate_bps, times_s[0], until, points=kinks)
        assert bits[number] == pytest.approx(integral, rel=one_in_a_thousand)
