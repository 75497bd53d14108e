from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import sgp4
from hypothesis import given
from hypothesis import strategies as st
from sgp4.api import Satrec
from sgp4.io import compute_checksum

from fedorbit.orbits.elements import ElementSet
from fedorbit.orbits.tle import from_lines, parse_tle

# The International Space Station on 2008-09-20, the example of the article "Two-line
# element set" in Wikipedia; both lines have the published checksum 7.
ISS_LINES = (
    "1 25544U 98067A   08264.51782528 -.00002182  00000-0 -11606-4 0  2927",
    "2 25544  51.6416 247.4627 0006703 130.5360 325.0288 15.72125391563537",
)
ISS = ElementSet(
    name="ISS (ZARYA)",
    number=25544,
    epoch=datetime(2008, 9, 20, 12, 25, 40, 104192, tzinfo=UTC),
    mean_motion_rev_day=15.72125391,
    eccentricity=0.0006703,
    inclination_deg=51.6416,
    raan_deg=247.4627,
    argument_of_perigee_deg=130.5360,
    mean_anomaly_deg=325.0288,
    bstar=-0.11606e-4,
    designator="1998-067A",
    mean_motion_dot=-0.00002182,
)
# Vanguard 1, the first test case of Vallado et al., "Revisiting Spacetrack Report #3",
# AIAA 2006-6753; the checksums are 3 and 7.
VANGUARD_LINES = (
    "1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4753",
    "2 00005  34.2682 348.7242 1859667 331.7664  19.3264 10.82419157413667",
)
VANGUARD = from_lines("VANGUARD 1", *VANGUARD_LINES)
ONE_MILLIMETRE_KM = 1e-6


def text_of(*sets: tuple[str, str, str]) -> str:
    return "".join(f"{name}\n{line1}\n{line2}\n" for name, line1, line2 in sets)


TEXT = text_of(("ISS (ZARYA)", *ISS_LINES), ("VANGUARD 1", *VANGUARD_LINES))


def summed(line: str) -> str:
    """Return a line of 69 columns with its right checksum."""
    return f"{line[:68]}{compute_checksum(line)}"


def left_out(text: str) -> tuple[str, str, str]:
    """Return place, reason and words of the one record that is left out."""
    (record,) = parse_tle(text).left_out
    return record.where, record.reason, record.told


def test_published_element_sets_are_read_as_they_are():
    reading = parse_tle(TEXT)
    assert reading.sets == [ISS, VANGUARD]
    assert reading.left_out == []


def test_a_published_element_set_moves_as_published():
    # tcppver.out of AIAA 2006-6753, satellite 5 after 0 and 360 minutes, in km.
    published = {
        0.0: (7022.46529266, -1400.08296755, 0.03995155),
        360.0: (-7154.03120202, -3783.17682504, -3536.19412294),
    }
    satrec = VANGUARD.satrec()
    for minutes, expected in published.items():
        error, position_km, _ = satrec.sgp4_tsince(minutes)
        assert error == 0
        np.testing.assert_allclose(position_km, expected, atol=ONE_MILLIMETRE_KM)


def verification_file() -> list[str]:
    text = (Path(sgp4.__file__).parent / "SGP4-VER.TLE").read_text()
    return [row for row in text.splitlines() if row.startswith(("1 ", "2 "))]


def test_all_published_test_cases_are_read_but_those_damaged_on_purpose():
    # All sets of AIAA 2006-6753, with the columns after the 69th that they add. Of
    # 33333 to 33335 the checksums are wrong. 28872 is "sub-orbital", by the file's own
    # comment, with its perigee at -51 km.
    reading = parse_tle("\n".join(verification_file()))
    assert len(reading.sets) == 29
    reasons = [record.reason for record in reading.left_out]
    assert reasons == ["elements"] + ["checksum"] * 3


