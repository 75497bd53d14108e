import math
from datetime import UTC, datetime

import numpy as np
import pytest

from fedorbit.orbits.coverage import count_in_view
from fedorbit.orbits.settings import Coverage
from fedorbit.orbits.walker import Walker, walker_elements

START = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS = Coverage(masks_deg=[10, 40], latitude_step_deg=30, time_step_s=120)


def shell(inclination_deg):
    walker = Walker(
        pattern="delta",
        planes=20,
        satellites_per_plane=20,
        phasing=1,
        altitude_km=550.0,
        inclination_deg=inclination_deg,
    )
    return walker_elements(walker, START)


def test_the_mean_over_the_globe_is_the_share_of_the_sphere_that_a_cap_covers():
    # On a sphere each satellite is seen from a cap of half angle lambda, whose share
    # is (1 - cos lambda) / 2, so the mean over all places is that of 400 satellites.
    settings = Coverage(masks_deg=[10], latitude_step_deg=1, time_step_s=120)
    table = count_in_view(shell(53.0), START, 3, settings)
    weight = np.cos(np.radians(table["latitude_deg"]))
    mean = (table["mean"] * weight).sum() / weight.sum()
    mask = math.radians(10)
    half = math.acos(6371.0 * math.cos(mask) / 6928.0) - mask
    assert mean == pytest.approx(400 * (1 - math.cos(half)) / 2, rel=0.03)


def test_nobody_sees_a_shell_from_too_far_and_fewer_see_it_higher():
    table = count_in_view(shell(40.0), START, 2, SETTINGS)
    assert len(table) == 2 * 7
    assert sorted(set(table["latitude_deg"])) == list(range(-90, 91, 30))
    # 40 degrees and a cap of 15 degrees do not reach 60 degrees.
    polar = table[table["latitude_deg"].abs() >= 60]
    assert (polar[["mean", "low", "high"]] == 0).all(axis=None)
    by_mask = {m: t.set_index("latitude_deg") for m, t in table.groupby("mask_deg")}
    belt = [-30, 0, 30]
    assert (by_mask[40].loc[belt, "mean"] < by_mask[10].loc[belt, "mean"]).all()
    assert (by_mask[10].loc[belt, "mean"] > 1).all()
    assert (table["low"] <= table["mean"]).all()
    assert (table["mean"] <= table["high"]).all()
