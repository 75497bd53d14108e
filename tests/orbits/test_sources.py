import json
import math
import os
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from fedorbit.orbits.omm import parse_omm_json
from fedorbit.orbits.sources import (
    Select,
    choose,
    element_path,
    epoch_ages_days,
    mean_altitudes_km,
    read_elements,
    walker_constellation,
)
from fedorbit.orbits.tle import ElementSet, read_tle, write_tle
from fedorbit.orbits.walker import Walker

# Vanguard 1 on 2020-10-13 as CelesTrak published it in two formats; both are in the
# tests of the sgp4 package, https://github.com/brandon-rhodes/python-sgp4.
VANGUARD = ElementSet(
    "VANGUARD 1",
    "1 00005U 58002B   20287.20333880 -.00000016  00000-0 -22483-4 0  9998",
    "2 00005  34.2443 225.5254 1845686 162.2516 205.2356 10.84869164218149",
)
MESSAGE = {
    "OBJECT_NAME": "VANGUARD 1",
    "OBJECT_ID": "1958-002B",
    "EPOCH": "2020-10-13T04:52:48.472320",
    "MEAN_MOTION": 10.84869164,
    "ECCENTRICITY": 0.1845686,
    "INCLINATION": 34.2443,
    "RA_OF_ASC_NODE": 225.5254,
    "ARG_OF_PERICENTER": 162.2516,
    "MEAN_ANOMALY": 205.2356,
    "EPHEMERIS_TYPE": 0,
    "CLASSIFICATION_TYPE": "U",
    "NORAD_CAT_ID": 5,
    "ELEMENT_SET_NO": 999,
    "REV_AT_EPOCH": 21814,
    "BSTAR": -0.22483e-4,
    "MEAN_MOTION_DOT": -1.6e-7,
    "MEAN_MOTION_DDOT": 0,
}
# Of SGP4-VER.TLE; its last position in tcppver.out is 474 minutes after the epoch,
# 2006-04-04 at 11:05:48, and the next would be at 480. Both are in the sgp4 package.
DECAYING = ElementSet(
    "DECAYING",
    "1 22312U 93002D   06094.46235912  .99999999  81888-5  49949-3 0  3953",
    "2 22312  62.1486  77.4698 0308723 267.9229  88.7392 15.95744531 98783",
)
START = datetime(2023, 8, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
DATA = os.environ.get("FEDORBIT_DATA")

needs_data = pytest.mark.skipif(DATA is None, reason="FEDORBIT_DATA is not set")


def text_of(*sets: ElementSet) -> str:
    return "".join(f"{s.name}\n{s.line1}\n{s.line2}\n" for s in sets)


def csv_of(*messages: dict) -> str:
    rows = [",".join(MESSAGE)]
    rows += [",".join(str(value) for value in m.values()) for m in messages]
    return "\n".join(rows) + "\n"


def made(name: str = "SAT", number: int = 1, **changes) -> ElementSet:
    """Return a satellite on a circular orbit with its epoch at the start, or changed.

    15 revolutions a day are 566.8 km above the equator: (398600.4418 km3/s2 x
    (86400 s / 15 / 2 pi)2)^(1/3) = 6944.9 km.
    """
    message = MESSAGE | {
        "OBJECT_NAME": name,
        "NORAD_CAT_ID": number,
        "EPOCH": START.strftime("%Y-%m-%dT%H:%M:%S.%f"),
        "MEAN_MOTION": 15.0,
        "ECCENTRICITY": 0.0,
        "INCLINATION": 53.0,
        "BSTAR": 0.0,
        "MEAN_MOTION_DOT": 0.0,
    }
    message |= {key.upper(): value for key, value in changes.items()}
    return parse_omm_json(json.dumps([message]), "made")[0]


def at_age(days: float, **changes) -> ElementSet:
    epoch = (START - days * DAY).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return made(epoch=epoch, **changes)


def counts_of(table) -> dict:
    """Return the rows of a table that are not zero."""
    rows = dict(zip(table["reason"], table["satellites"], strict=True))
    return {reason: count for reason, count in rows.items() if count}


@pytest.fixture
def written(tmp_path):
    def write(text: str, name: str = "satellites.txt") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize("name", ["satellites.txt", "satellites"])
@pytest.mark.parametrize(
    "text",
    [
        text_of(VANGUARD),
        json.dumps([MESSAGE]),
        json.dumps(MESSAGE, indent=1),
        json.dumps([{key: str(value) for key, value in MESSAGE.items()}]),
        csv_of(MESSAGE),
        csv_of(MESSAGE).replace("\n", "\r\n"),
        "\ufeff" + csv_of(MESSAGE),
    ],
    ids=["tle", "json", "one", "strings", "csv", "crlf", "byte order mark"],
)
def test_every_format_gives_the_published_lines(written, text, name):
    assert read_elements(written(text, name)) == [VANGUARD]


def test_two_lines_have_the_catalogue_number_for_a_name(written):
    lines = [VANGUARD.line1, VANGUARD.line2, DECAYING.line1, DECAYING.line2]
    sets = read_elements(written("\n".join(lines)))
    assert [s.name for s in sets] == ["00005", "22312"]
    assert [(s.line1, s.line2) for s in sets] == [tuple(lines[:2]), tuple(lines[2:])]


def test_the_verification_file_is_read_but_for_its_bad_checksums(written):
    # Vallado's SGP4-VER.TLE adds columns after the 69th, and three of its checksums
    # are wrong: those of 33333, 33334 and 33335, which were made up to provoke errors.
    lines = (files("sgp4") / "SGP4-VER.TLE").read_text().splitlines()
    lines = [line[:69] for line in lines if line[:1] in ("1", "2")]
    good = 0
    for pair in zip(lines[::2], lines[1::2], strict=True):
        try:
            good += len(read_elements(written("\n".join(pair))))
        except Exception as error:
            assert "the checksum is" in str(error)
    assert good == len(lines) // 2 - 3


# The examples of https://www.space-track.org/documentation#tle-alpha5.
ALPHA_5 = {
    100000: "A0000",
    148493: "E8493",
    182931: "J2931",
    234018: "P4018",
    301928: "W1928",
    339999: "Z9999",
}


@pytest.mark.parametrize("number", ALPHA_5)
def test_large_catalogue_numbers_are_written_in_alpha_5(written, tmp_path, number):
    found = made(number=number)
    assert found.line1[2:7] == found.line2[2:7] == ALPHA_5[number]
    assert found.satrec().satnum == number
    assert read_elements(written(text_of(found))) == [found]


def test_numbers_beyond_alpha_5_are_refused(refused, written):
    text = json.dumps([MESSAGE, MESSAGE | {"NORAD_CAT_ID": 799500001}])
    path = written(text, "satellites.json")
    sentence = refused(read_elements, path)
    assert sentence.startswith(f"{path}, message 2: the catalogue number 799500001 of ")
    assert "'VANGUARD 1'" in sentence and "339999" in sentence


@pytest.mark.parametrize("letter", "IO")
def test_letters_that_alpha_5_leaves_out_are_refused(refused, written, letter):
    # A letter counts zero in the checksum, as does the 0 in its place.
    text = text_of(VANGUARD).replace(" 00005", f" {letter}0005")
    path = written(text)
    sentence = refused(read_elements, path)
    assert sentence.startswith(
        f"{path}, line 2: the catalogue number is '{letter}0005'"
    )


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("x.json", '[{"a": 1},\n{"b": }]', ["x.json, line 2: not valid JSON"]),
        ("x.json", "[]", ["x.json: no element sets"]),
        ("x.json", "[3]", ["x.json, message 1: "]),
        ("x.json", "null", ["x.json, message 1: "]),
        ("x.json", text_of(VANGUARD), ["x.json, line 1: not valid JSON"]),
        ("x.csv", csv_of(), ["x.csv: no element sets"]),
        (
            "x.csv",
            csv_of(MESSAGE, MESSAGE | {"INCLINATION": "steep"}),
            ["x.csv, line 3: ", "'steep'", "'VANGUARD 1'"],
        ),
        (
            "x.csv",
            csv_of(MESSAGE, MESSAGE | {"NORAD_CAT_ID": ""}),
            ["x.csv, line 3: "],
        ),
        ("x.csv", csv_of(MESSAGE)[:300], ["x.csv, line 2: "]),
        (
            "x.csv",
            csv_of(MESSAGE).replace("BSTAR", "B_STAR"),
            ["x.csv, line 2: BSTAR of 'VANGUARD 1' is missing"],
        ),
        ("x", json.dumps([MESSAGE | {"ECCENTRICITY": -0.5}]), ["x, message 1"]),
        ("x", json.dumps([MESSAGE | {"MEAN_ANOMALY": 400}]), ["x, message 1: "]),
        ("x", json.dumps([MESSAGE | {"BSTAR": None}]), ["x, message 1: "]),
        ("x", json.dumps([MESSAGE | {"EPOCH": "today"}]), ["x, message 1: ", "today"]),
        (
            "x",
            "<!DOCTYPE html>\n<p>Not found</p>\n",
            ["x: is HTML or XML", "<!DOCTYPE"],
        ),
        ("x", "", ["x: no element sets"]),
        ("x", "No GP data found", ["x, line 1: the last satellite is incomplete"]),
        (
            "x",
            f"{VANGUARD.line1}\n{VANGUARD.line2}\nVANGUARD 1\n{VANGUARD.line2}",
            ["x, line 3: 'VANGUARD 1'... is not line 1"],
        ),
        (
            "x",
            text_of(VANGUARD).replace("162.2516", "162 2516"),
            ["x, line 3: the argument of perigee is '162 2516'", "again"],
        ),
        (
            "x",
            text_of(VANGUARD).replace("1845686", "18456 8"),
            ["x, line 3: the checksum is"],
        ),
        (
            "x",
            text_of(VANGUARD).replace("20287.2033", "2O287.2033"),
            ["x, line 2: the epoch is '2O287.20333880'"],
        ),
    ],
)
def test_a_file_that_is_wrong_is_named_with_the_place(
    refused, written, name, text, words
):
    path = written(text, name)
    sentence = refused(read_elements, path)
    assert sentence.startswith(str(path.parent))
    for word in words:
        assert word in sentence


