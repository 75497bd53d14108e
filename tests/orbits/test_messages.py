import csv
import io
import json
from datetime import UTC, datetime

import pytest

from fedorbit.base.errors import InputError
from fedorbit.orbits.elements import ElementSet
from fedorbit.orbits.messages import parse_csv, parse_json, parse_kvn, parse_xml

# Vanguard 1 on 2020-10-13 as CelesTrak published it; it is in the tests of the sgp4
# package, https://github.com/brandon-rhodes/python-sgp4.
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
VANGUARD = ElementSet(
    name="VANGUARD 1",
    number=5,
    epoch=datetime(2020, 10, 13, 4, 52, 48, 472320, tzinfo=UTC),
    mean_motion_rev_day=10.84869164,
    eccentricity=0.1845686,
    inclination_deg=34.2443,
    raan_deg=225.5254,
    argument_of_perigee_deg=162.2516,
    mean_anomaly_deg=205.2356,
    bstar=-0.22483e-4,
    designator="1958-002B",
    mean_motion_dot=-1.6e-7,
)
UNITS = {"MEAN_MOTION": "rev/day", "INCLINATION": "deg", "BSTAR": "1/ER"}
WORSE = MESSAGE | {"INCLINATION": "steep"}


def csv_of(*messages: dict) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, MESSAGE)
    writer.writeheader()
    writer.writerows(messages)
    return text.getvalue()


def kvn_of(*messages: dict) -> str:
    """Return messages as CCSDS 502.0-B-3 shows them in KVN, some numbers with units."""
    text = ""
    for message in messages:
        text += "CCSDS_OMM_VERS = 3.0\nCOMMENT a = b\nCREATION_DATE = 2020-10-13\n\n"
        for key, value in message.items():
            unit = f" [{UNITS[key]}]" if key in UNITS else ""
            text += f"{key:20} = {value}{unit}\n"
    return text


def xml_of(*messages: dict, space: str = "") -> str:
    """Return messages as in figure 8-4 of CCSDS 502.0-B-3, one or more in an NDM."""
    text = f'<?xml version="1.0" encoding="UTF-16"?>\n<ndm{space}>'
    for message in messages:
        parts = "".join(
            f"<{key} units='{UNITS[key]}'>{value}</{key}>"
            if key in UNITS
            else f"<{key}>{value}</{key}>"
            for key, value in message.items()
        )
        text += (
            '<omm id="CCSDS_OMM_VERS" version="3.0"><header><COMMENT/></header><body>'
            f"<segment><metadata/><data><meanElements>{parts}</meanElements></data>"
            "</segment></body></omm>"
        )
    return f"{text}</ndm>"


TEXTS = {"json": lambda *m: json.dumps(m), "csv": csv_of, "kvn": kvn_of, "xml": xml_of}
PARSERS = {"json": parse_json, "csv": parse_csv, "kvn": parse_kvn, "xml": parse_xml}


def read(text: str, form: str = "json"):
    return PARSERS[form](text, "x")


@pytest.mark.parametrize("form", PARSERS)
def test_a_message_is_the_same_satellite_in_every_form(form):
    reading = read(TEXTS[form](MESSAGE, MESSAGE | {"OBJECT_NAME": "B"}), form)
    assert reading.left_out == []
    assert reading.sets[0] == VANGUARD
    assert reading.sets[1].name == "B"


@pytest.mark.parametrize("form", PARSERS)
def test_one_bad_message_costs_no_other(form):
    reading = read(TEXTS[form](MESSAGE, WORSE, MESSAGE), form)
    assert reading.sets == [VANGUARD, VANGUARD]
    (record,) = reading.left_out
    assert record.reason == "elements"
    assert record.told == "INCLINATION of 'VANGUARD 1' is 'steep', which is no number"


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(MESSAGE, indent=1),
        f"{json.dumps(MESSAGE)}\n{json.dumps(MESSAGE)}\n",
        f"{json.dumps(MESSAGE)},\n{json.dumps(MESSAGE)}",
        f"[{json.dumps(MESSAGE)}]\n[{json.dumps(MESSAGE)}]",
        json.dumps([{key.lower(): str(value) for key, value in MESSAGE.items()}]),
    ],
    ids=["one object", "lines", "commas", "joined arrays", "texts in small letters"],
)
def test_json_comes_in_many_ways(text):
    reading = read(text)
    assert set(reading.sets) == {VANGUARD} and not reading.left_out


def test_a_broken_line_among_lines_of_json_is_left_out():
    text = "\n".join(
        [json.dumps(MESSAGE), json.dumps(MESSAGE)[:99], json.dumps(MESSAGE)]
    )
    reading = read(text)
    assert reading.sets == [VANGUARD, VANGUARD]
    assert [(r.where, r.reason) for r in reading.left_out] == [("line 2", "damaged")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (json.dumps([MESSAGE])[:-9], "x, line 1: not valid JSON"),
        ('[{"a": 1},\n{"b": }]', "x, line 2: not valid JSON"),
        ("[" * 100_000, "x: is nested too deeply"),
    ],
)
def test_json_that_breaks_off_is_refused(refused, text, told):
    assert refused(read, text).startswith(told)


