import math
import os
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from skyfield.api import EarthSatellite, load, wgs84
from tests.orbits.made import START, elements

from fedorbit.base.errors import InputError
from fedorbit.orbits import contacts
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.decay import lives
from fedorbit.orbits.lists import read_constellation
from fedorbit.orbits.propagate import positions, site_frames, subpoints
from fedorbit.orbits.tle import from_lines
from fedorbit.orbits.walker import Walker, walker_elements

TIMESCALE = load.timescale(builtin=True)
TOLERANCE_S = 0.05  # of rise and set against bisected altaz
BISECTED_S = 1e-4
# Of positions between the nodes of the grid: a metre, but for SGP4's own kinks of
# several metres where drag lets the eccentricity fall to the 1e-6 at which it is held.
TOLERANCE_KM = 0.02

COLUMNS = [
    "satellite",
    "site",
    "rise_s",
    "culmination_s",
    "set_s",
    "max_elevation_deg",
    "range_rise_km",
    "range_culmination_km",
    "range_set_km",
    "cut_start",
    "cut_end",
]


def shell():
    return walker_elements(
        Walker(
            pattern="delta",
            planes=72,
            satellites_per_plane=22,
            phasing=17,
            altitude_km=550.0,
            inclination_deg=53.0,
        ),
        START,
    )


def sites_of(rows):
    columns = ["latitude_deg", "longitude_deg", "altitude_m", "min_elevation_deg"]
    table = pd.DataFrame(rows, columns=columns, dtype=float)
    table.insert(0, "name", [f"site-{i}" for i in range(len(table))])
    return table


def random_sites(generator, count, mask_deg):
    sine = generator.uniform(-0.95, 0.95, count)
    return sites_of(
        {
            "latitude_deg": np.degrees(np.arcsin(sine)),
            "longitude_deg": generator.uniform(-180, 180, count),
            "altitude_m": generator.uniform(-400, 4000, count),
            "min_elevation_deg": mask_deg,
        }
    )


def time_of(seconds):
    begin = TIMESCALE.from_datetime(START)
    return TIMESCALE.tt_jd(begin.whole, begin.tt_fraction + seconds / 86400.0)


@cache  # with its nutation, which takes longer than all else
def grid_of(hours, step_s):
    """Return seconds and times from the start to the end of a scenario."""
    seconds = np.linspace(0.0, hours * 3600, round(hours * 3600 / step_s) + 1)
    return seconds, time_of(seconds)


def elevation_by_skyfield(element_set, site, time):
    satellite = EarthSatellite.from_satrec(element_set.satrec(), TIMESCALE)
    place = wgs84.latlon(site.latitude_deg, site.longitude_deg, site.altitude_m)
    return (satellite - place).at(time).altaz()[0].degrees


def bisected_passes(element_set, site, hours, step_s=60.0):
    """Return rises and sets by Skyfield's altaz, of the shape (passes, 2)."""

    def margin_deg(time):
        altitude = elevation_by_skyfield(element_set, site, time)
        return altitude - site.min_elevation_deg

    grid, times = grid_of(hours, step_s)
    margin = margin_deg(times)
    middle = margin[1:-1]
    peak = (middle < 0) & (middle >= margin[:-2]) & (middle >= margin[2:])
    peak = 1 + np.flatnonzero(peak)
    if len(peak):  # the tops of passes that may fit between two points of the grid
        low, high = grid[peak - 1], grid[peak + 1]
        for _ in range(40):
            left, right = low + (high - low) / 3, high - (high - low) / 3
            falls = margin_deg(time_of(left)) > margin_deg(time_of(right))
            low, high = np.where(falls, low, left), np.where(falls, right, high)
        order = np.argsort(np.append(grid, low))
        grid = np.append(grid, low)[order]
        margin = np.append(margin, margin_deg(time_of(low)))[order]
    above = margin >= 0
    edge = np.flatnonzero(above[1:] != above[:-1])
    low, high = grid[edge], grid[edge + 1]
    for _ in range(math.ceil(math.log2(step_s / BISECTED_S)) if len(edge) else 0):
        half = (low + high) / 2
        before = (margin_deg(time_of(half)) >= 0) == above[edge]
        low, high = np.where(before, half, low), np.where(before, high, half)
    ends = [0.0] * bool(above[0]) + list(low) + [grid[-1]] * bool(above[-1])
    return np.array(ends).reshape(-1, 2)


