import math
import os
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from fedorbit.orbits.choice import (
    NoneTakesPart,
    choose,
    epoch_ages_days,
    farthest_days,
    mean_altitudes_km,
    walker_constellation,
)
from fedorbit.orbits.elements import ElementSet
from fedorbit.orbits.lists import read_constellation, read_elements
from fedorbit.orbits.omm import write_elements
from fedorbit.orbits.records import LeftOut
from fedorbit.orbits.sources import Select
from fedorbit.orbits.tle import from_lines
from fedorbit.orbits.walker import Walker

# Of SGP4-VER.TLE; its last position in tcppver.out is 474 minutes after the epoch,
# 2006-04-04 at 11:05:48, and the next would be at 480. Both are in the sgp4 package.
DECAYING = from_lines(
    "DECAYING",
    "1 22312U 93002D   06094.46235912  .99999999  81888-5  49949-3 0  3953",
    "2 22312  62.1486  77.4698 0308723 267.9229  88.7392 15.95744531 98783",
)
START = datetime(2023, 8, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
DATA = os.environ.get("FEDORBIT_DATA")

needs_data = pytest.mark.skipif(DATA is None, reason="FEDORBIT_DATA is not set")


def made(name: str = "SAT", number: int = 1, **changes) -> ElementSet:
    """Return a satellite on a circular orbit with its epoch at the start, or changed.

    15 revolutions a day are 566.8 km above the equator: (398600.4418 km3/s2 x
    (86400 s / 15 / 2 pi)2)^(1/3) = 6944.9 km.
    """
    values = {
        "epoch": START,
        "mean_motion_rev_day": 15.0,
        "eccentricity": 0.0,
        "inclination_deg": 53.0,
        "raan_deg": 225.5254,
        "argument_of_perigee_deg": 162.2516,
        "mean_anomaly_deg": 205.2356,
        "bstar": 0.0,
    }
    return ElementSet(name=name, number=number, **values | changes)


def at_age(days: float, name: str = "SAT", number: int = 1) -> ElementSet:
    return made(name, number, epoch=START - days * DAY)


def counts_of(table) -> dict:
    """Return the rows of a table that are not zero."""
    rows = dict(zip(table["reason"], table["satellites"], strict=True))
    return {reason: count for reason, count in rows.items() if count}


def test_altitudes_are_those_of_the_mean_motion():
    # A geostationary orbit has a semi-major axis of 42164.17 km.
    sets = [made(mean_motion_rev_day=m) for m in (15.0, 1.0027379)]
    altitudes_km = mean_altitudes_km(sets)
    assert abs(altitudes_km[0] - 566.8) < 0.1
    assert abs(altitudes_km[1] - (42164.17 - 6378.137)) < 0.1


def test_ages_count_from_the_epoch_to_the_start():
    ages_days = epoch_ages_days([at_age(a) for a in (3.5, -2.0)], START)
    a_millisecond_days = 1e-3 / 86400
    assert np.abs(ages_days - [3.5, -2.0]).max() < a_millisecond_days


def test_the_order_and_the_lines_of_those_that_take_part_stay():
    sets = [made("C", 3), made("A", 1), made("B", 2)]
    chosen, table = choose(sets, Select(), START, 24)
    assert chosen == sets
    assert counts_of(table) == {"all": 3, "taking part": 3}


@pytest.mark.parametrize(
    ("ages_days", "nearest"),
    [
        ([3, 1, -2], 1),
        ([3, 1, -0.5], -0.5),
        ([3, -4], 3),
        ([-2, -1, -3], -1),
        ([1, -1], 1),  # equally near: the one before the start
        ([40, 3], 3),
        ([43, 0], 0),
    ],
)
def test_of_the_sets_of_a_satellite_the_nearest_to_the_start_counts(ages_days, nearest):
    other = made("OTHER", 2)
    for ages in permutations(ages_days):
        sets = [*(at_age(age) for age in ages), other]
        chosen, table = choose(sets, Select(), START, 24)
        assert chosen == [at_age(nearest), other]
        assert counts_of(table)["duplicate"] == len(ages) - 1


def test_of_equal_epochs_the_first_of_the_list_counts():
    again = made("SAT AGAIN")
    assert choose([made(), again], Select(), START, 24)[0] == [made()]


def test_satellites_without_a_number_are_told_apart_by_name():
    sets = [made("A", 0), made("B", 0), at_age(1, "A", 0)]
    assert choose(sets, Select(), START, 24)[0] == sets[:2]


def test_the_same_name_has_the_catalogue_number_appended():
    sets = [made("OBJECT A", 100000), made("B", 2), made("OBJECT A", 3)]
    chosen, _ = choose(sets, Select(), START, 24)
    assert [s.name for s in chosen] == ["OBJECT A 100000", "B", "OBJECT A 3"]
    assert [s.number for s in chosen] == [100000, 2, 3]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["A 2", "A", "A"], ["A 2 1", "A 2 2", "A 3"]),
        (["A", "A 1", "A"], ["A 1 1", "A 1 2", "A 3"]),
        (["A", "A", "A"], ["A 1", "A 2", "A 3"]),
    ],
)
def test_an_appended_number_may_meet_a_name_that_there_is(names, expected):
    sets = [made(name, number) for number, name in enumerate(names, start=1)]
    chosen, _ = choose(sets, Select(), START, 24)
    assert [s.name for s in chosen] == expected