def test_powers_of_ten_that_no_tle_can_hold_become_zero():
    # Smaller than 0.1e-9, the least in the format's one digit of exponent.
    assert made(bstar=3e-12).line1[53:61] == " 00000+0"
    assert made(bstar=-3e-7).line1[53:61] == "-30000-6"


def test_the_count_of_revolutions_goes_on_after_99999():
    assert made(rev_at_epoch=123_456).line2[63:68] == "23456"


def test_altitudes_are_those_of_the_mean_motion():
    # A geostationary orbit has a semi-major axis of 42164.17 km.
    satrecs = [made(mean_motion=m).satrec() for m in (15.0, 1.0027379)]
    altitudes_km = mean_altitudes_km(satrecs)
    assert abs(altitudes_km[0] - 566.8) < 0.1
    assert abs(altitudes_km[1] - (42164.17 - 6378.137)) < 0.1


def test_ages_count_from_the_epoch_to_the_start():
    ages_days = epoch_ages_days([at_age(a).satrec() for a in (3.5, -2.0)], START)
    a_millisecond_days = 1e-3 / 86400
    assert np.abs(ages_days - [3.5, -2.0]).max() < a_millisecond_days


def test_the_order_and_the_lines_of_those_that_take_part_stay():
    sets = [made("C", 3), made("A", 1), made("B", 2)]
    chosen, table = choose(sets, Select(), START, 24)
    assert chosen == sets
    assert counts_of(table) == {"all": 3, "taking part": 3}