def compare_with_skyfield(element_sets, sites, hours, pairs):
    """Assert that contacts of the pairs are Skyfield's; return how many there are."""
    table = find_contacts(element_sets, sites, START, hours)
    rows = table.groupby(["satellite", "site"]).indices
    count = 0
    for i, j in pairs:
        site = sites.iloc[j]
        expected = bisected_passes(element_sets[i], site, hours)
        found = table.iloc[rows.get((element_sets[i].name, site["name"]), [])]
        assert len(found) == len(expected), (element_sets[i].name, site["name"])
        error_s = np.abs(found[["rise_s", "set_s"]].to_numpy() - expected)
        assert error_s.max(initial=0) < TOLERANCE_S
        count += len(expected)
    return count


def test_random_pairs_agree_with_skyfield():
    generator = np.random.default_rng(1)
    element_sets, sites = shell(), random_sites(generator, 20, 25.0)
    pairs = generator.integers(0, [1584, 20], (30, 2))
    assert compare_with_skyfield(element_sets, sites, 24, pairs) > 50


def real_satellites():
    folder = os.environ.get("FEDORBIT_DATA")
    if not folder:
        pytest.skip("FEDORBIT_DATA does not name a folder with TLE snapshots")
    return read_constellation(Path(folder) / "starlink-2023-08-22.tle")


def test_random_pairs_of_real_satellites_agree_with_skyfield():
    generator = np.random.default_rng(2)
    element_sets, sites = real_satellites(), random_sites(generator, 5, 10.0)
    # Among them those raised or decaying fastest, whose SGP4 velocities are worst. But
    # of three that come down by the end of the day Skyfield has passes afterwards.
    ends_s = lives([s.satrec() for s in element_sets], START, 0.0, 86400.0)[:, 1]
    assert np.isfinite(ends_s).sum() == 3
    element_sets = [s for s, e in zip(element_sets, ends_s, strict=True) if e > 86400]
    drag = [abs(s.bstar) for s in element_sets]
    chosen = np.append(generator.integers(0, len(drag), 15), np.argsort(drag)[-5:])
    element_sets = [element_sets[i] for i in chosen]
    pairs = list(enumerate(generator.integers(0, 5, 20)))
    assert compare_with_skyfield(element_sets, sites, 24, pairs) > 50


def test_grazing_passes_agree_with_skyfield():
    generator = np.random.default_rng(3)
    hours = 4
    element_sets = shell()[:400:20] + [
        elements(300, 0.7, 63.4, 40.0, 270.0, 10.0, name="molniya"),
        elements(200, 0.0, 97.0, 100.0, b_star=1e-3, name="low"),
        elements(1400, 0.05, 120.0, 200.0, 50.0, name="retrograde"),
    ]
    below_deg = np.array([0.03, 0.003, 0.0003])
    durations_s = []
    for site in random_sites(generator, 8, 25.0).itertuples(index=False):
        row = [site.latitude_deg, site.longitude_deg, site.altitude_m]
        table = find_contacts(element_sets, sites_of([[*row, 25.0]]), START, hours)
        table = table[~table["cut_start"] & ~table["cut_end"]]
        for passed in table.sample(min(3, len(table)), random_state=4).itertuples():
            satellite = next(s for s in element_sets if s.name == passed.satellite)
            masks = passed.max_elevation_deg - below_deg
            sites = sites_of([[*row, mask] for mask in masks])
            pairs = [(0, j) for j in range(len(masks))]
            compare_with_skyfield([satellite], sites, hours, pairs)
            grazing = find_contacts([satellite], sites, START, hours)
            durations_s.extend(grazing["set_s"] - grazing["rise_s"])
            over = sites_of([[*row, passed.max_elevation_deg + 1e-4]])
            none = find_contacts([satellite], over, START, hours)
            assert not none["culmination_s"].sub(passed.culmination_s).abs().lt(9).any()
    assert sum(d < 5 for d in durations_s) > 20
    assert min(durations_s) < 1


def brute_force(element_set, site, seconds):
    """Return elevation in degrees and range in km straight from SGP4 positions."""
    r, _ = positions([element_set.satrec()], START, seconds)
    position, up = site_frames(*site[["latitude_deg", "longitude_deg", "altitude_m"]])
    sight = r[0] - position
    distance = np.linalg.norm(sight, axis=-1)
    sine = np.clip(sight @ up[0] / distance, -1.0, 1.0)
    return np.degrees(np.arcsin(sine)), distance


