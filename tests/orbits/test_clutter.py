import math
from dataclasses import replace
from itertools import product
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, chi2, kstest, norm
from tests.plans.scenes import LINKS, PASSES, contacts, link, scene

from fedorbit.base.errors import InputError
from fedorbit.orbits.clutter import (
    ELEVATIONS_DEG,
    LOS_PERCENT,
    LOSSES,
    ClutterBand,
    Draw,
    Environment,
    draw_pass,
    los_probability,
    loss_db,
    sight_elevation_deg,
)
from fedorbit.orbits.links import Clutter, Links, Weather
from fedorbit.plans.check import PlanError, check_plan
from fedorbit.plans.sky import Sky
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld
from fedorbit.plans.strategies.hfl import Hfl, plan_hfl

ENVIRONMENTS, BANDS = get_args(Environment), get_args(ClutterBand)
MELD = FedMeld(variant="interval", round_interval=2, mixing_ratio=0.25)
DRAWS = 4000
RARE = 1e-4  # a right sample is refused this often; the draws here are always the same


def cluttered(environment, band="s", seed=0):
    clutter = Clutter(environment=environment, band=band, seed=seed)
    return link(1e6, 1000.0).model_copy(update={"clutter": clutter})


@pytest.fixture(scope="module")
def draws():
    return [draw_pass(3, f"S{i % 40}", "Paris", 97.3 * i) for i in range(DRAWS)]


# The tables: TR 38.811 V15.4.0, the numbers as ns-3 has them in the files
# three-gpp-propagation-loss-model.cc and channel-condition-model.cc.


@pytest.mark.parametrize(
    ("environment", "band", "elevation", "los", "sigma", "nlos_sigma", "clutter"),
    [
        ("dense_urban", "s", 10, 28.2, 3.5, 15.5, 34.3),
        ("dense_urban", "s", 60, 61.2, 2.7, 10.5, 26.2),
        ("dense_urban", "ka", 20, 33.1, 2.4, 17.1, 39.9),
        ("dense_urban", "ka", 90, 98.1, 0.6, 12.3, 32.9),
        ("urban", "s", 30, 49.3, 4.0, 6.0, 29.0),
        ("urban", "ka", 50, 72.6, 4.0, 6.0, 34.6),
        ("suburban", "s", 40, 92.9, 0.92, 10.25, 18.28),
        ("suburban", "ka", 10, 78.2, 1.9, 10.7, 29.5),
        ("rural", "s", 80, 95.2, 0.72, 11.52, 16.3),
        ("rural", "ka", 70, 94.9, 3.0, 10.8, 17.2),
    ],
)
def test_the_values_of_the_report(
    environment, band, elevation, los, sigma, nlos_sigma, clutter
):
    assert los_probability(environment, elevation) == pytest.approx(los / 100)
    # One standard deviation, in sight (luck 0) and out of it (luck 1).
    in_sight = loss_db(environment, band, elevation, Draw(0.0, 1.0))
    hidden = loss_db(environment, band, elevation, Draw(1.0, 1.0))
    assert in_sight == pytest.approx(sigma)
    assert hidden == pytest.approx(clutter + nlos_sigma)
    assert loss_db(environment, band, elevation, Draw(0.0, 0.0)) == 0


def test_the_tables_are_whole_and_plausible():
    assert set(LOS_PERCENT) == set(ENVIRONMENTS)
    assert set(LOSSES) == set(product(ENVIRONMENTS, BANDS))
    for percent in LOS_PERCENT.values():
        assert len(percent) == len(ELEVATIONS_DEG)
        assert (np.diff(percent) > 0).all() and 0 < percent[0] < percent[-1] < 100
    for losses in LOSSES.values():
        assert {len(column) for column in losses} == {len(ELEVATIONS_DEG)}
        assert (np.array(losses.nlos_sigma) > losses.los_sigma).all()
    for environment in ENVIRONMENTS:  # clutter hides Ka more than S
        s, ka = (np.array(LOSSES[environment, band].clutter) for band in BANDS)
        assert (ka > s).all()


