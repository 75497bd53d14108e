import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sgp4.conveniences import jday_datetime

from fedorbit.orbits.ageing import load_snapshot, pair_up
from fedorbit.orbits.omm import write_elements
from fedorbit.orbits.settings import Ageing
from fedorbit.orbits.tle import from_lines
from fedorbit.orbits.walker import Walker, walker_elements

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS = Ageing(
    snapshots=["named", "here"],
    hours=24,
    altitude_km=[530, 560],
    inclination_deg=[52.5, 53.5],
    max_epoch_age_days=3,
)


def satellites(epoch, altitude_km=550.0, planes=3):
    walker = Walker(
        pattern="delta",
        planes=planes,
        satellites_per_plane=4,
        phasing=0,
        altitude_km=altitude_km,
        inclination_deg=53.0,
    )
    return walker_elements(walker, epoch)


@pytest.fixture
def snapshot(tmp_path):
    """Return a function that writes a snapshot so many days after the first."""

    def write(name, days, **kinds):
        path = tmp_path / f"{name}.csv"
        write_elements(satellites(FIRST + timedelta(days=days), **kinds), path)
        return path

    return write


def test_all_pairs_are_made_by_age(snapshot):
    paths = [snapshot("c", 90), snapshot("a", 0), snapshot("b", 13)]
    pairs = pair_up(paths, SETTINGS)
    assert [pair.age_days for pair in pairs] == pytest.approx([13, 77, 90], abs=1e-4)
    for pair in pairs:
        assert pair.older.epoch < pair.newer.epoch
        assert [s.name for s in pair.old_sets] == [s.name for s in pair.new_sets]
        assert len(pair.old_sets) == 12
        assert pair.gone == 0
    assert len({pair.name for pair in pairs}) == 3


def test_a_snapshot_and_its_copy_are_no_pair(snapshot, refused):
    paths = [snapshot("a", 0), snapshot("copy", 0)]
    assert refused(pair_up, paths, SETTINGS) == (
        f"{paths[0]}, {paths[1]}: the snapshots have the same median epoch; name "
        "two of different days in ageing.snapshots."
    )
    assert len(pair_up([*paths, snapshot("b", 13)], SETTINGS)) == 1


def test_the_older_snapshot_alone_decides_who_is_followed(snapshot):
    settled = snapshot("settled", 0)
    raised = snapshot("raised", 20, altitude_km=600.0)
    (pair,) = pair_up([settled, raised], SETTINGS)
    assert len(pair.old_sets) == 12  # though they have left the band since
    low = snapshot("low", 0, altitude_km=400.0)
    (pair,) = pair_up([low, snapshot("later", 20)], SETTINGS)
    assert (pair.old_sets, pair.new_sets, pair.gone) == ([], [], 0)


def test_satellites_that_the_newer_snapshot_lacks_are_counted(snapshot):
    older, newer = snapshot("all", 0), snapshot("some", 20, planes=2)
    (pair,) = pair_up([older, newer], SETTINGS)
    # Catalogue numbers go from 1 plane by plane.
    assert [s.name for s in pair.new_sets] == [str(n) for n in range(1, 9)]
    assert pair.gone == 4


def test_elements_older_than_their_snapshot_are_left_out(tmp_path):
    fresh = satellites(FIRST)
    stale = satellites(FIRST - timedelta(days=3.5))
    write_elements([*fresh[:10], *stale[10:]], tmp_path / "mixed.csv")
    write_elements(satellites(FIRST + timedelta(days=5)), tmp_path / "newer.csv")
    paths = [tmp_path / "mixed.csv", tmp_path / "newer.csv"]
    (pair,) = pair_up(paths, SETTINGS)
    assert [s.name for s in pair.old_sets] == [str(n) for n in range(1, 11)]


def test_satellites_are_followed_by_number_whatever_their_name(tmp_path):
    sets = satellites(FIRST)
    renamed = [replace(s, name=f"NEW {k % 2}") for k, s in enumerate(sets)]
    write_elements(renamed, tmp_path / "a.csv")
    loaded = load_snapshot(tmp_path / "a.csv")
    assert [s.name for s in loaded.sets] == [str(n) for n in range(1, 13)]
    assert abs(loaded.epoch - FIRST) < timedelta(seconds=1.5)
    motion = loaded.sets[0].satrec().no_kozai
    assert motion == pytest.approx(2 * math.pi / 95.65, rel=1e-3)  # 550 km, in minutes


# Real elements of a satellite that was being brought down in July 2023.
FALLEN = from_lines(
    "fallen",
    "1 46710U 20073AS  23210.58335648  .01339933  00000+0  73358-1 0  9997",
    "2 46710  53.0526 219.7146 0001243  97.3953 257.9599 15.10799915153593",
)


def test_a_satellite_that_old_elements_send_astray_is_counted(tmp_path):
    then, now = (
        datetime(2023, 7, 29, 14, tzinfo=UTC),
        datetime(2023, 10, 15, tzinfo=UTC),
    )
    error, r_km, _ = FALLEN.satrec().sgp4(*jday_datetime(now))
    assert error == 0 and math.hypot(*r_km) > 13_000  # SGP4 sees no error in it
    again = satellites(now)
    renumbered = [replace(again[0], number=FALLEN.number), *again[1:]]
    write_elements([FALLEN, *satellites(then)[1:]], tmp_path / "old.csv")
    write_elements(renumbered, tmp_path / "new.csv")
    (pair,) = pair_up([tmp_path / "old.csv", tmp_path / "new.csv"], SETTINGS)
    assert (pair.gone, pair.implausible) == (0, 1)
    assert "46710" not in {s.name for s in pair.old_sets}
    assert len(pair.old_sets) == len(pair.new_sets) == 11