# What was read as a number, or broke the reader, though it says nothing of the kind.
STRANGE = {
    "infinite": {"BSTAR": float("inf")},
    "not a number": {"MEAN_ANOMALY": float("nan")},
    "true": {"INCLINATION": True},
    "nested": {"INCLINATION": {"value": 34.2}},
    "a list": {"EPOCH": ["2020-10-13T04:52:48"]},
    "underlined": {"MEAN_MOTION": "10_8"},
    "too long": {"MEAN_MOTION": "9" * 5000},
    "comma": {"INCLINATION": "34,2443"},
    "Arabic": {"INCLINATION": "٣٤"},
    "empty": {"BSTAR": ""},
    "null": {"BSTAR": None},
    "negative": {"ECCENTRICITY": -0.5},
    "beyond": {"INCLINATION": 180.1},
    "below ground": {"MEAN_MOTION": 18.0},
    "still": {"MEAN_MOTION": 0},
    "open": {"ECCENTRICITY": 1.0},
    "half a number": {"NORAD_CAT_ID": 5.5},
    "ten digits": {"NORAD_CAT_ID": 1_000_000_000},
    "no number": {"NORAD_CAT_ID": "five"},
    "no time": {"EPOCH": "2020-10-13 noon"},
    "nobody": {"OBJECT_NAME": None, "NORAD_CAT_ID": None},
}


@pytest.mark.parametrize("change", STRANGE.values(), ids=STRANGE)
def test_what_is_no_number_or_of_no_satellite_is_left_out(change):
    reading = read(json.dumps([MESSAGE | change, MESSAGE]))
    assert reading.sets == [VANGUARD]
    (record,) = reading.left_out
    assert record.where == "message 1"
    assert record.reason in ("elements", "epoch")


def test_a_long_number_in_json_is_left_out():
    text = json.dumps([MESSAGE]).replace("10.84869164", "9" * 5000)
    assert [r.reason for r in read(text).left_out] == ["elements"]


@pytest.mark.parametrize("form", ["json", "kvn", "xml"])
def test_a_key_that_stands_twice_is_left_out(form):
    text = TEXTS[form](MESSAGE | {"INCLINATIOM": 50.0}).replace("IOM", "ION")
    (record,) = read(text, form).left_out
    assert record.told == "the key INCLINATION stands twice"


# What SGP4 does not need, so that it may be missing or strange.
SPARE = {
    "OBJECT_ID": [None, ""],
    "CLASSIFICATION_TYPE": [None, "S"],
    "EPHEMERIS_TYPE": [None, "0", 2],
    "ELEMENT_SET_NO": [None, "x"],
    "REV_AT_EPOCH": [None],
    "MEAN_MOTION_DOT": [None, ""],
    "MEAN_MOTION_DDOT": [None],
}


@pytest.mark.parametrize("key", SPARE)
def test_what_sgp4_does_not_use_may_be_missing(key):
    without = {k: v for k, v in MESSAGE.items() if k != key}
    expected = VANGUARD.satrec().sgp4_tsince(100.0)
    for message in (without, *(MESSAGE | {key: value} for value in SPARE[key])):
        (satellite,) = read(json.dumps(message)).sets
        assert satellite.satrec().sgp4_tsince(100.0) == expected


@pytest.mark.parametrize("key", ["EPOCH", "MEAN_MOTION", "BSTAR", "ECCENTRICITY"])
def test_what_sgp4_uses_may_not(key):
    without = {k: v for k, v in MESSAGE.items() if k != key}
    (record,) = read(json.dumps(without)).left_out
    assert record.told == f"{key} of 'VANGUARD 1' is missing"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"EPHEMERIS_TYPE": 4}, "not SGP4"),
        ({"EPHEMERIS_TYPE": "3"}, "not SGP4"),
        ({"MEAN_ELEMENT_THEORY": "SGP4-XP"}, "not SGP4"),
        ({"MEAN_ELEMENT_THEORY": "DSST"}, "not SGP4"),
        ({"MEAN_ELEMENT_THEORY": "SGP"}, "not SGP4"),
        ({"REF_FRAME": "EME2000"}, "not TEME"),
        ({"REF_FRAME": "TEMEOFEPOCH"}, "not TEME"),
        ({"TIME_SYSTEM": "TAI"}, "not UTC"),
        ({"TIME_SYSTEM": "GPS"}, "not UTC"),
        ({"CENTER_NAME": "MARS"}, "not Earth"),
    ],
)
def test_elements_that_mean_something_else_are_left_out(change, reason):
    reading = read(json.dumps([MESSAGE | change, MESSAGE]))
    assert reading.sets == [VANGUARD]
    assert [record.reason for record in reading.left_out] == [reason]


@pytest.mark.parametrize(
    "change",
    [
        {"MEAN_ELEMENT_THEORY": "SGP/SGP4"},
        {"MEAN_ELEMENT_THEORY": "sgp4", "REF_FRAME": "teme", "TIME_SYSTEM": " UTC "},
        {"CENTER_NAME": "Earth", "REF_FRAME": "TEME of date"},
        {"CENTER_NAME": None, "REF_FRAME": ""},
    ],
)
def test_elements_that_say_what_they_are_are_read(change):
    assert read(json.dumps([MESSAGE | change])).sets == [VANGUARD]


