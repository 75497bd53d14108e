import math
import os
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sgp4.api import SatrecArray
from sgp4.conveniences import jday_datetime
from tests.orbits.made import START, elements

from fedorbit.base.errors import InputError
from fedorbit.orbits import sightlines, signals
from fedorbit.orbits.constants import (
    EARTH_MU_KM3_S2,
    EARTH_RADIUS_KM,
    SPEED_OF_LIGHT_M_S,
)
from fedorbit.orbits.isl import find_isl_windows, isl_tracks
from fedorbit.orbits.lists import read_constellation
from fedorbit.orbits.planes import all_pairs, find_planes, plane_pairs, ring_pairs
from fedorbit.orbits.propagate import positions
from fedorbit.orbits.walker import Walker, walker_elements

CARRIER_HZ = 12e9
GRAZING_KM = 80.0
EDGE_S = 0.01  # to which edges are refined
# An orbit without mean eccentricity is not a circle. In SGP4 the harmonic J3 moves a
# satellite by -J3 / (2 J2) sin(i) of the Earth's radius, 6 km at 53 degrees, up and
# down in each revolution (Spacetrack Report No. 3), and J2 by some 2 km twice.
WOBBLE_KM = 9.0
WOBBLE_KM_S = WOBBLE_KM * 1.0948e-3  # turning once in a revolution at 550 km
# By how much SGP4's velocities are off the derivatives of its positions.
CIRCULAR_OFF_HZ = 4.0  # 50 mm/s for either satellite
ECCENTRIC_OFF_HZ = 160.0  # 2 m/s for either
COLUMNS = [
    "satellite_a",
    "satellite_b",
    "rise_s",
    "set_s",
    "range_rise_km",
    "range_min_km",
    "range_set_km",
    "max_doppler_hz",
    "cut_start",
    "cut_end",
]


def walker(**changes):
    values = dict(
        pattern="delta",
        planes=1,
        satellites_per_plane=9,
        phasing=0,
        altitude_km=550.0,
        inclination_deg=53.0,
    )
    return walker_elements(Walker(**(values | changes)), START)


def satellite(
    name,
    perigee_km=550.0,
    inclination_deg=53.0,
    node_deg=0.0,
    anomaly_deg=0.0,
    eccentricity=0.0,
    perigee_deg=0.0,
    b_star=0.0,
):
    """Return the elements of one satellite; its height is above the equator."""
    return elements(
        perigee_km,
        eccentricity,
        inclination_deg,
        node_deg,
        perigee_deg,
        anomaly_deg,
        b_star,
        name,
    )


def random_satellites(count, seed, eccentricities=(0.001, 0.02, 0.3, 0.7)):
    """Return satellites of all kinds: low, eccentric, retrograde, high."""
    generator = np.random.default_rng(seed)
    return [
        satellite(
            f"random-{i}",
            perigee_km=generator.uniform(200, 1500),
            inclination_deg=generator.uniform(0, 180),
            node_deg=generator.uniform(0, 360),
            anomaly_deg=generator.uniform(0, 360),
            eccentricity=generator.choice(eccentricities),
            perigee_deg=generator.uniform(0, 360),
        )
        for i in range(count)
    ]


def pair(a, b):
    return pd.DataFrame({"satellite_a": [a], "satellite_b": [b]})


def windows(sets, pairs, hours, limit_hz=None, grazing_km=GRAZING_KM):
    return find_isl_windows(
        sets, pairs, START, hours, grazing_km, limit_hz, carrier_hz=CARRIER_HZ
    )


def is_open(table, name_a, name_b, seconds):
    """Return whether a window of the pair is open at the times."""
    mine = table[(table["satellite_a"] == name_a) & (table["satellite_b"] == name_b)]
    inside = np.zeros(len(seconds), dtype=bool)
    for window in mine.itertuples():
        inside |= (seconds >= window.rise_s) & (seconds <= window.set_s)
    return inside


def agrees_with_a_grid(table, sets, pairs, seconds, limit_hz=np.inf, off_hz=0.0):
    """Assert that windows are open where the tracks say so; return how often.

    Times at which the shift is within ``off_hz`` of its limit do not count.
    """
    tracks = isl_tracks(sets, pairs, START, seconds, CARRIER_HZ)
    slack_hz = limit_hz - np.abs(tracks.doppler_hz)
    expected = (tracks.lowest_km >= GRAZING_KM) & (slack_hz >= 0)
    clear = np.abs(slack_hz) > off_hz
    assert clear.mean() > 0.95
    for i, (a, b) in enumerate(pairs.itertuples(index=False)):
        differs = is_open(table, a, b, seconds) != expected[i]
        assert not (differs & clear[i]).any(), (a, b)
    return expected.sum()