def check_by_brute_force(element_set, site, hours, step_s=2.0):
    """Assert that the contacts of one pair fit a dense grid of elevations."""
    table = find_contacts([element_set], pd.DataFrame([site]), START, hours)
    seconds = np.arange(0.0, hours * 3600, step_s)
    elevation, _ = brute_force(element_set, site, seconds)
    failed = np.flatnonzero(np.isnan(elevation))
    if len(failed):  # the last few nodes before a failure serve less well
        seconds = seconds[seconds < seconds[failed[0]] - 1200.0]
        elevation = elevation[: len(seconds)]
    above = elevation > site["min_elevation_deg"]
    times = table[["rise_s", "culmination_s", "set_s"]].to_numpy()
    rise, culmination, set_ = times.T
    assert np.all(rise <= culmination) and np.all(culmination <= set_)
    assert np.all(rise[1:] > set_[:-1])
    inside = np.zeros(len(seconds), dtype=bool)
    doubtful = np.zeros(len(seconds), dtype=bool)
    for begin, end in zip(rise, set_, strict=True):
        inside |= (seconds >= begin) & (seconds <= end)
        for edge in begin, end:
            doubtful |= np.abs(seconds - edge) < TOLERANCE_S
    assert np.array_equal(inside[~doubtful], above[~doubtful])
    mask = site["min_elevation_deg"]
    sound = table[table["set_s"] < seconds.max(initial=0.0)] if len(failed) else table
    for row in sound.itertuples(index=False):
        times = np.array([row.rise_s, row.culmination_s, row.set_s])
        at, distance = brute_force(element_set, site, times)
        tolerance_deg = np.degrees(TOLERANCE_KM / distance)
        assert row.cut_start == (row.rise_s == 0)
        assert row.cut_start or abs(at[0] - mask) < tolerance_deg[0]
        assert row.cut_end or abs(at[2] - mask) < tolerance_deg[2]
        assert abs(at[1] - row.max_elevation_deg) < tolerance_deg[1]
        ranges = [row.range_rise_km, row.range_culmination_km, row.range_set_km]
        assert np.abs(distance - ranges).max() < TOLERANCE_KM
        during = elevation[(seconds >= row.rise_s) & (seconds <= row.set_s)]
        assert during.max(initial=-90) < row.max_elevation_deg + tolerance_deg[1]
    return table


angles = st.floats(0.0, 360.0)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    perigee_km=st.floats(160.0, 1500.0) | st.floats(1500.0, 40_000.0),
    eccentricity=st.just(0.0) | st.floats(0.0, 0.05) | st.floats(0.05, 0.85),
    inclination_deg=st.floats(0.0, 179.0),  # at 180 deep-space SGP4 divides by zero
    turns_deg=st.tuples(angles, angles, angles),
    b_star=st.sampled_from([0.0, 1e-4, 2e-3, -2e-3]),
    place=st.tuples(
        st.floats(-90.0, 90.0), st.floats(-180.0, 180.0), st.floats(-400.0, 9000.0)
    ),
    mask_deg=st.floats(-3.0, 85.0),
)
def test_any_orbit_agrees_with_a_dense_grid(
    perigee_km, eccentricity, inclination_deg, turns_deg, b_star, place, mask_deg
):
    orbit = elements(
        perigee_km, eccentricity, inclination_deg, *turns_deg, b_star=b_star
    )
    assume(not orbit.satrec().error)
    site = sites_of([[*place, mask_deg]]).iloc[0]
    check_by_brute_force(orbit, site, hours=8)


@pytest.mark.parametrize(
    "orbit",
    [
        elements(35_786, 0.0, 0.05, name="geostationary"),
        elements(35_786, 0.0, 60.0, name="inclined geosynchronous"),
        elements(500, 0.737, 63.4, 30.0, 270.0, name="molniya"),
        elements(24_500, 0.27, 63.4, 80.0, 270.0, name="tundra"),
        elements(250, 0.73, 7.0, 0.0, 180.0, name="transfer"),
        elements(20_200, 0.0, 55.0, name="navigation"),
    ],
    ids=lambda orbit: orbit.name,
)
def test_high_orbits_agree_with_a_dense_grid(orbit):
    found = 0
    for latitude in 0.0, 5.0, 62.0, -80.0:
        for mask in 0.0, 6.0, 40.0:
            site = sites_of([[latitude, 20.0, 100.0, mask]]).iloc[0]
            found += len(check_by_brute_force(orbit, site, hours=30, step_s=10.0))
    assert found