def test_a_satellite_is_the_same_to_the_last_bit_as_the_package_sgp4_reads_it():
    rows = [row[:69] for row in verification_file() if row[2:6] != "3333"]
    minutes = np.linspace(-1440.0, 1440.0, 25)
    for line1, line2 in zip(rows[::2], rows[1::2], strict=True):
        ours, theirs = (
            from_lines("x", line1, line2).satrec(),
            Satrec.twoline2rv(line1, line2),
        )
        for key in ("jdsatepoch", "jdsatepochF", "bstar", "no_kozai", "inclo", "mo"):
            assert getattr(ours, key) == getattr(theirs, key)
        for moment in minutes:
            assert str(ours.sgp4_tsince(moment)) == str(theirs.sgp4_tsince(moment))


# How files with satellites come. Each holds the ISS alone, under this name.
FORMS = {
    "zero before the name": ("ISS", f"0 ISS\n{ISS_LINES[0]}\n{ISS_LINES[1]}"),
    "windows": ("ISS", f"ISS   \r\n{ISS_LINES[0]}  \r\n{ISS_LINES[1]}\r\n\r\n"),
    "old mac": ("ISS", f"ISS\r{ISS_LINES[0]}\r{ISS_LINES[1]}\r"),
    "blank lines": ("ISS", f"\n\nISS\n\n{ISS_LINES[0]}\n\n{ISS_LINES[1]}\n\n"),
    "indented": ("ISS", f"  ISS\n  {ISS_LINES[0]}\n  {ISS_LINES[1]}\n"),
    "no name": ("25544", f"{ISS_LINES[0]}\n{ISS_LINES[1]}"),
    "comments": ("ISS", f"# 2008\nISS\n{ISS_LINES[0]}\n{ISS_LINES[1]}\n# end"),
    "comment, no name": ("25544", f"# 2008\n{ISS_LINES[0]}\n{ISS_LINES[1]}\n"),
    "comments of others": (
        "25544",
        f"! 2008\n; a\n// b\n* c\n-- d\n% e\n====\n{ISS_LINES[0]}\n{ISS_LINES[1]}\n",
    ),
    "trailer": ("ISS", f"ISS\n{ISS_LINES[0]}\n{ISS_LINES[1]}\n/EX\n"),
    "end of file of DOS": ("ISS", f"ISS\n{ISS_LINES[0]}\n{ISS_LINES[1]}\n\x1a"),
    "bulletin": (
        "ISS",
        "HR AMSAT ORBITAL ELEMENTS FOR AMATEUR SATELLITES\n"
        "FROM WA5QGD FORT WORTH,TX September 20, 2008\nTO ALL RADIO AMATEURS BT\n\n"
        f"ISS\n{ISS_LINES[0]}\n{ISS_LINES[1]}\n/EX\n",
    ),
    "bulletin, no name": (
        "25544",
        f"TO ALL RADIO AMATEURS BT\n\n{ISS_LINES[0]}\n{ISS_LINES[1]}\n/EX\n",
    ),
    "wide": ("ISS", f"ISS\n{ISS_LINES[0]}\n{ISS_LINES[1]}      0.00  4320.0  360.00\n"),
    "joined files": ("ISS", f"\ufeffISS\n{ISS_LINES[0]}\n{ISS_LINES[1]}\n\ufeff"),
    "unseen in the name": (
        r"I\x1b[31mSS",
        f"I\x1b[31mSS\n{ISS_LINES[0]}\n{ISS_LINES[1]}\n",
    ),
}


@pytest.mark.parametrize(("name", "text"), FORMS.values(), ids=FORMS)
def test_lines_are_known_by_their_looks(name, text):
    reading = parse_tle(text)
    assert reading.sets == [replace(ISS, name=name)]
    assert reading.left_out == []


def test_names_for_some_are_no_harm():
    text = f"{TEXT}{ISS_LINES[0]}\n{ISS_LINES[1]}\nLAST\n" + "\n".join(VANGUARD_LINES)
    assert [s.name for s in parse_tle(text).sets] == [
        "ISS (ZARYA)",
        "VANGUARD 1",
        "25544",
        "LAST",
    ]


def test_catalogue_numbers_may_be_filled_up_with_blanks_or_zeros():
    line1 = VANGUARD_LINES[0].replace("1 00005", "1     5")
    (satellite,) = parse_tle(f"VANGUARD 1\n{line1}\n{VANGUARD_LINES[1]}").sets
    assert satellite == VANGUARD