def test_between_rows_values_are_interpolated_and_outside_held():
    # Half way from 28.2 to 33.1, and the first and the last row beyond them.
    found = los_probability("dense_urban", [15, 3, 90])
    np.testing.assert_allclose(found, [0.3065, 0.282, 0.981])


# The draws


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("elevation", [10, 25, 50, 90])
def test_the_share_of_passes_in_sight_is_that_of_the_table(
    draws, environment, elevation
):
    # Out of sight costs 16 dB on average, in sight nothing: without shadowing the
    # loss tells which it is.
    losses = [loss_db(environment, "s", elevation, Draw(d.sight, 0.0)) for d in draws]
    low, high = binom.interval(1 - RARE, DRAWS, los_probability(environment, elevation))
    assert low <= np.count_nonzero(np.array(losses) == 0) <= high


@pytest.mark.parametrize(
    ("sight", "mean_db", "sigma_db"), [(0.0, 0.0, 2.9), (1.0, 44.3, 17.1)]
)
def test_shadowing_spreads_as_the_table_says(draws, sight, mean_db, sigma_db):
    # Dense urban, Ka, 10 degrees.
    losses = np.array(
        [loss_db("dense_urban", "ka", 10, Draw(sight, d.shadowing)) for d in draws]
    )
    half_width = norm.isf(RARE / 2) * sigma_db / math.sqrt(DRAWS)
    assert abs(losses.mean() - mean_db) < half_width
    low, high = chi2.interval(1 - RARE, DRAWS - 1)
    assert low < (DRAWS - 1) * losses.var(ddof=1) / sigma_db**2 < high


def test_draws_are_uniform_and_normal_and_independent(draws):
    sight, shadowing = np.array(draws).T
    assert kstest(sight, "uniform").pvalue > RARE
    assert kstest(shadowing, "norm").pvalue > RARE
    bound = norm.isf(RARE / 2) / math.sqrt(DRAWS)
    assert abs(np.corrcoef(sight, shadowing)[0, 1]) < bound
    assert abs(np.corrcoef(sight[1:], sight[:-1])[0, 1]) < bound


def test_a_draw_depends_on_all_its_keys_and_on_nothing_else():
    first = draw_pass(0, "S1", "A", 100.0)
    assert draw_pass(0, "S1", "A", 100.0) == first
    assert draw_pass(0, "S1", "A", 100.0 + 1e-7) == first
    others = [
        draw_pass(1, "S1", "A", 100.0),
        draw_pass(0, "S2", "A", 100.0),
        draw_pass(0, "S1", "B", 100.0),
        draw_pass(0, "S1", "A", 5900.0),
        draw_pass(0, "S", "1A", 100.0),
        draw_pass(0, "A", "S1", 100.0),
    ]
    assert len({first, *others}) == 7


def test_the_draw_is_what_the_hash_says():
    # printf '[0, "S1", "A", 100]' | b2sum -l 128 says
    # 549856ca4ac176f3 3097cbb327c7f270, which as fractions of 2^64 are
    sight, shadowing = draw_pass(0, "S1", "A", 100.0)
    assert sight == pytest.approx(0.330449509, abs=1e-9)
    assert norm.cdf(shadowing) == pytest.approx(0.189816219, abs=1e-9)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_pass_is_in_sight_above_one_elevation(environment):
    for sight in np.linspace(0.001, 0.999, 50):
        draw = Draw(sight, 0.0)
        skyline_deg = sight_elevation_deg(environment, draw)
        elevation = np.linspace(5, 90, 200)
        in_sight = loss_db(environment, "s", elevation, draw) == 0
        np.testing.assert_array_equal(in_sight, elevation > skyline_deg)


# The draws in plans


def bits_of_passes(sky, budget):
    """Return what each pass can carry, by who, where and when."""
    return {
        (sky.satellite[row], sky.site[row], sky.rise_s[row]): sky.bits_between(
            row, budget, (sky.rise_s[row], sky.set_s[row])
        )
        for row in range(len(sky.satellite))
    }