@pytest.mark.parametrize("satellites", [9, 11, 22])
def test_ring_neighbours_keep_their_distance(satellites):
    sets = walker(satellites_per_plane=satellites)
    pairs = ring_pairs(find_planes(sets, START))
    tracks = isl_tracks(sets, pairs, START, np.arange(0, 6000, 20), CARRIER_HZ)
    radius_km = EARTH_RADIUS_KM + 550
    chord_km = 2 * radius_km * math.sin(math.pi / satellites)
    assert tracks.range_km == pytest.approx(chord_km, abs=WOBBLE_KM)
    assert np.abs(tracks.range_rate_km_s).max() < WOBBLE_KM_S
    height_km = radius_km * math.cos(math.pi / satellites) - EARTH_RADIUS_KM
    assert tracks.lowest_km == pytest.approx(height_km, abs=WOBBLE_KM)


def test_nine_satellites_make_a_ring_at_550_km_and_eight_do_not():
    # cos(pi/9) 6928 km is 132 km over the equatorial radius, cos(pi/8) only 23 km.
    sets = walker(satellites_per_plane=9)
    table = windows(sets, ring_pairs(find_planes(sets, START)), 24)
    assert table.columns.tolist() == COLUMNS
    assert len(table) == 9
    assert (table["rise_s"] == 0).all()
    assert (table["set_s"] == 86400).all()
    assert table["cut_start"].all()
    assert table["cut_end"].all()
    sets = walker(satellites_per_plane=8)
    table = windows(sets, ring_pairs(find_planes(sets, START)), 24)
    assert table.empty
    assert table.columns.tolist() == COLUMNS


def opposite(gap_km=10.0):
    """Return two satellites that meet head-on twice per revolution, ``gap_km`` apart.

    They fly one polar circle in opposite senses and start a quarter away from each
    other's nodes.
    """
    return [
        satellite("north", 550.0, 90.0, node_deg=0.0, anomaly_deg=60.0),
        satellite("south", 550.0 + gap_km, 90.0, node_deg=180.0, anomaly_deg=0.0),
    ]


def test_head_on_passes_last_as_long_as_geometry_says():
    table = windows(opposite(), pair("north", "south"), 3)
    whole = table[~table["cut_start"] & ~table["cut_end"]]
    radii_km = EARTH_RADIUS_KM + np.array([550, 560])
    motions_rad_s = np.sqrt(EARTH_MU_KM3_S2 / radii_km**3)
    horizon_km = EARTH_RADIUS_KM + GRAZING_KM
    angle_rad = np.arccos(horizon_km / radii_km).sum()
    duration_s = 2 * angle_rad / motions_rad_s.sum()
    assert len(whole) >= 3
    lasting = (whole["set_s"] - whole["rise_s"]).to_numpy()
    assert lasting == pytest.approx(duration_s, rel=0.015)
    edge_km = np.sqrt(radii_km**2 - horizon_km**2).sum()
    assert whole["range_rise_km"].to_numpy() == pytest.approx(edge_km, rel=0.01)
    assert whole["range_set_km"].to_numpy() == pytest.approx(edge_km, rel=0.01)
    assert whole["range_min_km"].to_numpy() == pytest.approx(10.0, abs=1.0)
    # The rate is greatest where the two fly almost at each other, before they turn.
    fastest_hz = 2e3 * 7.585 / SPEED_OF_LIGHT_M_S * CARRIER_HZ
    assert whole["max_doppler_hz"].to_numpy() == pytest.approx(fastest_hz, rel=0.01)


def test_windows_of_a_tenth_of_a_second_are_found():
    # The range is sqrt(d^2 + v^2 t^2), so its rate stays below L for |v t| less than
    # d L / sqrt(v^2 - L^2): 0.043 s for d = 10 km, v = 15.17 km/s and L = 1 km/s.
    limit_hz = 1e3 / SPEED_OF_LIGHT_M_S * CARRIER_HZ
    sets = opposite()
    meetings = windows(sets, pair("north", "south"), 24)
    table = windows(sets, pair("north", "south"), 24, limit_hz)
    assert len(table) == len(meetings) > 25
    gap_km = table["range_min_km"].to_numpy()
    half_s = gap_km / math.sqrt(15.17**2 - 1) / 15.17
    lasting = (table["set_s"] - table["rise_s"]).to_numpy()
    assert lasting == pytest.approx(2 * half_s, rel=5e-3)
    assert lasting.max() < 0.1
    assert table["max_doppler_hz"].to_numpy() == pytest.approx(limit_hz, rel=1e-4)


