"""Passes in the formats of other programmes, held against these formats' own words."""

import json
import re
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy.interpolate import BarycentricInterpolator
from skyfield.api import EarthSatellite, load, wgs84
from tests.test_contacts_command import LINES, SITES, TLE

from fedorbit.base.files import read_table
from fedorbit.cli import main
from fedorbit.orbits.exports.czml import DEGREE, STEP_S, czml
from fedorbit.orbits.exports.ion import contact_plan
from fedorbit.orbits.propagate import positions
from fedorbit.orbits.tle import from_lines

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
ISS = from_lines("ISS", *LINES)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function from an output and options to the result of the command."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.tle").write_text(f"ISS #1\n{TLE}")
    (tmp_path / "sites.csv").write_text(SITES + "Quito,-0.2,-78.5,2850\n")
    words = "--tle x.tle --sites sites.csv --start 2026-01-01T12:00:00Z --hours 24"

    def command(out, *options):
        asked = [*words.split(), "--min-elevation", "10", "--out", out, *options]
        return CliRunner().invoke(main, ["contacts", *asked])

    return command


def table_of(run, *options):
    assert run("passes.csv", *options).exit_code == 0
    return read_table("passes.csv")


def test_a_table_has_what_is_asked_for_besides(run):
    plain = table_of(run)
    more = table_of(run, "--utc", "--azimuth", "--light-time")
    pd.testing.assert_frame_equal(more[plain.columns], plain)
    assert list(more.columns[len(plain.columns) :]) == [
        *("rise_utc", "culmination_utc", "set_utc"),
        *("azimuth_rise_deg", "azimuth_culmination_deg", "azimuth_set_deg"),
        *("light_rise_s", "light_culmination_s", "light_set_s"),
    ]
    seconds = [
        (datetime.fromisoformat(text) - START).total_seconds()
        for text in more["rise_utc"]
    ]
    np.testing.assert_allclose(seconds, more["rise_s"], atol=0.00051)
    light_s = more["range_set_km"] * 1000 / 299792458
    np.testing.assert_allclose(more["light_set_s"], light_s)


def test_azimuths_are_those_of_skyfield(run):
    table = table_of(run, "--azimuth")
    scale = load.timescale(builtin=True)
    satellite = EarthSatellite(*LINES, ts=scale)
    places = {
        "Paris": wgs84.latlon(48.8566, 2.3522, 35),
        "Quito": wgs84.latlon(-0.2, -78.5, 2850),
    }
    for row in table.itertuples():
        for event in ("rise", "culmination", "set"):
            moment = START + timedelta(seconds=getattr(row, f"{event}_s"))
            away = (satellite - places[row.site]).at(scale.from_datetime(moment))
            _, azimuth, _ = away.altaz()
            found = getattr(row, f"azimuth_{event}_deg")
            turned = (found - azimuth.degrees + 180) % 360 - 180
            assert abs(turned) < 0.001
    assert len(table) > 5


def passes(*rows):
    columns = ["satellite", "site", "rise_s", "set_s", "range_rise_km", "range_set_km"]
    return pd.DataFrame(rows, columns=columns)


def test_a_contact_plan_by_hand():
    """Whole seconds within each pass; the third has none, the last is 1.2 s of light.

    The start is half a second after a whole one, so that 0.6 s later is 1.1.
    """
    table = passes(
        ("S", "B", 0.6, 60.2, 900.0, 800.0),
        ("T", "A", 59.9, 120.0, 900.0, 800.0),
        ("S", "A", 200.6, 201.4, 900.0, 800.0),
        ("T", "B", 86400.5, 86460.5, 359751.0, 300000.0),
    )
    start = START + timedelta(milliseconds=500)
    text = contact_plan(table, ["A", "B"], ["S", "T"], start, 1250.4)
    assert text.splitlines() == [
        "# node 1 A",
        "# node 2 B",
        "# node 3 S",
        "# node 4 T",
        "a contact 2026/01/01-12:00:02 2026/01/01-12:01:00 2 3 1250",
        "a contact 2026/01/01-12:00:02 2026/01/01-12:01:00 3 2 1250",
        "a range 2026/01/01-12:00:02 2026/01/01-12:01:00 2 3 1",
        "a contact 2026/01/01-12:01:01 2026/01/01-12:02:00 1 4 1250",
        "a contact 2026/01/01-12:01:01 2026/01/01-12:02:00 4 1 1250",
        "a range 2026/01/01-12:01:01 2026/01/01-12:02:00 1 4 1",
        "a contact 2026/01/02-12:00:01 2026/01/02-12:01:01 2 4 1250",
        "a contact 2026/01/02-12:00:01 2026/01/02-12:01:01 4 2 1250",
        "a range 2026/01/02-12:00:01 2026/01/02-12:01:01 2 4 2",
    ]


