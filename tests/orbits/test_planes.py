import math
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sgp4.api import WGS72, Satrec
from sgp4.exporter import export_tle

from fedorbit.orbits.constants import EARTH_MU_KM3_S2, EARTH_RADIUS_KM
from fedorbit.orbits.elements import SGP4_EPOCH
from fedorbit.orbits.lists import read_constellation
from fedorbit.orbits.planes import all_pairs, find_planes, plane_pairs, ring_pairs
from fedorbit.orbits.tle import from_lines
from fedorbit.orbits.walker import Walker, walker_elements

START = datetime(2023, 8, 22, tzinfo=UTC)


def walker(**changes):
    values = dict(
        pattern="delta",
        planes=6,
        satellites_per_plane=4,
        phasing=1,
        altitude_km=550.0,
        inclination_deg=53.0,
    )
    return walker_elements(Walker(**(values | changes)), START)


def satellite(name, node_deg, argument_deg, inclination_deg=53.0, altitude_km=550.0):
    """Return the elements of a circular orbit."""
    satrec = Satrec()
    satrec.sgp4init(
        WGS72,
        "i",
        1,
        (START - SGP4_EPOCH) / timedelta(days=1),
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        math.radians(inclination_deg),
        math.radians(argument_deg),
        60 * math.sqrt(EARTH_MU_KM3_S2 / (EARTH_RADIUS_KM + altitude_km) ** 3),
        math.radians(node_deg),
    )
    return from_lines(name, *export_tle(satrec))


def ring(prefix, node_deg, count=4, **orbit):
    """Return evenly spaced satellites of one plane."""
    return [
        satellite(f"{prefix}-{i}", node_deg, 5 + 360 * i / count, **orbit)
        for i in range(count)
    ]


def snapshot():
    folder = os.environ.get("FEDORBIT_DATA")
    if not folder:
        pytest.skip("FEDORBIT_DATA does not name a folder with TLE snapshots")
    return read_constellation(Path(folder) / "starlink-2023-08-22.tle")


def pairs_of(table):
    return set(zip(table["satellite_a"], table["satellite_b"], strict=True))


def test_walker_planes_and_slots_are_those_of_the_names():
    # Half a minute before the epoch no node has yet moved west across the equinox.
    sets = walker(planes=72, satellites_per_plane=22, phasing=17)
    table = find_planes(sets, START - timedelta(seconds=30))
    assert table.columns.tolist()[:4] == ["satellite", "shell", "plane", "slot"]
    named = table["satellite"].str.extract(r"-(\d+)-(\d+)").astype(int) - 1
    assert (table["shell"] == 0).all()
    assert (table["plane"].to_numpy() == named[0]).all()
    # Slots start at the node, names where the pattern does: they differ by a turn.
    turn = (table["slot"].to_numpy() - named[1]) % 22
    assert turn.groupby(named[0]).nunique().eq(1).all()
    assert table["argument_deg"].diff()[turn.index % 22 > 0].min() > 16.3


def test_places_hold_long_after_the_epoch():
    sets = walker()
    early, late = (find_planes(sets, START + timedelta(days=d)) for d in (0, 20))
    assert pairs_of(ring_pairs(early)) == pairs_of(ring_pairs(late))
    assert pairs_of(plane_pairs(early)) == pairs_of(plane_pairs(late))


def test_plane_astride_the_equinox_is_one():
    west = [satellite(f"west-{i}", 359.6, 40 + 120 * i) for i in range(3)]
    east = [satellite(f"east-{i}", 0.3, 100 + 120 * i) for i in range(3)]
    table = find_planes([*west, *east, *ring("other", 90.0)], START)
    astride = table[table["plane"] == 1]  # its mean node is at 359.95
    order = ["west-0", "east-0", "west-1", "east-1", "west-2", "east-2"]
    assert astride["satellite"].tolist() == order
    assert table[table["plane"] == 0]["satellite"].str.startswith("other").all()
    # A node 0.35 degrees east of the mean counts cos(53) of that along the orbit.
    expected = [40 - 0.35 * math.cos(math.radians(53)), 100 + 0.35 * 0.601815]
    assert astride["argument_deg"].tolist()[:2] == pytest.approx(expected, abs=1e-3)


def test_shells_part_by_inclination_and_altitude():
    sets = [
        *ring("high", 10.0, altitude_km=560.0),
        *ring("steep", 10.0, inclination_deg=53.2),
        *ring("low", 10.0),
    ]
    table = find_planes(sets, START)
    shells = table.groupby(table["satellite"].str.split("-").str[0])["shell"].unique()
    assert {k: list(v) for k, v in shells.items()} == {
        "low": [0],
        "high": [1],
        "steep": [2],
    }
    assert plane_pairs(table).empty