def extreme_of_sight(sets, pairs, sign):
    """Return time and height of the highest (1) or lowest (-1) line of sight."""
    seconds = np.arange(0, 12000.0, 10)
    for _ in range(2):
        tracks = isl_tracks(sets, pairs, START, seconds, CARRIER_HZ)
        best = (sign * tracks.lowest_km[0])[1:-1].argmax() + 1
        found = seconds[best], tracks.lowest_km[0, best]
        seconds = np.linspace(seconds[best - 1], seconds[best + 1], 20001)
    return found


# A height of curvature 1e-5 km/s^2, as of 9 km once per revolution, stays within
# 0.01 m of its extreme for 2 to 3 s.
@pytest.mark.parametrize("first", [0, 2, 4, 6, 8])
def test_short_grazing_windows_are_found(first):
    sets = walker(satellites_per_plane=9)
    pairs = ring_pairs(find_planes(sets, START)).iloc[[first]]
    peak_s, peak_km = extreme_of_sight(sets, pairs, 1)
    table = windows(sets, pairs, 12000 / 3600, grazing_km=peak_km - 1e-5)
    assert (table["set_s"] - table["rise_s"]).between(0.5, 10).all()
    assert ((table["rise_s"] <= peak_s) & (table["set_s"] >= peak_s)).sum() == 1
    assert windows(sets, pairs, 12000 / 3600, grazing_km=peak_km + 1e-3).empty


@pytest.mark.parametrize("first", [0, 2, 4, 6, 8])
def test_short_interruptions_are_found(first):
    sets = walker(satellites_per_plane=9)
    pairs = ring_pairs(find_planes(sets, START)).iloc[[first]]
    dip_s, dip_km = extreme_of_sight(sets, pairs, -1)
    table = windows(sets, pairs, 12000 / 3600, grazing_km=dip_km + 1e-5)
    gaps = list(zip(table["set_s"][:-1], table["rise_s"][1:], strict=True))
    assert 1 <= len(gaps) <= 3
    assert any(begin < dip_s < end for begin, end in gaps)
    assert all(0.5 < end - begin < 10 for begin, end in gaps)
    assert len(windows(sets, pairs, 12000 / 3600, grazing_km=dip_km - 1e-3)) == 1


def test_doppler_is_the_derivative_of_range_in_any_frame():
    sets = random_satellites(8, seed=1, eccentricities=[0.001])
    pairs = all_pairs([s.name for s in sets])
    seconds = np.arange(0, 7200, 37.0)
    tracks = isl_tracks(sets, pairs, START, seconds, CARRIER_HZ)
    before, after = (
        isl_tracks(sets, pairs, START, seconds + d, CARRIER_HZ).range_km
        for d in (-0.05, 0.05)
    )
    rate_m_s = (after - before) / 0.1 * 1e3
    shift_hz = -rate_m_s / SPEED_OF_LIGHT_M_S * CARRIER_HZ
    assert tracks.doppler_hz == pytest.approx(shift_hz, abs=CIRCULAR_OFF_HZ)

    day, fraction = jday_datetime(START)
    satrecs = SatrecArray([s.satrec() for s in sets])
    fractions = fraction + seconds / 86400
    _, r, v = satrecs.sgp4(np.full(len(seconds), day), fractions)
    a, b = np.triu_indices(len(sets), k=1)
    distance = np.linalg.norm(r[b] - r[a], axis=-1)
    rate = np.sum((r[b] - r[a]) * (v[b] - v[a]), axis=-1) / distance
    assert tracks.range_km == pytest.approx(distance, abs=1e-8)
    assert tracks.range_rate_km_s == pytest.approx(rate, abs=1e-9)


def test_approaching_satellites_shift_the_carrier_up():
    tracks = isl_tracks(opposite(), pair("north", "south"), START, [0, 1], CARRIER_HZ)
    is_closer = tracks.range_km[0, 1] < tracks.range_km[0, 0]
    assert (tracks.doppler_hz[0, 0] > 0) == is_closer


