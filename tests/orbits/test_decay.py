import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.orbits.made import START, elements

from fedorbit.orbits import decay
from fedorbit.orbits.decay import lives
from fedorbit.orbits.propagate import positions
from fedorbit.orbits.tle import from_lines

# A satellite of Starlink that was lowered; CelesTrak, 2023-10-15. SGP4 reports no error
# for it on 2023-11-13, and puts it at heights of 12,816 to 20,546 km.
LOWERED = from_lines(
    "STARLINK-30704",
    "1 57946U 23148M   23288.91667824 -.02434780  00000+0 -22595-1 0  9998",
    "2 57946  53.0553 122.3162 0001331  39.5767  20.5422 15.70021833  4454",
)
# https://github.com/brandon-rhodes/python-sgp4/issues/137: SGP4 reports that it has
# decayed from 2025-02-28T02:10Z on, and later no error at heights of 189,000 km.
DECAYED = from_lines(
    "55897",
    "1 55897U 22151AAV 25058.12407234  .09435527  24934+0  44853-1 0  9999",
    "2 55897  98.5849 110.9278 0014449 269.2407  90.7207 15.92146194 26688",
)


def end_of(satellite, start, hours) -> datetime:
    """Return when a satellite comes down."""
    ((_, end_s),) = lives([satellite.satrec()], start, 0.0, hours * 3600)
    return start + timedelta(seconds=end_s)


def height_km(satellite, moment) -> float:
    """Return the height over the ellipsoid, by Skyfield."""
    from skyfield.api import EarthSatellite, load, wgs84

    timescale = load.timescale(builtin=True)
    model = EarthSatellite.from_satrec(satellite.satrec(), timescale)
    return wgs84.height_of(model.at(timescale.from_datetime(moment))).km


@pytest.mark.parametrize("hours", [300, 1000, 8766])
def test_a_satellite_ends_where_it_is_120_km_high_however_long_is_looked(hours):
    end = end_of(LOWERED, LOWERED.epoch, hours)
    assert datetime(2023, 10, 25, tzinfo=UTC) < end < datetime(2023, 10, 27, tzinfo=UTC)
    assert height_km(LOWERED, end) == pytest.approx(120.0, abs=0.05)
    assert height_km(LOWERED, end - timedelta(seconds=30)) > 120.0
    assert height_km(LOWERED, end + timedelta(seconds=30)) < 120.0


def test_sgp4_recovers_later_and_the_satellite_does_not():
    later = datetime(2023, 11, 13, 16, tzinfo=UTC)
    error, r_km, _ = LOWERED.satrec().sgp4_tsince(
        (later - LOWERED.epoch) / timedelta(minutes=1)
    )
    assert error == 0 and math.hypot(*r_km) > 12_000
    r, v = positions([LOWERED.satrec()], later, np.arange(0, 86400.0, 600.0))
    assert np.isnan(r).all() and np.isnan(v).all()


def test_it_ends_before_sgp4_says_so():
    end = end_of(DECAYED, DECAYED.epoch, 24)
    assert datetime(2025, 2, 27, 20, tzinfo=UTC) < end
    assert end < datetime(2025, 2, 28, 2, 10, tzinfo=UTC)
    start = datetime(2025, 3, 4, 3, tzinfo=UTC)
    assert abs(end_of(DECAYED, start, 24) - end) < timedelta(seconds=0.01)


def test_satellites_that_stay_have_no_end():
    stay = [elements(550, 0.0, 53.0), elements(300, 0.7, 63.4, b_star=1e-4)]
    stay.append(elements(35_786, 0.0, 0.05))
    found = lives([s.satrec() for s in stay], START, -86400.0, 30 * 86400.0)
    assert found.tolist() == [[-math.inf, math.inf]] * 3


def test_nobody_flies_before_the_elements_let_them():
    # A negative drag term lets SGP4 raise the orbit, and lower it into the past.
    raised = elements(200, 0.0, 53.0, b_star=-0.05)
    ((begin_s, end_s),) = lives([raised.satrec()], START, -30 * 86400.0, 0.0)
    assert -30 * 86400 < begin_s < 0 and end_s == math.inf
    begin = START + timedelta(seconds=begin_s)
    assert height_km(raised, begin) == pytest.approx(120.0, abs=0.05)


def test_a_satellite_that_is_down_at_its_epoch_does_not_fly():
    down = elements(100, 0.0, 53.0)
    ((begin_s, end_s),) = lives([down.satrec()], START, -100.0, 100.0)
    assert begin_s > end_s


drags = (st.floats(-0.1, 0.3) | st.floats(-1e-3, 1e-3)).map(lambda b: round(b, 6))


@settings(max_examples=60)
@given(
    perigee_km=st.floats(170.0, 900.0),
    eccentricity=st.just(0.0) | st.floats(0.0, 0.7),
    inclination_deg=st.floats(0.0, 179.0),
    anomaly_deg=st.floats(0.0, 360.0),
    b_star=drags,
    days=st.floats(0.5, 20.0),
)
# Drag makes a round orbit's eccentricity negative, an error while it is at 266 km.
@example(
    perigee_km=351.0,
    eccentricity=0.0,
    inclination_deg=0.0,
    anomaly_deg=0.0,
    b_star=0.1875,
    days=0.5,
)
def test_no_end_is_overlooked(
    perigee_km, eccentricity, inclination_deg, anomaly_deg, b_star, days
):
    """Compare with a walk in steps of 20 s from the epoch on."""
    one = elements(
        perigee_km,
        eccentricity,
        inclination_deg,
        anomaly_deg=anomaly_deg,
        b_star=b_star,
    ).satrec()
    seconds = np.arange(0.0, days * 86400, 20.0)
    error, r_km, _ = decay._states(one, seconds)
    down = ~((error == 0) & (decay._height_km(r_km) >= 120.0))
    ((_, end_s),) = lives([one], START, 0.0, seconds[-1])
    if down.any():
        # Between two steps the lowest point of a flat dip may lie 0.4 km deeper.
        shallow = ~((error == 0) & (decay._height_km(r_km) >= 120.4))
        assert seconds[shallow.argmax()] - 20 <= end_s + 0.01
        assert end_s <= seconds[down.argmax()] + 0.01
    else:
        assert end_s == math.inf or not (decay._height_km(r_km) >= 120.4).all()


@settings(max_examples=100)
@given(
    perigee_km=st.floats(170.0, 3000.0),
    eccentricity=st.floats(0.0, 0.6),
    b_star=drags,
    days=st.floats(0.1, 60.0),
)
def test_the_bound_of_drag_holds(perigee_km, eccentricity, b_star, days):
    one = elements(perigee_km, eccentricity, 53.0, b_star=b_star).satrec()
    if one.method == "d":
        return
    bound_km = decay._lowest_km([one], np.array([days * 86400.0]))[0]
    if bound_km < decay.LOW_KM:
        return
    for sign in (1, -1):
        states = decay._states(one, sign * np.linspace(0, days * 86400, 300))
        # The flattening moves the perigee of a state by up to 30 km in a revolution.
        assert decay._perigee_km(*states).min() > bound_km - 30.0
