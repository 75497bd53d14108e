import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.orbits.made import START

from fedorbit.orbits import crossings
from fedorbit.orbits.crossings import crossing_pairs, find_crossings, ranges_of
from fedorbit.orbits.isl import find_isl_windows, isl_tracks
from fedorbit.orbits.planes import all_pairs, find_planes, plane_members
from fedorbit.orbits.walker import Walker, walker_elements

CARRIER_HZ = 12e9
LIMITS = {"grazing_km": 80.0, "max_doppler_hz": 60e3, "carrier_hz": CARRIER_HZ}


def star(planes=5, per_plane=6, altitude_km=1000.0, inclination_deg=90.0, name="star"):
    walker = Walker(
        pattern=name,
        planes=planes,
        satellites_per_plane=per_plane,
        phasing=min(1, planes - 1),
        altitude_km=altitude_km,
        inclination_deg=inclination_deg,
    )
    return walker_elements(walker, START)


def pairs_of(count, apart=None):
    pairs = crossing_pairs(find_planes(star(count), START), apart)
    return sorted(set(zip(pairs["plane_a"], pairs["plane_b"], strict=True)))


def test_pairs_are_those_of_different_planes():
    planes = find_planes(star(), START)
    pairs = crossing_pairs(planes)
    assert len(pairs) == 10 * 6 * 6  # five planes make ten pairs of planes
    plane = {s: n for n, own in plane_members(planes).items() for s in own}
    assert (pairs["satellite_a"].map(plane) == pairs["plane_a"]).all()
    assert (pairs["satellite_b"].map(plane) == pairs["plane_b"]).all()
    assert (pairs["plane_a"] != pairs["plane_b"]).all()
    assert not pairs[["satellite_a", "satellite_b"]].duplicated().any()


def test_planes_are_counted_around_the_shell():
    ring = [("0", "1"), ("0", "5"), ("1", "2"), ("2", "3"), ("3", "4"), ("4", "5")]
    assert pairs_of(6, apart=1) == ring
    assert len(pairs_of(6, apart=2)) == 12
    everything = list(itertools.combinations("012345", 2))
    assert pairs_of(6, apart=3) == pairs_of(6, apart=9) == pairs_of(6) == everything


def test_shells_have_pairs_of_their_own(refused):
    low = star(3)
    high = [
        replace(one, name=f"high-{one.name}") for one in star(4, altitude_km=1200.0)
    ]
    pairs = crossing_pairs(find_planes([*low, *high], START), apart=1)
    found = sorted(set(zip(pairs["plane_a"], pairs["plane_b"], strict=True)))
    below = [("0-0", "0-1"), ("0-0", "0-2"), ("0-1", "0-2")]
    above = [("1-0", "1-1"), ("1-0", "1-3"), ("1-1", "1-2"), ("1-2", "1-3")]
    assert found == below + above
    single = find_planes(star(1), START)
    assert "no shell has satellites in two planes" in refused(crossing_pairs, single)
    assert "apart is 0" in refused(crossing_pairs, single, 0)


def test_windows_are_those_of_all_pairs_between_planes():
    sets = star(4)
    planes = find_planes(sets, START)
    table = find_crossings(sets, planes, START, 3, **LIMITS)
    every = all_pairs([s.name for s in sets])
    expected = find_isl_windows(
        sets, every, START, 3, 80.0, 60e3, carrier_hz=CARRIER_HZ
    )
    plane = {s: n for n, own in plane_members(planes).items() for s in own}
    a, b = expected["satellite_a"].map(plane), expected["satellite_b"].map(plane)
    expected = expected[a != b]
    assert len(table) == len(expected) > 50
    both = table["satellite_a"] + table["satellite_b"]
    reverse = table["satellite_b"] + table["satellite_a"]
    known = set(expected["satellite_a"] + expected["satellite_b"])
    assert all(x in known or y in known for x, y in zip(both, reverse, strict=True))
    assert table["rise_s"].tolist() == pytest.approx(sorted(expected["rise_s"]))
    assert (table["plane_a"] == table["satellite_a"].map(plane)).all()
    assert (table["plane_b"] == table["satellite_b"].map(plane)).all()
    assert table["max_doppler_hz"].max() <= 60e3 + 0.01


def test_ranges_are_those_of_the_tracks(monkeypatch):
    sets = star(3)
    windows = find_crossings(sets, find_planes(sets, START), START, 2, **LIMITS)
    assert len(windows) > 20
    table = ranges_of(sets, windows, START, 30.0)
    monkeypatch.setattr(crossings, "TRACK_SAMPLES", len(sets) * 7)
    pd.testing.assert_frame_equal(ranges_of(sets, windows, START, 30.0), table)
    for number, window in enumerate(windows.itertuples()):
        own = table[table["window"] == number]
        seconds = own["time_s"].to_numpy()
        assert (seconds[0], seconds[-1]) == (window.rise_s, window.set_s)
        assert np.all(np.diff(seconds) > 0) and np.all(np.diff(seconds) <= 30)
        assert np.all(seconds[1:-1] % 30 == 0)
        pair = windows.loc[[number], ["satellite_a", "satellite_b"]]
        track = isl_tracks(sets, pair, START, seconds, CARRIER_HZ)
        assert own["range_km"].to_numpy() == pytest.approx(track.range_km[0], abs=1e-4)


def test_lines_between_samples_are_near_the_ranges():
    sets = star(5, 10, altitude_km=550.0)
    windows = find_crossings(sets, find_planes(sets, START), START, 2, **LIMITS)
    some = windows.sample(60, random_state=1, ignore_index=True)
    coarse, fine = ranges_of(sets, some, START), ranges_of(sets, some, START, 1.0)
    for number in range(len(some)):
        a, b = (t[t["window"] == number] for t in (coarse, fine))
        line_km = np.interp(b["time_s"], a["time_s"], a["range_km"])
        assert np.abs(line_km - b["range_km"]).max() < 15
