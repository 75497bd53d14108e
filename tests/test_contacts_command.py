"""Files as people have them, through the command: read rightly or refused.

The element sets are of the International Space Station or made up; where others are
from public reports, their place is named.
"""

import gzip
import json

import pytest
from click.testing import CliRunner
from sgp4.io import compute_checksum

from fedorbit.base.files import read_table
from fedorbit.cli import main

LINES = (
    "1 25544U 98067A   26001.50000000  .00016717  00000-0  10270-3 0  9124",
    "2 25544  51.6392  96.6358 0005156  88.7140 271.4601 15.49497216  6061",
)
TLE = "\n".join(LINES) + "\n"
MESSAGE = {
    "OBJECT_NAME": "X",
    "OBJECT_ID": "2026-190A",
    "EPOCH": "2026-01-01T12:00:00.000000",
    "MEAN_MOTION": 15.5,
    "ECCENTRICITY": 0.0005,
    "INCLINATION": 51.6,
    "RA_OF_ASC_NODE": 96.6,
    "ARG_OF_PERICENTER": 88.7,
    "MEAN_ANOMALY": 271.4,
    "NORAD_CAT_ID": 25544,
    "BSTAR": 0.0001,
}
HEADER = "name,latitude_deg,longitude_deg,altitude_m\n"
SITES = HEADER + "Paris,48.8566,2.3522,35\n"