def test_of_the_same_catalogue_number_the_newest_epoch_stays():
    old, new, ahead = at_age(3), at_age(1), at_age(-1)
    other = made("OTHER", 2)
    for sets in ([old, other, ahead, new], [ahead, new, old, other]):
        chosen, table = choose(sets, Select(), START, 24)
        assert set(chosen) == {ahead, other}
        assert counts_of(table) == {"all": 4, "duplicate": 2, "taking part": 2}
    again = made("SAT AGAIN")
    assert choose([made(), again], Select(), START, 24)[0] == [made()]


def test_the_same_name_has_the_catalogue_number_appended():
    sets = [made("OBJECT A", 100000), made("B", 2), made("OBJECT A", 3)]
    chosen, _ = choose(sets, Select(), START, 24)
    assert [s.name for s in chosen] == ["OBJECT A 100000", "B", "OBJECT A 3"]
    assert [s.line1 for s in chosen] == [s.line1 for s in sets]


def test_a_name_is_its_own_once_its_double_is_left_out():
    sets = [made("OBJECT A", 1), made("OBJECT A", 3, inclination=70.0)]
    chosen, _ = choose(sets, Select(inclination_deg=[50, 60]), START, 24)
    assert chosen == sets[:1]


@pytest.mark.parametrize(
    ("limit_days", "left"), [(1.9, {"now"}), (2.1, {"now", "old", "late"})]
)
def test_elements_far_from_their_epoch_are_left_out_either_way(limit_days, left):
    sets = [
        made("now", 1),
        at_age(2, object_name="old", norad_cat_id=2),
        at_age(-2, object_name="late", norad_cat_id=3),
    ]
    chosen, table = choose(sets, Select(max_epoch_age_days=limit_days), START, 24)
    assert {s.name for s in chosen} == left
    assert counts_of(table).get("far from epoch", 0) == 3 - len(left)