def test_a_pass_with_two_maxima_keeps_the_higher():
    # A geosynchronous satellite, inclined: it sinks and returns without setting.
    orbit = elements(35_786, 0.0, 60.0, anomaly_deg=45.0)
    r, _ = positions([orbit.satrec()], START, np.arange(0.0, 86400.0, 600.0))
    x, y, _ = r[0].mean(axis=0)
    longitude = math.degrees(math.atan2(y, x)) + 10.0
    site = sites_of([[0.0, longitude, 0.0, 5.0]]).iloc[0]
    table = check_by_brute_force(orbit, site, hours=24, step_s=10.0)
    elevation, _ = brute_force(orbit, site, np.arange(0.0, 86400.0, 60.0))
    maxima = (elevation[1:-1] > elevation[:-2]) & (elevation[1:-1] > elevation[2:])
    assert maxima.sum() >= 2
    assert len(table) == 1
    assert table["cut_start"][0] and table["cut_end"][0]
    assert table["max_elevation_deg"][0] >= elevation.max() - 1e-6


def test_the_edges_of_the_scenario_cut_passes_and_mark_them():
    element_sets, sites = shell()[:300], random_sites(np.random.default_rng(5), 6, 10)
    whole = find_contacts(element_sets, sites, START - timedelta(hours=1), 4)
    table = find_contacts(element_sets, sites, START, 2.5)
    whole[["rise_s", "culmination_s", "set_s"]] -= 3600.0
    expected = whole[(whole["set_s"] > 0) & (whole["rise_s"] < 9000)]
    key = ["satellite", "site", "set_s"]
    expected = expected.sort_values(key).reset_index(drop=True)
    table = table.sort_values(key).reset_index(drop=True)
    assert len(table) == len(expected)
    begun, unended = expected["rise_s"] < 0, expected["set_s"] > 9000
    assert begun.sum() > 5 and unended.sum() > 5
    assert np.array_equal(table["cut_start"], begun)
    assert np.array_equal(table["cut_end"], unended)
    assert (table["rise_s"][begun] == 0.0).all()
    assert (table["set_s"][unended] == 9000.0).all()
    error_s = table["rise_s"] - expected["rise_s"].clip(lower=0)
    assert error_s.abs().max() < TOLERANCE_S / 10
    assert table["culmination_s"].between(0, 9000).all()


def test_the_table_is_sorted_and_typed_whatever_the_threads(monkeypatch):
    element_sets, sites = shell()[::7], random_sites(np.random.default_rng(6), 5, 25)
    tables = []
    for threads, nodes in (1, 100_000), (1, 500), (3, 2000):
        monkeypatch.setattr(contacts, "THREADS", threads)
        monkeypatch.setattr(contacts, "CHUNK_NODES", nodes)
        tables.append(find_contacts(element_sets, sites, START, 6))
    table = tables[0]
    assert list(table.columns) == COLUMNS
    assert [str(kind) for kind in table.dtypes] == (
        ["str"] * 2 + ["float64"] * 7 + ["bool"] * 2
    )
    pd.testing.assert_frame_equal(
        table, table.sort_values(["rise_s", "satellite", "site"], ignore_index=True)
    )
    for other in tables[1:]:
        pd.testing.assert_frame_equal(table, other, check_exact=True)


def test_nothing_in_sight_gives_an_empty_table_of_the_same_columns():
    pole = sites_of([[90.0, 0.0, 0.0, 25.0]])
    for table in (
        find_contacts(shell()[:20], pole, START, 1),
        find_contacts([], pole, START, 1),
        find_contacts(shell()[:2], pole[:0], START, 1),
    ):
        assert len(table) == 0
        assert list(table.columns) == COLUMNS
        assert str(table["satellite"].dtype) == "str"


# A satellite of Starlink that was lowered; CelesTrak, 2023-10-15.
LOWERED = from_lines(
    "STARLINK-30704",
    "1 57946U 23148M   23288.91667824 -.02434780  00000+0 -22595-1 0  9998",
    "2 57946  53.0553 122.3162 0001331  39.5767  20.5422 15.70021833  4454",
)