@pytest.fixture
def table():
    generator = np.random.default_rng(5)
    return contacts(
        [
            (f"S{generator.integers(8)}", site, 300 * i, 300 * i + 200)
            for i, site in enumerate("ABC" * 20)
        ]
    )


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_order_of_passes_and_other_passes_do_not_matter(table, environment):
    budget = cluttered(environment)
    whole = bits_of_passes(Sky(table), budget)
    assert len(set(whole.values())) > len(table) / 2
    fewer = table[table["site"] == "B"].reset_index(drop=True)
    together = pd.concat([fewer, table[table["site"] == "C"]]).sort_values(
        "rise_s", ignore_index=True
    )
    for part in (fewer, together):
        some = bits_of_passes(Sky(part), budget)
        assert some == {key: whole[key] for key in some}


def test_another_seed_draws_other_passes(table):
    one, other = (
        bits_of_passes(Sky(table), cluttered("urban", seed=seed)) for seed in (0, 1)
    )
    assert one != other
    assert one == bits_of_passes(Sky(table), cluttered("urban", seed=0))


def test_the_two_directions_of_a_pass_share_their_luck():
    down, up = cluttered("urban", "ka"), cluttered("rural", "s")
    key = ("S1", "A", 100.0)
    assert down.draw(*key) == up.draw(*key) == draw_pass(0, *key)
    assert cluttered("urban", seed=1).draw(*key) == draw_pass(1, *key)
    assert link(1e6, 1.0).draw(*key) is None


def test_a_pass_carries_what_the_loss_by_hand_leaves():
    # At 1,000 km and 45 degrees throughout, the SNR without clutter is 1,000.
    sky = Sky(contacts([("S1", "A", 0, 100)]))
    draw = draw_pass(0, "S1", "A", 0.0)
    lost_db = float(loss_db("dense_urban", "s", 45.0, draw))
    expected = 100 * 1e6 * math.log2(1 + 1000 * 10 ** (-lost_db / 10))
    found = sky.bits_between(0, cluttered("dense_urban"), (0, 100))
    assert found == pytest.approx(expected, rel=1e-9)


def test_a_link_with_clutter_refuses_to_guess_a_draw():
    with pytest.raises(ValueError, match="needs the draw of a pass"):
        cluttered("rural").rate_bps(np.array([1000.0]), np.array([45.0]))


def with_links(world, **changes):
    """Return a scene with a hundred times the power on links to the ground, changed."""
    ground = ("access_down", "access_up", "feeder_down", "feeder_up")
    budgets = dict(LINKS)
    for name in ground:
        stronger = {"power_w": 100 * budgets[name].power_w}
        budgets[name] = budgets[name].model_copy(update=stronger | changes)
    return replace(world, links=Links(**budgets))


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize(
    ("planner", "settings", "stations"),
    [
        (plan_fedmeld, MELD, []),
        (plan_hfl, Hfl(regional_rounds=1), ["G"]),
    ],
)
def test_plans_under_rain_and_clutter_hold_against_the_check(
    environment, planner, settings, stations
):
    world = scene(PASSES, ["A", "B"], stations)
    wet = Weather(zenith_gas_db=0.1, zenith_rain_db=0.5)
    for seed in range(20):  # until a pass in sight lets it do its work
        clutter = Clutter(environment=environment, band="s", seed=seed)
        shadowed = with_links(world, weather=wet, clutter=clutter)
        try:
            plan = planner(shadowed, settings)
        except InputError:
            continue
        check_plan(plan, shadowed)
        break
    clear = planner(with_links(world), settings)
    assert plan.ledger["end_s"].to_list() != clear.ledger["end_s"].to_list()
    # The check feels the weather: what the clear sky carries, the wet one cannot.
    with pytest.raises(PlanError, match="bits where the link can"):
        stormy = Weather(zenith_gas_db=0, zenith_rain_db=20)
        check_plan(clear, with_links(world, weather=stormy))