def test_a_month_is_the_limit_unless_a_study_says_otherwise():
    sets = [at_age(29, norad_cat_id=1), at_age(31, norad_cat_id=2)]
    assert choose(sets, Select(), START, 24)[0] == sets[:1]
    assert len(choose(sets, Select(max_epoch_age_days=32), START, 24)[0]) == 2


def test_a_satellite_that_decays_within_the_scenario_is_left_out():
    start = datetime(2006, 4, 4, 11, 6, tzinfo=UTC)
    epoch = start.strftime("%Y-%m-%dT%H:%M:%S.%f")
    sets = [DECAYING, made(epoch=epoch)]
    for hours, count in (7.8, 0), (8.2, 1):
        chosen, table = choose(sets, Select(), start, hours)
        assert chosen == sets[count:]
        assert counts_of(table).get("decayed", 0) == count


def test_a_satellite_below_150_km_counts_as_decayed():
    # 16.4 and 16.5 revolutions a day are 165 and 139 km above the equator.
    sets = [made(number=1, mean_motion=16.4), made(number=2, mean_motion=16.5)]
    chosen, table = choose(sets, Select(), START, 1)
    assert chosen == sets[:1] and counts_of(table)["decayed"] == 1


def test_a_selection_takes_those_to_which_all_of_it_applies():
    sets = [
        made("STARLINK-1", 1),
        made("STARLINK-2", 2, mean_motion=14.0),
        made("STARLINK-3", 3, inclination=70.0),
        made("ONEWEB-1", 4),
        made("ONEWEB-2", 5, mean_motion=14.0),
        at_age(99, object_name="STARLINK-4", norad_cat_id=6),
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
    sets = [at_age(40, norad_cat_id=1), made("B", 2)]
    sentence = refused(choose, sets, Select(name_pattern="^A"), START, 24)
    assert "of 2 element sets" in sentence
    assert "from 2023-07-13 to 2023-08-22" in sentence
    assert "far from epoch 1, name 1" in sentence


def test_what_takes_part_can_be_read_back(tmp_path):
    sets = [made("TWIN", 1), made("TWIN", 2), made("Δ", 3)]
    chosen, _ = choose(sets, Select(), START, 24)
    write_tle(chosen, tmp_path / "chosen.tle")
    assert read_tle(tmp_path / "chosen.tle") == chosen


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


def test_a_path_has_its_environment_variables_filled(written, monkeypatch):
    path = written("x")
    monkeypatch.setenv("SATELLITES", str(path.parent))
    for name in "$SATELLITES/satellites.txt", "${SATELLITES}/satellites.txt", str(path):
        assert element_path(name) == path


def test_a_path_that_leads_nowhere_is_named(refused, tmp_path, monkeypatch):
    monkeypatch.delenv("SATELLITES", raising=False)
    sentence = refused(element_path, "$SATELLITES/satellites.tle")
    assert "'$SATELLITES/satellites.tle'" in sentence
    assert "the environment variable SATELLITES is not set" in sentence
    monkeypatch.setenv("SATELLITES", str(tmp_path))
    sentence = refused(element_path, "$SATELLITES/satellites.tle")
    assert str(tmp_path / "satellites.tle") in sentence


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
    sets = read_elements(Path(DATA) / name)
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
    chosen, _ = choose(read_elements(path), select, START, 24)
    lines = path.read_text().splitlines()
    assert [s.line2 for s in chosen] == [
        line for line, inside in zip(lines[2::3], shell, strict=True) if inside
    ]
    assert 2500 < len(chosen) < 3500


@needs_data
def test_the_ages_of_a_real_snapshot_are_those_of_its_epochs():
    path = Path(DATA) / "starlink-2023-08-22.tle"
    day_of_start = START.timetuple().tm_yday + 0.5
    expected = day_of_start - columns_of(path)[:, 0]
    sets = read_elements(path)
    ages_days = epoch_ages_days([s.satrec() for s in sets], START)
    a_millisecond_days = 1e-3 / 86400
    assert np.abs(ages_days - expected).max() < a_millisecond_days
    within_a_day = np.abs(expected) <= 1.0
    _, table = choose(sets, Select(max_epoch_age_days=1.0), START, 24)
    assert counts_of(table)["far from epoch"] == (~within_a_day).sum() > 0


@needs_data
def test_a_snapshot_of_five_weeks_ago_needs_a_longer_limit(refused):
    sets = read_elements(Path(DATA) / "starlink-2023-07-17.tle")
    sentence = refused(choose, sets, Select(), START, 24)
    assert "to 2023-07-1" in sentence and f"far from epoch {len(sets)}" in sentence
    chosen, _ = choose(sets, Select(max_epoch_age_days=45), START, 24)
    assert len(chosen) > 4000