def test_a_name_is_its_own_once_its_double_is_left_out():
    sets = [made("OBJECT A", 1), made("OBJECT A", 3, inclination_deg=70.0)]
    chosen, _ = choose(sets, Select(inclination_deg=[50, 60]), START, 24)
    assert chosen == sets[:1]


@pytest.mark.parametrize(
    # The old elements are 2 days old at the start and 3 at the end, a day later.
    ("limit_days", "left"),
    [(1.9, {"now"}), (2.1, {"now", "late"}), (3.1, {"now", "old", "late"})],
)
def test_elements_far_from_their_epoch_are_left_out_either_way(limit_days, left):
    sets = [made("now", 1), at_age(2, "old", 2), at_age(-2, "late", 3)]
    chosen, table = choose(sets, Select(max_epoch_age_days=limit_days), START, 24)
    assert {s.name for s in chosen} == left
    assert counts_of(table).get("far from epoch", 0) == 3 - len(left)


def test_a_month_is_the_limit_unless_a_study_says_otherwise():
    sets = [at_age(29, "A", 1), at_age(31, "B", 2)]
    assert choose(sets, Select(), START, 24)[0] == sets[:1]
    assert len(choose(sets, Select(max_epoch_age_days=32), START, 24)[0]) == 2
    assert choose([made()], Select(), START, 24 * 30)[0] == [made()]
    with pytest.raises(NoneTakesPart):
        choose([made()], Select(), START, 24 * 31)


def test_ages_are_those_of_the_end_of_the_scenario_that_is_further_away():
    ages_days = np.array([3.0, 0.0, -0.25, -2.0])
    assert list(farthest_days(ages_days, 24)) == [4.0, 1.0, 0.75, 2.0]


def test_a_satellite_that_decays_within_the_scenario_takes_part_until_then():
    # Its perigee is at 93 km, which it first passes within a revolution of its epoch.
    start = datetime(2006, 4, 4, 11, 6, tzinfo=UTC)
    sets = [DECAYING, made("STAYS", 2, epoch=start)]
    for hours in (1, 24, 300):
        assert choose(sets, Select(), start, hours)[0] == sets
    for later in (2, 8, 24, 200):
        chosen, table = choose(sets, Select(), start + later * DAY / 24, 1)
        assert chosen == sets[1:]
        assert counts_of(table) == {"all": 2, "decayed": 1, "taking part": 1}


def test_a_satellite_below_120_km_has_come_down():
    # 16.4 and 16.6 revolutions a day are 165 and 112 km above the equator.
    low = made("LOW", 1, mean_motion_rev_day=16.4)
    down = made("DOWN", 2, mean_motion_rev_day=16.6)
    chosen, table = choose([low, down], Select(), START, 1)
    assert chosen == [low] and counts_of(table)["decayed"] == 1


def test_records_that_are_no_satellites_are_counted_by_their_reasons():
    left_out = [LeftOut("line 1", "checksum", ""), LeftOut("line 9", "not SGP4", "")]
    left_out.append(LeftOut("line 12", "checksum", ""))
    _, table = choose([made()], Select(), START, 24, left_out)
    assert counts_of(table) == {
        "all": 4,
        "checksum": 2,
        "not SGP4": 1,
        "taking part": 1,
    }


def test_a_selection_takes_those_to_which_all_of_it_applies():
    sets = [
        made("STARLINK-1", 1),
        made("STARLINK-2", 2, mean_motion_rev_day=14.0),
        made("STARLINK-3", 3, inclination_deg=70.0),
        made("ONEWEB-1", 4),
        made("ONEWEB-2", 5, mean_motion_rev_day=14.0),
        at_age(99, "STARLINK-4", 6),
        made("NOT STARLINK-5", 7),
    ]
    select = Select(
        name_pattern="^STARLINK",
        altitude_km=[566.7, 566.9],
        inclination_deg=[53, 53.0001],
    )
    chosen, table = choose(sets, select, START, 24)
    assert [s.name for s in chosen] == ["STARLINK-1"]
    assert list(table["reason"]) == [
        "all",
        "duplicate",
        "far from epoch",
        "decayed",
        "name",
        "altitude",
        "inclination",
        "taking part",
    ]
    assert list(table["satellites"]) == [7, 0, 1, 0, 3, 1, 1, 1]


