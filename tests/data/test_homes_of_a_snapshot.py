"""Clients on the real satellites that travel with the repository."""

import os
import subprocess
import sys
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from fedorbit.base.errors import Infeasible
from fedorbit.data.homes import Homes, orbit_homes
from fedorbit.orbits.isl import isl_tracks
from fedorbit.orbits.lists import read_constellation
from fedorbit.orbits.planes import find_planes, plane_members, ring_pairs
from fedorbit.plans.moves.rings import open_at_gap

SNAPSHOT = "data/tle/starlink-53/2023-10-15.tle.gz"
SETTLE = """
import runpy, sys
from types import SimpleNamespace

class Files(list):
    satellites = sys.argv[2]

runpy.run_path(sys.argv[1] + "/settle_clients.py", {"snakemake": SimpleNamespace(
    input=Files([sys.argv[2]]), output=SimpleNamespace(homes=sys.argv[3]),
    log=[sys.argv[4]], config={"engine": {"numerics": "fast"}},
    params=SimpleNamespace(values={"clients": {"least_per_plane": 1}})
)})
"""


@pytest.fixture(scope="module")
def sets(project):
    return read_constellation(project / SNAPSHOT)


@pytest.fixture(scope="module")
def planes(sets):
    return find_planes(sets, max(one.epoch for one in sets))


@pytest.fixture(scope="module")
def settled(project, tmp_path_factory):
    """Return the homes that the workflow's script makes of the snapshot."""
    folder = tmp_path_factory.mktemp("homes")
    scripts = project / "workflow" / "scripts"
    files = [scripts, project / SNAPSHOT, folder / "homes.parquet", folder / "log"]
    path = os.pathsep.join([str(scripts), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-c", SETTLE, *files]
    subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, check=True)
    return Homes.read(files[2])


def test_clients_are_the_satellites_of_planes_that_are_unequal(settled, planes):
    placed = planes.dropna(subset="plane")
    assert len(settled) == len(placed) < len(planes) == 503
    assert settled.kind == "orbit"
    assert sorted(settled.table["node"]) == sorted(placed["satellite"])
    # One in six of the planes' 18 to 22.
    assert min(settled.sizes) == 3 and max(settled.sizes) == 6
    assert len(set(settled.sizes)) == 4


def test_a_group_is_one_plane_in_the_order_of_flight(settled, planes):
    known = planes.set_index("satellite")
    for group in settled.groups:
        own = known.loc[settled.nodes(group)]
        assert np.ptp(own["inclination_deg"]) < 0.1
        assert np.ptp(own["altitude_km"]) < 5
        node = np.exp(1j * np.radians(own["raan_deg"]))
        offset_deg = np.degrees(np.angle(node / node.mean()))
        assert np.all(np.diff(np.sort(offset_deg)) <= 1.5)
        assert np.all(np.diff(own["argument_deg"]) > 0)


def test_only_satellites_without_two_others_beside_them_are_no_clients(planes):
    """Beside means nearer than the gaps by which shells and planes part."""
    for lone in planes[planes["plane"].isna()].itertuples():
        apart_deg = (planes["raan_deg"] - lone.raan_deg + 180) % 360 - 180
        beside = (
            (np.abs(planes["inclination_deg"] - lone.inclination_deg) <= 0.05)
            & (np.abs(planes["altitude_km"] - lone.altitude_km) <= 1.0)
            & (np.abs(apart_deg) <= 1.5)
        )
        assert beside.sum() - 1 < 2


def test_planes_keep_their_satellites_from_day_to_day_but_not_their_numbers(
    sets, planes
):
    """Nodes go west by 4.5 degrees a day, about a plane, so that numbers move on."""
    earlier = find_planes(sets, max(one.epoch for one in sets) - timedelta(days=1))
    now, then = plane_members(planes), plane_members(earlier)
    same = {frozenset(own) for own in now.values()}
    same &= {frozenset(own) for own in then.values()}
    assert len(same) > 0.9 * len(now)
    assert sum(set(now[name]) == set(then.get(name, ())) for name in now) < (
        0.5 * len(now)
    )
    assert orbit_homes(now).names == list(now)


def test_one_satellite_in_six_makes_no_ring(sets, planes):
    """With 3 to 6 in a plane neighbours are out of sight, and that is told."""
    pairs = ring_pairs(planes)
    start = max(one.epoch for one in sets)
    tracks = isl_tracks(sets, pairs, start, [0.0], carrier_hz=1.0)
    seen = tracks.lowest_km[:, 0] >= 80
    ends = zip(pairs["satellite_a"], pairs["satellite_b"], strict=True)
    in_sight = dict(zip(ends, seen, strict=True))
    outcomes = pd.Series(dtype=object)
    for name, ring in plane_members(planes).items():
        try:
            chain = open_at_gap(ring, lambda a, b: in_sight[a, b])
            outcomes[name] = "ring" if chain is None else "chain"
        except Infeasible as error:
            assert f"has {len(ring)} satellites" in str(error)
            outcomes[name] = "told"
    assert (outcomes == "ring").sum() == 0
    assert (outcomes == "told").mean() > 0.9