def dated(epoch: str) -> str:
    """Return the space station's set with another epoch."""
    line1 = f"{LINES[0][:18]}{epoch}{LINES[0][32:68]}"
    return f"{line1}{compute_checksum(line1)}\n{LINES[1]}\n"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function from files and options to the result and the table of passes.

    ``satellites`` and ``sites`` are contents of files; other words are options.
    """
    monkeypatch.chdir(tmp_path)

    def command(satellites=TLE, sites=SITES, *flags, **options):
        for name, content in (("x.tle", satellites), ("sites.csv", sites)):
            content = content.encode() if isinstance(content, str) else content
            (tmp_path / name).write_bytes(content)
        out = tmp_path / "o.csv"
        out.unlink(missing_ok=True)
        values = {
            "tle": "x.tle",
            "sites": "sites.csv",
            "start": "2026-01-01T12:00:00Z",
            "hours": "24",
            "min-elevation": "10",
            "out": "o.csv",
        } | {key.replace("_", "-"): value for key, value in options.items()}
        words = [word for key, value in values.items() for word in (f"--{key}", value)]
        result = CliRunner().invoke(main, ["contacts", *words, *flags])
        assert isinstance(result.exception, SystemExit | None)
        assert "\x1b" not in result.output
        if result.exit_code:
            assert result.exit_code == 1 and result.output.count("\n") == 1
            assert result.output.strip().endswith((".", "?"))
        return result, read_table(out) if out.exists() else None

    return command


def test_a_satellite_has_five_passes_in_a_day(run):
    result, table = run()
    assert len(table) == 5
    assert "the search goes up to 1.0 days from an epoch" in result.output
    times = table[["rise_s", "culmination_s", "set_s"]].to_numpy()
    assert (times[:, 0] <= times[:, 1]).all() and (times[:, 1] <= times[:, 2]).all()


def test_numbers_beyond_those_of_tles_are_searched_too(run):
    other = MESSAGE | {"OBJECT_NAME": "Y", "NORAD_CAT_ID": 799501299}
    _, table = run(json.dumps([MESSAGE, other]))
    assert table["satellite"].value_counts().to_dict() == {"X": 5, "Y": 5}


def test_the_set_nearest_to_the_start_is_searched(run):
    for later in ("26016.50000000", "26044.50000000"):
        result, table = run(TLE + dated(later), start="2026-01-02T00:00:00Z")
        assert table["rise_s"].min() == pytest.approx(7725.47, abs=0.01)
        assert "1 left out (duplicate)" in result.output


def test_a_satellite_that_has_come_down_has_no_passes(run):
    # https://github.com/brandon-rhodes/python-sgp4/issues/137: 275 passes at heights of
    # up to 740,166 km. And a Starlink of 2023-10-15: 101 passes at 13,000 km.
    decayed = (
        "1 55897U 22151AAV 25058.12407234  .09435527  24934+0  44853-1 0  9999\n"
        "2 55897  98.5849 110.9278 0014449 269.2407  90.7207 15.92146194 26688\n"
    )
    lowered = (
        "1 57946U 23148M   23288.91667824 -.02434780  00000+0 -22595-1 0  9998\n"
        "2 57946  53.0553 122.3162 0001331  39.5767  20.5422 15.70021833  4454\n"
    )
    for text, start in (
        (decayed, "2025-03-04T03:00:00Z"),
        (lowered, "2023-11-13T16:00:00Z"),
    ):
        result, table = run(text, start=start, min_elevation="25")
        assert result.exit_code == 0 and len(table) == 0
        assert "1 left out (decayed)" in result.output


def test_day_zero_is_the_last_of_the_year_before(run):
    _, table = run(dated("25000.50000000"), start="2024-12-31T12:00:00Z")
    _, same = run(dated("24366.50000000"), start="2024-12-31T12:00:00Z")
    assert table.equals(same) and len(table) == 5


def test_one_wrong_digit_among_a_thousand_sets_costs_one(run):
    sets = []
    for number in range(1000):
        lines = [f"{line[:2]}{number:05d}{line[7:68]}" for line in LINES]
        sets += [f"{line}{compute_checksum(line)}" for line in lines]
    sets[1001] = sets[1001].replace("51.6392", "51.6393")
    result, _ = run("\n".join(sets), hours="0.1")
    assert "passes of 999 satellites" in result.output
    assert "x.tle: 1 left out (checksum; line 1002: the checksum is" in result.output
    result, table = run("\n".join(sets), SITES, "--strict", hours="0.1")
    assert result.exit_code == 1 and table is None
    assert "1 of 1000 records cannot be used" in result.output


def test_other_theories_are_left_out_or_refused(run):
    xp = f"{LINES[0][:62]}4{LINES[0][63:68]}"
    xp = f"{xp}{compute_checksum(xp)}\n{LINES[1]}\n".replace("25544", "25545")
    lines = [f"{x[:68]}{compute_checksum(x)}" for x in xp.splitlines()]
    result, table = run(TLE + "\n".join(lines))
    assert len(table) == 5 and "1 left out (not SGP4; line 3: " in result.output
    result, table = run("\n".join(lines))
    assert result.exit_code == 1 and "the ephemeris type is 4" in result.output
    message = json.dumps([MESSAGE | {"EPHEMERIS_TYPE": 4}])
    assert "EPHEMERIS_TYPE of 'X' is '4'" in run(message)[0].output


def test_names_that_repeat_stay_apart(run):
    text = ""
    for name, number in (("A 25545", 25544), ("A", 25545), ("A", 25546)):
        lines = [f"{line[:2]}{number}{line[7:68]}" for line in LINES]
        text += f"{name}\n" + "".join(f"{x}{compute_checksum(x)}\n" for x in lines)
    result, table = run(text)
    assert table["satellite"].nunique() == 3 and len(table) == 15


@pytest.mark.parametrize(
    ("sites", "passes"),
    [
        (HEADER + "NA,-22.56,17.08,1650\n", 3),
        (HEADER + "Suva,-18.1,190.5,5\n", 2),
        ("name , latitude_deg, longitude_deg, altitude_m\nParis,48.8,2.3,35\n", 5),
        (HEADER + "Paris,48.8,2.3,35\n,,,\n,,,\n", 5),
        (HEADER + "Balloon,48.8,2.3,35000\nShore,31.5,35.5,-430\n", None),
    ],
)
def test_places_are_read_as_they_come(run, sites, passes):
    result, table = run(TLE, sites)
    assert result.exit_code == 0
    assert passes is None or len(table) == passes


def test_a_site_has_its_own_mask(run):
    header = HEADER.replace("\n", ",min_elevation_deg\n")
    rows = "Low,48.8566,2.3522,35,\nHigh,48.8566,2.3523,35,40\n"
    _, table = run(TLE, header + rows)
    lowest = table.groupby("site")["max_elevation_deg"].min()
    assert 10 <= lowest["Low"] < 40 <= lowest["High"]


@pytest.mark.parametrize(
    ("sites", "words"),
    [
        ("name;latitude_deg;longitude_deg;altitude_m\nParis;48,8;2,3;35\n", "commas"),
        (HEADER + "Paris,True,2.3,35\n", "latitude_deg of Paris is True"),
        (HEADER + "Paris ,48.8,2.3,35\nParis,48.8,2.4,35\n", "occurs twice"),
        (HEADER + '"Pa\nris",48.8,2.3,35\n', "invisible character"),
        (HEADER.encode() + "S\u00e3o,1,2,3\n".encode("cp1252"), "UTF-8"),
        (gzip.compress(SITES.encode(), mtime=0), "packed by gzip; unpack it"),
        (b"PK\x03\x04", "packed by zip"),
    ],
)
def test_places_that_could_be_misread_are_refused(run, sites, words):
    result, table = run(TLE, sites)
    assert result.exit_code == 1 and words in result.output and table is None


def test_files_given_twice_add_up_and_other_options_are_refused(run, tmp_path):
    other = json.dumps([MESSAGE | {"NORAD_CAT_ID": 5}])
    (tmp_path / "y.json").write_text(other)
    (tmp_path / "more.csv").write_text(HEADER + "Rome,41.9,12.5,20\n")
    result, table = run(TLE, SITES, "--tle", "y.json", "--sites", "more.csv")
    assert set(table["satellite"].astype(str)) == {"25544", "X"}
    assert set(table["site"]) == {"Paris", "Rome"}
    result, _ = run(TLE, SITES, "--sites", "sites.csv")
    assert "'Paris' occurs in both" in result.output
    result, table = run(TLE, SITES, "--tle", "x.tle")
    assert "1 left out (duplicate)" in result.output and len(table) == 5
    for option, value in (
        ("--start", "2026-01-02"),
        ("--hours", "12"),
        ("--min-elevation", "5"),
        ("--out", "p.csv"),
        ("--propagator", "sgp4"),
        ("--max-epoch-age", "5"),
    ):
        first = {"--propagator": "sgp4", "--max-epoch-age": "9"}.get(option)
        flags = [option, value] if first is None else [option, first, option, value]
        result, table = run(TLE, SITES, *flags)
        assert result.exit_code == 1 and table is None
        assert option in result.output and "twice" in result.output


def test_ages_are_held_over_the_whole_search(run):
    result, _ = run(hours="719")
    assert result.exit_code == 0 and "up to 30.0 days from an epoch" in result.output
    result, table = run(hours="721")
    assert result.exit_code == 1 and table is None
    assert "far from epoch 1" in result.output and "--max-epoch-age" in result.output
    result, _ = run(TLE, SITES, "--max-epoch-age", "31", hours="721")
    assert result.exit_code == 0


def test_the_words_of_a_service_reach_the_reader(run):
    words = "You've violated your query rate limit."
    for text in (json.dumps({"error": words}), f"{words}\n"):
        result, _ = run(text)
        assert result.exit_code == 1 and words in result.output


def test_nothing_steers_the_terminal(run):
    name = "\x1b[31mred\x1b]0;title\x07"
    for text in (
        f"{name}\n{TLE}",
        json.dumps([MESSAGE | {"OBJECT_NAME": name}]),
        json.dumps([MESSAGE | {"OBJECT_NAME": name, "BSTAR": name}]),
        name,
        f"{TLE}{name}\n{LINES[0][:60]}\x1b\n",
    ):
        run(text)
    run(TLE, HEADER + f"{name},1,2,3\n")
    run(TLE, f"{name}\n")
    for option in ("tle", "sites", "start", "hours", "propagator", "out"):
        result, _ = run(**{option: f"\x1b[2J{option}.csv"})
        assert result.exit_code == (option != "out")