# The examples of https://www.space-track.org/documentation#tle-alpha5.
ALPHA_5 = {
    "A0000": 100000,
    "E8493": 148493,
    "J2931": 182931,
    "P4018": 234018,
    "W1928": 301928,
    "Z9999": 339999,
}


@pytest.mark.parametrize(("written", "number"), ALPHA_5.items())
def test_large_catalogue_numbers_are_read_in_alpha_5(written, number):
    lines = [summed(line.replace("25544", written)) for line in ISS_LINES]
    (satellite,) = parse_tle("\n".join(lines)).sets
    assert (satellite.number, satellite.name) == (number, written)


@pytest.mark.parametrize("letter", "IO")
def test_letters_that_alpha_5_leaves_out_are_refused(letter):
    # A letter counts zero in the checksum, as does the 0 in its place.
    where, reason, told = left_out(TEXT.replace(" 00005", f" {letter}0005"))
    assert (where, reason) == ("line 5", "damaged")
    assert told.startswith(f"the catalogue number is '{letter}0005'")


def test_lines_without_checksums_are_read():
    text = "\n".join(line[:68] for line in ISS_LINES)
    assert parse_tle(text).sets == [replace(ISS, name="25544")]


@given(st.data())
def test_one_digit_changed_anywhere_is_noticed(data):
    number = data.draw(st.sampled_from([2, 3]))
    lines = TEXT.splitlines()[:3]
    line = lines[number - 1]
    digits = [i for i in range(2, 69) if line[i].isdigit()]
    place = data.draw(st.sampled_from(digits))
    other = data.draw(st.sampled_from(sorted(set("0123456789") - {line[place]})))
    lines[number - 1] = line[:place] + other + line[place + 1 :]
    where, reason, told = left_out("\n".join(lines))
    assert (where, reason) == (f"line {number}", "checksum")
    assert told.startswith("the checksum is")


@given(st.data())
def test_one_character_lost_anywhere_is_noticed(data):
    number = data.draw(st.sampled_from([2, 3]))
    lines = TEXT.splitlines()[:3]
    line = lines[number - 1]
    place = data.draw(st.integers(2, 68))
    lines[number - 1] = line[:place] + line[place + 1 :]
    _, reason, _ = left_out("\n".join(lines))
    assert reason in ("damaged", "incomplete")


def test_of_many_sets_the_one_with_a_wrong_digit_is_left_out():
    lines = TEXT.splitlines()
    lines[5] = lines[5][:-1] + "8"
    text = "\n".join(lines * 2 + lines[:3] * 498)
    reading = parse_tle(text)
    assert len(reading.sets) == 500
    assert [(r.where, r.reason) for r in reading.left_out] == [
        ("line 6", "checksum"),
        ("line 12", "checksum"),
    ]
    assert reading.left_out[0].told == "the checksum is 8 but the line adds up to 7"


@pytest.mark.parametrize("cut", [1, 20])
def test_a_short_line_is_named_with_its_number(cut):
    text = TEXT.replace(VANGUARD_LINES[0], VANGUARD_LINES[0][:-cut])
    where, reason, told = left_out(text)
    assert (where, reason) == ("line 5", "damaged")
    assert "checksum in column 69" in told if cut == 1 else "69 characters" in told


def test_a_long_line_is_named_with_its_number():
    where, _, told = left_out(TEXT.replace(ISS_LINES[1], ISS_LINES[1] + "0"))
    assert where == "line 3" and "has 70 columns" in told


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (f"ISS\n{ISS_LINES[1]}\n{ISS_LINES[0]}\n", ["line 2", "line 3"]),
        (f"ISS\n{ISS_LINES[0]}\nVANGUARD 1\n{VANGUARD_LINES[1]}", ["line 2", "line 4"]),
        (TEXT.replace(ISS_LINES[1] + "\n", ""), ["line 2"]),
        (TEXT.replace(VANGUARD_LINES[1], ""), ["line 5"]),
        (TEXT.replace(VANGUARD_LINES[0] + "\n", ""), ["line 5"]),
    ],
)
def test_a_line_without_its_other_is_left_out(text, places):
    reading = parse_tle(text)
    assert [r.where for r in reading.left_out] == places
    assert {r.reason for r in reading.left_out} == {"incomplete"}


