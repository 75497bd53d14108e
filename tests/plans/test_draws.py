"""Drawn skies: other starts, other stations, and what their plans tell."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from tests.plans.scenes import MODEL_BITS, PASSES, scene

from fedorbit.plans.plan import PlanBuilder
from fedorbit.plans.readings.draws import Draws, drawn, plan_row
from fedorbit.plans.strategies.hfl import Hfl, plan_hfl
from fedorbit.report.numbers.draws import spread

START = datetime(2026, 1, 1, tzinfo=UTC)
SITES = [f"site {n}" for n in range(10)]
DRAWS = Draws(seed=7, skies=50, strategies=["hfl"], stations=[1, 4])


def test_every_sky_has_a_start_within_a_day_and_stations_of_its_own():
    found = drawn(DRAWS, START, SITES)
    later = [sky.start - START for sky in found]
    assert all(timedelta(0) <= each < timedelta(days=1) for each in later)
    # Of 50 starts 25 lie in each half of the day, give or take 3.5.
    assert 12 <= sum(each < timedelta(hours=12) for each in later) <= 38
    assert all(len({*sky.stations}) == 4 for sky in found)
    # Each site is first with a chance of a tenth.
    assert {sky.stations[0] for sky in found} == {*SITES}


def test_a_seed_sets_all_draws_and_more_skies_leave_the_first_as_they_are():
    more = drawn(DRAWS.model_copy(update={"skies": 60}), START, SITES)
    assert more[:50] == drawn(DRAWS, START, SITES)
    other = drawn(DRAWS.model_copy(update={"seed": 8}), START, SITES)
    assert other[0] != more[0]


def test_more_stations_than_candidates_are_refused():
    with pytest.raises(ValueError, match="4 stations of 3 candidates"):
        drawn(DRAWS, START, SITES[:3])


def test_a_plan_tells_what_it_sends_and_how_often_regions_hear_of_others():
    """One satellite over all: three rounds of 50 s with 25 s over the ground each."""
    world = scene([("S1", site, 0, 500) for site in "ABG"], ["A", "B"], ["G"], 240.0)
    plan = plan_hfl(world, Hfl(regional_rounds=1, relays=False))
    row = plan_row(plan, world.homes, world.horizon_s)
    assert row["rounds"] == row["exchanges"] == 3
    moves = plan.ledger[plan.ledger["link"] != "carry"]
    assert row["bits_sent"] == len(moves) * MODEL_BITS
    assert row["bits_per_round"] == row["bits_sent"] / 3


def test_an_empty_plan_tells_zeros_and_nothing_else():
    world = scene(PASSES, ["A", "B"])
    row = plan_row(PlanBuilder().build(), world.homes, world.horizon_s)
    assert row["rounds"] == row["exchanges"] == row["bits_sent"] == 0
    assert pd.isna(row["bits_per_round"]) and pd.isna(row["exchange_s"])


def test_spread_counts_the_skies_that_tell_a_quantity():
    table = pd.DataFrame(
        {
            "draw": [0, 1, 2, 3],
            "start": "",
            "strategy": "hfl",
            "stations": 1,
            "names": "",
            "rounds": [1, 2, 3, 6],
            "exchange_s": [10.0, 20.0, 60.0, float("nan")],
            "flight_s": [1.0] + 3 * [float("nan")],
        }
    )
    found = spread(table).set_index("quantity")
    assert list(found.index) == ["rounds", "exchange_s"]
    row = found.loc["exchange_s"]
    assert (row["draws"], row["mean"], row["median"]) == (3, 30, 20)
    assert (row["least"], row["greatest"]) == (10, 60)
    # Deviation sqrt(700), Student's 4.3027 over sqrt(3).
    assert row["mean_high"] == pytest.approx(30 + 4.3027 * (700 / 3) ** 0.5, rel=1e-4)