def test_a_satellite_keeps_its_passes_until_it_is_down_however_long_is_searched():
    sites = random_sites(np.random.default_rng(8), 20, 10.0)
    start = datetime(2023, 10, 24, tzinfo=UTC)
    ((_, end_s),) = lives([LOWERED.satrec()], start, 0.0, 10 * 86400.0)
    assert 86400 < end_s < 2 * 86400
    tables = [find_contacts([LOWERED], sites, start, h) for h in (48, 72, 240, 720)]
    for table in tables[1:]:
        pd.testing.assert_frame_equal(table, tables[0], check_exact=True)
    first_day = find_contacts([LOWERED], sites, start, 24)
    kept = tables[0][tables[0]["set_s"] < 86400].reset_index(drop=True)
    same = first_day[first_day["set_s"] < 86400].reset_index(drop=True)
    times = ["rise_s", "culmination_s", "set_s"]
    assert np.abs(kept[times] - same[times]).to_numpy().max() < TOLERANCE_S
    assert len(tables[0]) > len(first_day) > 10
    assert tables[0]["set_s"].max() <= end_s
    later = datetime(2023, 11, 13, 16, tzinfo=UTC)
    assert len(find_contacts([LOWERED], sites, later, 24)) == 0


def test_a_pass_ends_where_the_satellite_comes_down():
    start = datetime(2023, 10, 24, tzinfo=UTC)
    ((_, end_s),) = lives([LOWERED.satrec()], start, 0.0, 10 * 86400.0)
    r_km, _ = positions([LOWERED.satrec()], start, [end_s - 1.0])
    latitude, longitude = subpoints(r_km[0])
    site = sites_of([[latitude[0], longitude[0], 0.0, 10.0]])
    table = find_contacts([LOWERED], site, start, 72)
    last = table.iloc[-1]
    assert last["set_s"] == end_s and last["cut_end"]
    assert last["range_set_km"] < 150.0
    assert not table["cut_end"].iloc[:-1].any()


def test_times_are_in_order_to_the_last_bit():
    generator = np.random.default_rng(9)
    satellites = [*shell()[::40], elements(300, 0.7, 63.4, 40.0, 270.0, 10.0)]
    for mask_deg in (-5.0, 10.0, 60.0):
        sites = random_sites(generator, 30, mask_deg)
        for hours in (0.01, 1 / 3, 7.7):
            table = find_contacts(satellites, sites, START, hours)
            assert (table["rise_s"] <= table["culmination_s"]).all()
            assert (table["culmination_s"] <= table["set_s"]).all()
            assert (table["rise_s"] >= 0.0).all()
            assert (table["set_s"] <= hours * 3600).all()


def test_a_satellite_that_decays_has_no_contacts_afterwards():
    decaying = elements(160, 0.001, 51.0, b_star=0.02, name="decaying")
    steady = elements(550, 0.0, 51.0, name="steady")
    hours = 24
    error, _, _ = decaying.satrec().sgp4_tsince(hours * 60.0)
    assert error
    sites = random_sites(np.random.default_rng(7), 30, 0.0)
    table = find_contacts([decaying, steady], sites, START, hours)
    r, _ = positions([decaying.satrec()], START, np.arange(0, hours * 3600, 60.0))
    end_s = 60.0 * np.isnan(r[0, :, 0]).argmax()
    gone = table[table["satellite"] == "decaying"]
    assert 2 < len(gone) < len(table) / 2
    assert (gone["set_s"] <= end_s).all()
    alone = find_contacts([steady], sites, START, hours)
    steady_rows = table[table["satellite"] == "steady"].reset_index(drop=True)
    pd.testing.assert_frame_equal(steady_rows, alone, check_exact=True)


@pytest.mark.parametrize(
    ("change", "hours", "message"),
    [
        ({"latitude_deg": 91.0}, 1.0, "site 'site-0': latitude_deg is 91"),
        ({"altitude_m": math.nan}, 1.0, "site 'site-0': altitude_m is nan"),
        ({"min_elevation_deg": 90.0}, 1.0, "site 'site-0': min_elevation_deg is 90"),
        ({}, 0.0, "hours is 0"),
        ({}, math.inf, "hours is inf"),
    ],
)
def test_a_wrong_scenario_is_refused(change, hours, message):
    sites = sites_of([[0.0, 0.0, 0.0, 25.0]]).assign(**change)
    with pytest.raises(InputError, match=message):
        find_contacts(shell()[:1], sites, START, hours)


def test_missing_columns_and_time_zones_are_named():
    sites = sites_of([[0.0, 0.0, 0.0, 25.0]])
    with pytest.raises(InputError, match="lack the columns altitude_m; give each of"):
        find_contacts(shell()[:1], sites.drop(columns="altitude_m"), START, 1)
    with pytest.raises(InputError, match="has no time zone"):
        find_contacts(shell()[:1], sites, START.replace(tzinfo=None), 1)
