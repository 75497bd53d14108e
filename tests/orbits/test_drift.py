import math
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from sgp4.conveniences import jday_datetime

from fedorbit.orbits.drift import Drift, drifted
from fedorbit.orbits.walker import Walker, walker_elements

EPOCH = datetime(2026, 7, 4, 12, tzinfo=UTC)
DRIFT = Drift(median_late_s_per_day2=0.22, seed=1)
SHELL = walker_elements(
    Walker(
        pattern="delta",
        planes=20,
        satellites_per_plane=20,
        phasing=1,
        altitude_km=550,
        inclination_deg=53,
    ),
    EPOCH,
)
NOON = jday_datetime(EPOCH)


def late_s(expected, actual, hours=0.0):
    """Return how long after the expected satellite the actual one is in its place."""
    day, fraction = NOON
    late = []
    for one, other in zip(expected, actual, strict=True):
        model = one.satrec()
        states = [s.sgp4(day, fraction + hours / 24) for s in (model, other.satrec())]
        (_, r, v), (_, r2, _) = states
        along = np.cross(np.cross(r, v), r)
        along /= np.linalg.norm(along)
        turned = np.arctan2(np.dot(r2, along), np.dot(r2, r) / np.linalg.norm(r))
        late.append(-turned / (model.no_kozai / 60))
    return np.array(late)


def test_age_zero_and_no_drift_change_nothing():
    assert drifted(SHELL, 0.0, DRIFT) == SHELL
    still = Drift(median_late_s_per_day2=0.0, seed=1)
    assert drifted(SHELL, 30.0, still) == SHELL


def test_the_median_delay_is_that_of_the_setting():
    # 0.22 s/day^2 times 10^2 days^2 is 22 s. The median of n exponential values has a
    # standard error of mean / sqrt(n), here (22 / ln 2) / 20 = 1.6 s.
    assert len(SHELL) == 400
    late = late_s(SHELL, drifted(SHELL, 10.0, DRIFT))
    assert np.median(late) == pytest.approx(22.0, abs=4 * 1.6)
    # Of an exponential distribution the 90th percentile is log2(10) medians.
    assert np.percentile(late, 90) == pytest.approx(22 * math.log2(10), rel=0.2)
    assert late.min() > -0.01  # none is early; the last digit of a TLE is 2 ms


def test_the_delay_grows_with_the_square_of_the_age():
    at_five, at_ten = (late_s(SHELL, drifted(SHELL, age, DRIFT)) for age in (5.0, 10.0))
    np.testing.assert_allclose(at_ten, 4 * at_five, rtol=0, atol=0.05)


def test_during_the_scenario_a_satellite_goes_on_to_fall_behind():
    # c (t + 1)^2 is c t^2 + 2 c t + c; the last term, c = 0.3 s, is left out.
    aged = drifted(SHELL, 10.0, DRIFT)
    now, tomorrow = late_s(SHELL, aged), late_s(SHELL, aged, hours=24.0)
    np.testing.assert_allclose(tomorrow - now, now * 2 / 10, rtol=0.03, atol=0.1)


def test_everything_but_phase_and_mean_motion_stays():
    for before, after in zip(
        SHELL[::50], drifted(SHELL, 10.0, DRIFT)[::50], strict=True
    ):
        phase = {
            "mean_anomaly_deg": before.mean_anomaly_deg,
            "mean_motion_rev_day": before.mean_motion_rev_day,
        }
        assert replace(after, **phase) == before
        assert after.mean_anomaly_deg != before.mean_anomaly_deg
        assert after.mean_motion_rev_day < before.mean_motion_rev_day


def test_the_seed_sets_the_draw():
    other = Drift(median_late_s_per_day2=0.22, seed=2)
    assert drifted(SHELL, 5.0, DRIFT) == drifted(SHELL, 5.0, DRIFT)
    assert drifted(SHELL, 5.0, DRIFT) != drifted(SHELL, 5.0, other)


def test_names_do_not_matter_but_places_in_the_list_do():
    renamed = [replace(s, name=f"{k}") for k, s in enumerate(SHELL)]
    pairs = zip(drifted(SHELL, 5.0, DRIFT), drifted(renamed, 5.0, DRIFT), strict=True)
    assert all(replace(b, name=a.name) == a for a, b in pairs)