def test_lines_of_two_satellites_are_not_a_pair():
    where, _, told = left_out(f"\nISS\n{ISS_LINES[0]}\n{VANGUARD_LINES[1]}\n")
    assert where == "line 4"
    assert "'00005'" in told and "'25544'" in told


def test_a_damaged_line_is_not_the_name_of_the_next_satellite():
    lines = [*ISS_LINES, *VANGUARD_LINES]
    lines[1] = f"7{lines[1][1:]}"
    reading = parse_tle("\n".join(lines))
    assert [s.name for s in reading.sets] == ["00005"]
    assert [r.where for r in reading.left_out] == ["line 1", "line 2"]


@pytest.mark.parametrize(
    ("character", "words"),
    [("\t", "column 33 is a tab"), ("\u00a0", "column 33 is a non-breaking blank")],
)
def test_blanks_that_are_none_are_named(character, words):
    line1 = f"{ISS_LINES[0][:32]}{character}{ISS_LINES[0][33:]}"
    where, reason, told = left_out(f"ISS\n{line1}\n{ISS_LINES[1]}")
    assert (where, reason) == ("line 2", "damaged") and told.startswith(words)
    everywhere = ISS_LINES[0].replace(" ", character)
    assert words[13:] in left_out(f"{everywhere}\n{ISS_LINES[1]}")[2]


@pytest.mark.parametrize(
    ("line", "columns", "value", "reason", "words"),
    [
        (0, (62, 63), "4", "not SGP4", "the ephemeris type is 4"),
        (0, (62, 63), "3", "not SGP4", "the ephemeris type is 3"),
        (1, (8, 16), "400.0000", "elements", "inclination is 400.0, which is not 0 to"),
        (1, (8, 16), "180.0001", "elements", "inclination is 180.0001"),
        (1, (17, 25), "999.9999", "elements", "right ascension is 999.9999"),
        (1, (34, 42), "360.0001", "elements", "argument of perigee is 360.0001"),
        (1, (52, 63), " 0.00000000", "elements", "mean motion is 0.0"),
        (1, (52, 63), "17.50000000", "elements", "km below ground"),
        (1, (26, 33), "9999999", "elements", "km below ground"),
        (0, (18, 32), "08367.00000000", "epoch", "the epoch is day 367 of 2008"),
        (0, (18, 32), "08 1 .00000000", "damaged", "the epoch is '08 1 .00000000'"),
        (0, (53, 61), "        ", "damaged", "the drag term is"),
        (1, (26, 33), "OOO6703", "damaged", "the eccentricity is 'OOO6703'"),
        (1, (17, 25), "247 4627", "damaged", "the right ascension is '247 4627'"),
        (1, (33, 34), "1", "damaged", "column 34 is '1', but should be blank"),
    ],
)
def test_what_no_satellite_has_is_left_out(line, columns, value, reason, words):
    lines = list(ISS_LINES)
    first, end = columns
    lines[line] = summed(f"{lines[line][:first]}{value}{lines[line][end:]}")
    _, found, told = left_out("\n".join(lines))
    assert found == reason and words in told


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        # As sgp4 and Skyfield have it, day 0 is the last of the year before.
        ("25000.50000000", datetime(2024, 12, 31, 12, tzinfo=UTC)),
        ("25366.50000000", datetime(2026, 1, 1, 12, tzinfo=UTC)),
        ("24366.50000000", datetime(2024, 12, 31, 12, tzinfo=UTC)),
        ("57  1.00000000", datetime(1957, 1, 1, tzinfo=UTC)),
        ("56366.00000000", datetime(2056, 12, 31, tzinfo=UTC)),
    ],
)
def test_days_of_the_year_are_counted_as_sgp4_does(written, moment):
    line1 = summed(f"{ISS_LINES[0][:18]}{written}{ISS_LINES[0][32:]}")
    (satellite,) = parse_tle(f"{line1}\n{ISS_LINES[1]}").sets
    assert satellite.epoch == moment


@pytest.mark.parametrize("text", ["", "\n\n", "   \n", "No GP data found", "A\nB\nC"])
def test_a_text_without_satellites_has_none(text):
    reading = parse_tle(text)
    assert reading.sets == reading.left_out == []