def test_the_command_writes_contact_plans_that_ionadmin_reads(run):
    """The grammar of ionrc(5): two times, two nodes, a rate or a distance."""
    result = run("plan.ionrc", "--format", "ion", "--rate", "125000")
    assert result.exit_code == 0, result.output
    with open("plan.ionrc") as file:
        lines = file.read().splitlines()
    moment = r"\d{4}/\d\d/\d\d-\d\d:\d\d:\d\d"
    rule = rf"a (contact|range) {moment} {moment} \d+ \d+ \d+|# .+"
    assert all(re.fullmatch(rule, line) for line in lines)
    kinds = [line.split()[1] for line in lines if line.startswith("a ")]
    count = len(table_of(run))
    assert (kinds.count("contact"), kinds.count("range")) == (2 * count, count)


def document(**others):
    """Return the packets of a day of one satellite over one place, by identifier."""
    sites = pd.DataFrame(
        {"name": ["P"], "latitude_deg": 48.0, "longitude_deg": 2.0, "altitude_m": 35.0}
    )
    table = passes(("ISS", "P", 0.0, 50.0, 1.0, 1.0), ("ISS", "P", 600.0, 720.25, 1, 1))
    told = {"contacts": table, "sites": sites, "element_sets": [ISS], "start": START}
    packets = json.loads(czml(**told | {"hours": 2.0} | others))
    assert packets[0]["id"] == "document"
    return {packet["id"]: packet for packet in packets}


def test_czml_begins_with_a_clock_and_names_each_thing_once():
    packets = document()
    assert list(packets) == ["document", "site/P", "satellite/ISS", "pass/ISS/P"]
    assert packets["document"]["version"] == "1.0"
    assert packets["document"]["clock"] == {
        "interval": "2026-01-01T12:00:00.000Z/2026-01-01T14:00:00.000Z",
        "currentTime": "2026-01-01T12:00:00.000Z",
        "multiplier": 60,
        "range": "LOOP_STOP",
        "step": "SYSTEM_CLOCK_MULTIPLIER",
    }
    assert packets["site/P"]["position"]["cartographicDegrees"] == [2.0, 48.0, 35.0]


def test_a_line_of_czml_is_shown_while_a_pass_lasts():
    """Intervals follow one another, without the empty one before the first pass."""
    line = document()["pass/ISS/P"]["polyline"]
    references = ["satellite/ISS#position", "site/P#position"]
    assert line["positions"] == {"references": references}
    assert [(part["interval"], part["boolean"]) for part in line["show"]] == [
        ("2026-01-01T12:00:00.000Z/2026-01-01T12:00:50.000Z", True),
        ("2026-01-01T12:00:50.000Z/2026-01-01T12:10:00.000Z", False),
        ("2026-01-01T12:10:00.000Z/2026-01-01T12:12:00.250Z", True),
        ("2026-01-01T12:12:00.250Z/2026-01-01T14:00:00.000Z", False),
    ]


def test_between_samples_of_czml_cesium_is_within_a_metre():
    """As Cesium does it: a polynomial through the samples around a time."""
    place = document()["satellite/ISS"]["position"]
    assert (place["referenceFrame"], place["epoch"]) == (
        "FIXED",
        "2026-01-01T12:00:00.000Z",
    )
    samples = np.array(place["cartesian"]).reshape(-1, 4)
    assert samples[0, 0] == 0 and samples[-1, 0] == 7200
    np.testing.assert_allclose(np.diff(samples[:, 0]), STEP_S)
    first = 20
    some = samples[first : first + DEGREE + 1]
    between_s = some[DEGREE // 2, 0] + np.array([30.0, 60.0, 90.0])
    drawn = BarycentricInterpolator(some[:, 0], some[:, 1:])(between_s)
    (r_km,), _ = positions([ISS.satrec()], START, between_s)
    assert np.linalg.norm(drawn - 1e3 * r_km, axis=1).max() < 1.0


def test_a_hash_in_a_name_does_not_end_a_reference(run):
    assert run("sky.czml", "--format", "czml").exit_code == 0
    with open("sky.czml") as file:
        packets = {packet["id"]: packet for packet in json.load(file)}
    line = packets["pass/ISS #1/Paris"]["polyline"]
    ends = line["positions"]["references"]
    assert ends == [r"satellite/ISS \#1#position", "site/Paris#position"]


@pytest.mark.parametrize(
    ("out", "options", "complaint"),
    [
        ("p.csv", "--format ion --rate 1", "end it with .ionrc or .txt"),
        ("p.ionrc", "--format ion", "--rate is not given"),
        ("p.czml", "--format czml --rate 9", "other formats have none"),
        ("p.ionrc", "--format ion --rate 9 --utc", "columns of a table"),
        ("p.csv", "--format orekit", "is not one of"),
    ],
)
def test_options_that_do_not_go_together_are_refused(run, out, options, complaint):
    result = run(out, *options.split())
    assert result.exit_code == 1 and complaint in result.output