@pytest.mark.parametrize("limit_hz", [None, 150e3])
def test_windows_agree_with_a_fine_grid_on_random_orbits(limit_hz):
    sets = random_satellites(12, seed=7)
    pairs = all_pairs([s.name for s in sets])
    table = windows(sets, pairs, 6, limit_hz)
    # Halves, so that no time of the grid is an edge but for chance.
    seconds = np.arange(0.5, 6 * 3600, 2.0)
    limit_hz = limit_hz or np.inf
    off_hz = ECCENTRIC_OFF_HZ
    count = agrees_with_a_grid(table, sets, pairs, seconds, limit_hz, off_hz)
    assert 0.05 < count / len(pairs) / len(seconds) < 0.95
    assert len(table) > 100


def test_edges_are_true_to_a_hundredth_of_a_second():
    sets = random_satellites(12, seed=8)
    table = windows(sets, all_pairs([s.name for s in sets]), 6)
    for column, is_cut, sign in [("rise_s", "cut_start", 1), ("set_s", "cut_end", -1)]:
        for window in table[~table[is_cut]].head(60).to_dict("records"):
            times_s = window[column] + sign * EDGE_S * np.array([-1, 1])
            one = pair(window["satellite_a"], window["satellite_b"])
            lowest_km = isl_tracks(sets, one, START, times_s, CARRIER_HZ).lowest_km[0]
            assert lowest_km[0] < GRAZING_KM <= lowest_km[1]


def test_ranges_and_shifts_are_those_of_the_tracks():
    sets = random_satellites(6, seed=9)
    table = windows(sets, all_pairs([s.name for s in sets]), 6)
    for window in table.to_dict("records"):
        seconds = np.linspace(window["rise_s"], window["set_s"], 5001)
        one = pair(window["satellite_a"], window["satellite_b"])
        tracks = isl_tracks(sets, one, START, seconds, CARRIER_HZ)
        range_km, shift_hz = tracks.range_km[0], np.abs(tracks.doppler_hz[0])
        assert window["range_rise_km"] == pytest.approx(range_km[0], abs=1e-5)
        assert window["range_set_km"] == pytest.approx(range_km[-1], abs=1e-5)
        assert window["range_min_km"] == pytest.approx(range_km.min(), rel=1e-4)
        assert window["range_min_km"] <= range_km.min() + 1e-5
        assert window["max_doppler_hz"] == pytest.approx(
            shift_hz.max(), abs=ECCENTRIC_OFF_HZ
        )


def test_doppler_limit_cuts_windows_out_of_those_in_sight():
    sets = random_satellites(8, seed=3)
    pairs = all_pairs([s.name for s in sets])
    sight, limited = windows(sets, pairs, 12), windows(sets, pairs, 12, 100e3)
    assert (limited["max_doppler_hz"] <= 100e3 + 0.01).all()
    both = limited.merge(sight, on=["satellite_a", "satellite_b"])
    within = (both["rise_s_x"] >= both["rise_s_y"]) & (
        both["set_s_x"] <= both["set_s_y"]
    )
    assert within.sum() == len(limited) > 0


def test_edges_of_the_scenario_are_marked():
    sets = opposite()
    whole = windows(sets, pair("north", "south"), 6).iloc[2]
    middle_s = (whole["rise_s"] + whole["set_s"]) / 2
    table = windows(sets, pair("north", "south"), middle_s / 3600)
    assert table["cut_end"].tolist() == [False, False, True]
    assert table["set_s"].iloc[-1] == pytest.approx(middle_s, abs=1e-9)
    later = START + timedelta(seconds=middle_s)
    table = find_isl_windows(
        sets, pair("north", "south"), later, 1.5, 80.0, carrier_hz=CARRIER_HZ
    )
    assert table["cut_start"].tolist()[0]
    assert not table["cut_start"].iloc[1:].any()
    assert table["rise_s"].iloc[0] == 0
    lasts_s = whole["set_s"] - middle_s
    assert table["set_s"].iloc[0] == pytest.approx(lasts_s, abs=1e-3)


def test_a_satellite_below_the_grazing_height_sees_nobody():
    low = satellite("low", 150.0, eccentricity=0.05, anomaly_deg=90.0)
    high = satellite("high", 900.0, node_deg=3.0, anomaly_deg=95.0)
    pairs = pair("low", "high")
    table = windows([low, high], pairs, 6, grazing_km=300.0)
    seconds = np.arange(0.5, 6 * 3600, 1.0)
    tracks = isl_tracks([low, high], pairs, START, seconds, CARRIER_HZ)
    r_km, _ = positions([low.satrec()], START, seconds)
    height_km = np.linalg.norm(r_km[0], axis=-1) - EARTH_RADIUS_KM
    inside = is_open(table, "low", "high", seconds)
    assert (inside == (tracks.lowest_km[0] >= 300.0)).all()
    assert inside.any()
    assert height_km.min() < 300.0 <= height_km[inside].min()