@pytest.mark.parametrize("turns", [-2, -1, 1, 3])
@pytest.mark.parametrize("key", ["RA_OF_ASC_NODE", "ARG_OF_PERICENTER", "MEAN_ANOMALY"])
def test_angles_may_have_whole_turns_too_many(key, turns):
    message = MESSAGE | {key: MESSAGE[key] + 360 * turns}
    (satellite,) = read(json.dumps(message)).sets
    for found, expected in (
        (satellite.raan_deg, 225.5254),
        (satellite.argument_of_perigee_deg, 162.2516),
        (satellite.mean_anomaly_deg, 205.2356),
    ):
        assert found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        (799501299, 799501299),
        ("400000", 400000),
        (100001, 100001),
        ("00005", 5),
        ("5.0", 5),
        ("Z9999", 339999),
        (None, 0),
    ],
)
def test_numbers_have_nine_digits_or_alpha_5(written, number):
    (satellite,) = read(json.dumps(MESSAGE | {"NORAD_CAT_ID": written})).sets
    assert (satellite.number, satellite.name) == (number, "VANGUARD 1")
    assert satellite.satrec().sgp4_tsince(9.0) == VANGUARD.satrec().sgp4_tsince(9.0)


def test_a_satellite_without_a_name_is_called_by_its_number():
    for name in (None, "", "  "):
        assert read(json.dumps(MESSAGE | {"OBJECT_NAME": name})).sets[0].name == "5"


def test_names_are_composed_and_show_all_their_characters():
    # A letter and its accent, a terminal's escape, half of a pair of UTF-16.
    for written, name in (
        ("Cafe\u0301 1", "Caf\u00e9 1"),
        ("A\x1b[31mB", r"A\x1b[31mB"),
        ("A\ud800", r"A\ud800"),
        ("A\u202eB", r"A\u202eB"),
        (" A \u00a0 B\t", "A B"),
    ):
        message = json.dumps(MESSAGE | {"OBJECT_NAME": written})
        assert read(message).sets[0].name == name


def test_words_of_a_service_are_told():
    text = json.dumps({"error": "You've violated your query rate limit."})
    (record,) = read(text).left_out
    assert "You've violated your query rate limit." in record.told


def test_units_that_are_others_are_left_out():
    for form in ("kvn", "xml"):
        text = TEXTS[form](MESSAGE, MESSAGE).replace("rev/day", "rad/s", 1)
        reading = read(text, form)
        assert reading.sets == [VANGUARD]
        assert "MEAN_MOTION is in 'rad/s'" in reading.left_out[0].told


def test_a_namespace_and_a_declared_encoding_are_no_harm_to_xml():
    text = xml_of(MESSAGE, space=" xmlns='urn:ccsds:schema:ndmxml'")
    assert read(text, "xml").sets == [VANGUARD]


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE html>\n<p>Not found</p>\n",
        "<HTML><body>Please log in</body></HTML>",
        '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>',
        "<ndm><omm>",
    ],
)
def test_what_is_html_or_broken_xml_is_refused(refused, text):
    sentence = refused(read, text, "xml")
    assert sentence.startswith(("x: is HTML", "x: not valid XML"))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (csv_of(MESSAGE).replace("VANGUARD 1,", "VANGUARD, 1,"), "line 2"),
        (csv_of(MESSAGE)[:-90], "line 2"),
        (csv_of(MESSAGE).replace("VANGUARD 1", '"VANGUARD 1'), "line 2"),
        (csv_of(MESSAGE).replace("BSTAR", "B_STAR"), "line 2"),
    ],
)
def test_a_bad_line_of_a_table_is_left_out_with_its_number(text, where):
    reading = read(text, "csv")
    assert reading.sets == []
    assert [record.where for record in reading.left_out] == [where]


def test_headers_of_tables_may_have_blanks_and_rows_empty_ends():
    header, row = csv_of(MESSAGE).splitlines()
    header = header.replace(",", " , ").lower()
    text = f"\n{header}\n{row},,\n,,,,\n\n{row}\n\x1a"
    reading = read(text, "csv")
    assert reading.sets == [VANGUARD, VANGUARD] and not reading.left_out


@pytest.mark.parametrize(
    "text",
    [
        "name,latitude_deg,longitude_deg,altitude_m\nParis,48.8,2.3,35\n",
        csv_of(MESSAGE).replace(",", ";"),
        csv_of(MESSAGE).replace("ECCENTRICITY", "INCLINATION"),
        '"OBJECT_NAME,EPOCH\n',
    ],
)
def test_a_table_of_something_else_is_refused(refused, text):
    assert refused(read, text, "csv").startswith("x")


def test_every_refusal_is_an_input_error():
    for form in PARSERS:
        for text in ("", "\n", "x", "[]", "<x/>", "= 5", ",,,\n"):
            try:
                assert read(text, form).sets == []
            except InputError as error:
                assert "\n" not in str(error)