def test_nothing_left_is_refused_with_the_counts(refused):
    sets = [at_age(40), made("B", 2)]
    sentence = refused(choose, sets, Select(name_pattern="^A"), START, 24)
    assert "of 2 element sets" in sentence
    assert "from 2023-07-13 to 2023-08-22" in sentence
    assert "far from epoch 1, name 1" in sentence


def test_what_takes_part_can_be_read_back(tmp_path):
    sets = [made("TWIN", 1), made("TWIN", 2), made("Δ", 3)]
    chosen, _ = choose(sets, Select(), START, 24)
    write_elements(chosen, tmp_path / "chosen.csv")
    assert read_constellation(tmp_path / "chosen.csv") == chosen


def test_a_pattern_has_the_same_table():
    walker = Walker(
        pattern="star",
        planes=3,
        satellites_per_plane=4,
        phasing=1,
        altitude_km=780,
        inclination_deg=86.4,
    )
    sets, table = walker_constellation(walker, START)
    assert len(sets) == 12
    assert counts_of(table) == {"all": 12, "taking part": 12}


# What follows reads the real Starlink snapshots: their counts are in the README
# beside them, the rest is worked out from the columns of the text.
SNAPSHOTS = {
    "starlink-2023-07-17.tle": 4428,
    "starlink-2023-07-30.tle": 4513,
    "starlink-2023-08-22.tle": 4566,
    "starlink-2023-10-15.tle": 4870,
}


def columns_of(path: Path) -> np.ndarray:
    """Return day of 2023, inclination and revolutions a day from the text."""
    lines = path.read_text().splitlines()
    pairs = zip(lines[1::3], lines[2::3], strict=True)
    return np.array(
        [[float(a[20:32]), float(b[8:16]), float(b[52:63])] for a, b in pairs]
    )


@needs_data
@pytest.mark.parametrize("name", SNAPSHOTS)
def test_real_snapshots_have_as_many_satellites_as_their_readme_says(name):
    start = datetime.strptime(name[9:19], "%Y-%m-%d").replace(tzinfo=UTC)
    sets = read_elements(Path(DATA) / name).sets
    assert len(sets) == SNAPSHOTS[name]
    chosen, table = choose(sets, Select(), start, 24)
    rows = counts_of(table)
    assert rows.pop("all") == sum(rows.values()) == SNAPSHOTS[name]
    assert rows["taking part"] == len(chosen) > 0.99 * SNAPSHOTS[name]


@needs_data
def test_the_53_degree_shell_of_a_real_snapshot_is_found():
    path = Path(DATA) / "starlink-2023-08-22.tle"
    _, inclination_deg, revolutions = columns_of(path).T
    motion_rad_s = revolutions * 2 * math.pi / 86400
    altitude_km = (398600.4418 / motion_rad_s**2) ** (1 / 3) - 6378.137
    shell = (np.abs(inclination_deg - 53.1) <= 0.2) & (np.abs(altitude_km - 545) <= 15)
    select = Select(altitude_km=[530, 560], inclination_deg=[52.9, 53.3])
    chosen, _ = choose(read_elements(path).sets, select, START, 24)
    lines = path.read_text().splitlines()
    assert [s.number for s in chosen] == [
        int(line[2:7])
        for line, inside in zip(lines[2::3], shell, strict=True)
        if inside
    ]
    assert 2500 < len(chosen) < 3500


@needs_data
def test_the_ages_of_a_real_snapshot_are_those_of_its_epochs():
    path = Path(DATA) / "starlink-2023-08-22.tle"
    day_of_start = START.timetuple().tm_yday + 0.5
    expected = day_of_start - columns_of(path)[:, 0]
    sets = read_elements(path).sets
    ages_days = epoch_ages_days(sets, START)
    a_millisecond_days = 1e-3 / 86400
    assert np.abs(ages_days - expected).max() < a_millisecond_days
    far = np.maximum(np.abs(expected), np.abs(expected + 0.5)) > 1.0
    _, table = choose(sets, Select(max_epoch_age_days=1.0), START, 12)
    assert counts_of(table)["far from epoch"] == far.sum() > 0


@needs_data
def test_a_snapshot_of_five_weeks_ago_needs_a_longer_limit(refused):
    sets = read_elements(Path(DATA) / "starlink-2023-07-17.tle").sets
    sentence = refused(choose, sets, Select(), START, 24)
    assert "to 2023-07-1" in sentence and f"far from epoch {len(sets)}" in sentence
    chosen, _ = choose(sets, Select(max_epoch_age_days=45), START, 24)
    assert len(chosen) > 4000