def test_lone_satellites_find_no_slot():
    raiser = satellite("raiser", 10.0, 50.0, altitude_km=400.0)
    drifter = satellite("drifter", 13.0, 50.0)
    decayed = satellite("decayed", 10.0, 50.0, altitude_km=-50.0)
    sets = [raiser, *ring("ring", 10.0), drifter, decayed]
    table = find_planes(sets, START)
    placed = table["plane"].notna()
    assert table["satellite"][~placed].tolist() == ["raiser", "drifter", "decayed"]
    assert placed.tolist() == [True] * 4 + [False] * 3
    assert np.isnan(table["altitude_km"].iloc[-1])
    assert find_planes([decayed], START)["plane"].isna().all()
    with_pairs = find_planes(sets, START, least=1)
    assert with_pairs["plane"].notna().sum() == 6


def test_ring_closes():
    table = find_planes(ring("s", 10.0), START)
    ring_of_four = {("s-0", "s-1"), ("s-1", "s-2"), ("s-2", "s-3"), ("s-3", "s-0")}
    assert pairs_of(ring_pairs(table)) == ring_of_four
    two = find_planes(ring("s", 10.0, count=2), START, least=1)
    assert pairs_of(ring_pairs(two)) == {("s-0", "s-1")}


def test_neighbours_in_the_next_plane_are_nearest_in_phase():
    # 6 planes of 4, F = 1: 15 degrees ahead in the next plane, but 90 - 5 * 15 =
    # -75 + 90 = 15 from the last to the first as well, one slot on.
    table = find_planes(walker(), START)
    pairs = plane_pairs(table)
    assert len(pairs) == 24
    assert pairs["satellite_a"].is_unique
    assert pairs["satellite_b"].is_unique
    argument_deg = table.set_index("satellite")["argument_deg"]
    ahead = argument_deg[pairs["satellite_b"]].to_numpy()
    ahead = (ahead - argument_deg[pairs["satellite_a"]].to_numpy()) % 360
    assert ahead == pytest.approx(15.0, abs=1e-3)


def test_second_planes_can_be_chosen():
    pairs = plane_pairs(find_planes(walker(), START), steps=(2,))
    planes = pairs.map(lambda name: int(name[7:9]))
    assert ((planes["satellite_b"] - planes["satellite_a"]) % 6 == 2).all()
    assert len(pairs) == 24


def test_no_neighbours_across_a_missing_plane_or_the_seam():
    sets = [s for s in walker() if not s.name.startswith("WALKER-03")]
    planes = plane_pairs(find_planes(sets, START)).map(lambda name: int(name[7:9]))
    assert pairs_of(planes) == {(1, 2), (4, 5), (5, 6), (6, 1)}
    star = find_planes(walker(pattern="star"), START)
    planes = plane_pairs(star).map(lambda name: int(name[7:9]))
    assert pairs_of(planes) == {(1, 2), (2, 3), (3, 4), (4, 5), (5, 6)}


def test_planes_of_unequal_size_are_matched_one_to_one():
    sets = [*ring("west", 10.0, count=5), *ring("east", 15.0, count=4)]
    pairs = plane_pairs(find_planes(sets, START))
    assert len(pairs) == 4
    assert pairs["satellite_a"].is_unique
    assert set(pairs["satellite_b"]) == {f"east-{i}" for i in range(4)}


def test_all_pairs_are_all():
    assert pairs_of(all_pairs(["a", "b", "c"])) == {("a", "b"), ("a", "c"), ("b", "c")}


def test_nodes_without_a_gap_are_refused(refused):
    crowded = [satellite(f"s-{i}", 1.2 * i, 0.0) for i in range(300)]
    sentence = refused(find_planes, crowded, START)
    assert "plane_gap_deg" in sentence
    assert find_planes(crowded, START, 1.0, least=1)["plane"].max() == 299


def test_time_without_a_zone_is_refused(refused):
    assert "time zone" in refused(find_planes, walker(), datetime(2023, 8, 22))


@pytest.mark.parametrize(("inclination_deg", "found"), [(53.05, 1414), (53.22, 1532)])
def test_real_shells_have_72_planes(inclination_deg, found):
    # Both shells are authorised with 72 planes of 22 satellites (FCC 21-48, 2021), so
    # 5 degrees apart; ``found`` counts those at the altitude of most, raisers not.
    table = find_planes(snapshot(), START)
    shell = table[(table["inclination_deg"] - inclination_deg).abs() < 0.05]
    main = shell[shell["shell"] == shell["shell"].mode()[0]]
    assert len(main) == found
    nodes_deg = np.degrees(
        main.groupby("plane")["raan_deg"].agg(
            lambda x: np.angle(np.exp(1j * np.radians(x)).mean())
        )
    )
    assert len(nodes_deg) == 72
    bins = np.round((nodes_deg - nodes_deg.iloc[0]) / 5) % 72
    assert sorted(bins) == list(range(72))
    assert main.groupby("plane").size().between(13, 28).all()
    assert len(ring_pairs(main)) == len(main)


def test_most_real_satellites_find_a_slot():
    sets = snapshot()
    table = find_planes(sets, START)
    assert sorted(table["satellite"]) == sorted(s.name for s in sets)
    assert table["slot"].notna().mean() > 0.95