def test_windows_end_when_sgp4_fails():
    falling = satellite("falling", 170.0, b_star=0.1)
    steady = satellite("steady", 500.0)
    seconds = np.arange(0, 86400.0, 60)
    r_km, _ = positions([falling.satrec()], START, seconds)
    fails_s = seconds[np.isnan(r_km[0, :, 0])].min()
    table = windows([falling, steady], pair("falling", "steady"), 24)
    assert 600 < fails_s < 80000
    assert table["set_s"].max() < fails_s
    assert not table["cut_end"].iloc[:-1].any()
    near = satellite("near", 170.0, b_star=0.1, anomaly_deg=2.0)
    near = windows([falling, near], pair("falling", "near"), 24, grazing_km=0.0)
    assert near["cut_end"].tolist() == [True]
    assert fails_s - 360 < near["set_s"].iloc[0] <= fails_s - 60


def test_chunks_do_not_matter(monkeypatch):
    sets = random_satellites(8, seed=4)
    pairs = all_pairs([s.name for s in sets])
    expected = windows(sets, pairs, 5, 150e3)
    monkeypatch.setattr(sightlines, "BLOCK_SAMPLES", 8 * 7)
    monkeypatch.setattr(sightlines, "CHUNK_SAMPLES", 40)
    pd.testing.assert_frame_equal(windows(sets, pairs, 5, 150e3), expected, rtol=1e-9)


@pytest.mark.parametrize("eccentricity", [0.0, 0.02, 0.3, 0.74])
def test_paths_are_within_5_mm_of_sgp4(eccentricity):
    one = satellite("one", 160.0, eccentricity=eccentricity, b_star=1e-4)
    nodes = np.arange(-3, 12 * 60 + 5)
    r_km, _ = positions([one.satrec()], START, 60.0 * nodes)
    path = signals.paths_between(r_km, 60.0)[:, :, 0]
    for x in (10.0, 30.0, 50.0):
        truth_km, _ = positions([one.satrec()], START, 60.0 * nodes[3:-4] + x)
        powers = x ** np.arange(8)
        found_km = np.einsum("p,pxn->nx", powers, path)
        assert np.abs(found_km - truth_km[0]).max() < 5e-6


def test_real_neighbours_agree_with_a_grid():
    folder = os.environ.get("FEDORBIT_DATA")
    if not folder:
        pytest.skip("FEDORBIT_DATA does not name a folder with TLE snapshots")
    sets = read_constellation(Path(folder) / "starlink-2023-08-22.tle")
    planes = find_planes(sets, START)
    neighbours = pd.concat([ring_pairs(planes), plane_pairs(planes)])
    some = neighbours.sample(60, random_state=5).reset_index(drop=True)
    generator = np.random.default_rng(5)
    names = generator.choice([s.name for s in sets], (60, 2), replace=False)
    strangers = pd.DataFrame(names, columns=some.columns)
    pairs = pd.concat([some, strangers], ignore_index=True)
    table = windows(sets, pairs, 6, 60e3)
    seconds = np.arange(0.5, 21600, 10.0)
    count = agrees_with_a_grid(table, sets, pairs, seconds, 60e3, CIRCULAR_OFF_HZ)
    assert count > 0.3 * 60 * 2160


def test_what_is_wrong_is_said(refused):
    sets = opposite()
    pairs = pair("north", "south")

    def search(pairs=pairs, hours=1.0, grazing_km=80.0, **values):
        values = {"carrier_hz": CARRIER_HZ} | values
        return find_isl_windows(sets, pairs, START, hours, grazing_km, **values)

    assert "hours is 0" in refused(search, hours=0)
    assert "grazing_km is -1" in refused(search, grazing_km=-1)
    assert "max_doppler_hz is 0" in refused(search, max_doppler_hz=0)
    assert "carrier_hz is nan" in refused(search, carrier_hz=math.nan)
    assert "'west'" in refused(search, pairs=pair("north", "west"))
    assert "north is paired with itself" in refused(search, pair("north", "north"))
    assert "satellite_b" in refused(search, pairs[["satellite_a"]])
    assert "no pairs" in refused(search, pairs.head(0))
    sets.append(sets[0])
    sets[0] = satellite("north")
    assert "occurs twice" in refused(search)


def test_neighbours_in_the_same_plane_are_no_plane_pairs():
    planes = pd.DataFrame({"satellite": [], "shell": [], "plane": [], "slot": []})
    with pytest.raises(InputError, match="above 0"):
        plane_pairs(planes, steps=(0,))
