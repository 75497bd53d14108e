"""Two-line element sets: found among the lines of a text, and read by their columns.

The format is that of Hoots and Roehrich, Spacetrack Report No. 3 (1980), with Alpha-5
catalogue numbers. Lines 1 and 2 are recognised by their looks. A line before them is
the satellite's name, and all else is passed over: comments, headers, trailers.
"""

import re

from sgp4.alpha5 import from_alpha5
from sgp4.io import compute_checksum

from fedorbit.base.text import plain_name, shown
from fedorbit.orbits.elements import ElementSet, Unusable, check_elements
from fedorbit.orbits.epochs import parse_tle_epoch
from fedorbit.orbits.records import Reading

WIDTH = 69
# A number, then the classification of line 1 or the blank of line 2. Damaged lines
# that are as long and as full of digits count, too: they are no names.
LOOKS = re.compile(r"([12]) (?: {0,4}[A-Z]?\d{1,5})(?:[A-Za-z]| )", re.ASCII)
SHORTEST = 24
LIKE_A_LINE, LIKE_DIGITS = 50, 20
# What is no name: comments, and the words of AMSAT's bulletins and of telexes.
REMARK = re.compile(
    r"[#;%!*]|//|--|/EX\b|NNNN$|=+$|HR AMSAT|SB KEPS|2LINE ORBITAL|FROM WA5QGD|"
    r"BID:|DECODE 2-LINE|[12] AAAAA|KEY: |G-ECC|TO ALL RADIO AMATEURS",
    re.ASCII | re.IGNORECASE,
)
NUMBER = re.compile(r" *(?:\d{1,5}|[A-HJ-NP-Z]\d{4}) *", re.ASCII)  # neither I nor O
ANGLE = re.compile(r" {0,2}\d{1,3}\.\d{4}", re.ASCII)
POWER_OF_TEN = re.compile(r"[-+ ]\d{5}[-+ ]\d", re.ASCII)
FIELDS = {
    "1": {
        "catalogue number": (2, 7, NUMBER),
        "epoch": (18, 32, re.compile(r"\d\d {0,2}\d{1,3}\.\d{8}", re.ASCII)),
        # SGP4 uses neither of the two derivatives, so they may be missing.
        "first derivative": (33, 43, re.compile(r" *(?:[-+]?\d*\.\d+)?", re.ASCII)),
        "second derivative": (44, 52, re.compile(rf" +|{POWER_OF_TEN.pattern}")),
        "drag term": (53, 61, POWER_OF_TEN),
        "ephemeris type": (62, 63, re.compile(r"[ \d]", re.ASCII)),
    },
    "2": {
        "catalogue number": (2, 7, NUMBER),
        "inclination": (8, 16, ANGLE),
        "right ascension": (17, 25, ANGLE),
        "eccentricity": (26, 33, re.compile(r"\d{7}", re.ASCII)),
        "argument of perigee": (34, 42, ANGLE),
        "mean anomaly": (43, 51, ANGLE),
        "mean motion": (52, 63, re.compile(r" ?\d{1,2}\.\d{8}", re.ASCII)),
    },
}
"""Of each line, what must be numbers: first column, column after it, what it is."""
BLANKS = {"1": (8, 17, 32, 43, 52, 61, 63), "2": (7, 16, 25, 33, 42, 51)}
"""Of each line, the columns between fields, by which a shifted line is known."""
STRANGE = re.compile(r"[^ -~]")
DESIGNATOR = re.compile(r"(\d\d)(\d{3})([A-Z]{1,3})", re.ASCII)
SGP4_TYPES = " 02"
"""Ephemeris types that mean SGP4: 0 in what is published, 2 by CCSDS 502.0-B-3."""


def parse_tle(text: str) -> Reading:
    """Return the element sets among the lines of a text; names may repeat.

    A satellite without a name is called by its catalogue number, as written.
    """
    reading = Reading()
    name, first = "", None  # of the next satellite, then with its line 1
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip("\ufeff\x1a\0").strip()
        if not line or REMARK.match(line):
            continue
        digit = _digit(line)
        if first and digit != "2":
            reading.leave_out(first[1], "incomplete", "no line 2 follows line 1")
            first = None
        if digit == "1":
            first = name, f"line {number}", line
            name = ""
        elif digit == "2" and first:
            reading.add(first[1], _checked_pair, *first, f"line {number}", line)
            name, first = "", None
        elif digit == "2":
            reading.leave_out(f"line {number}", "incomplete", "no line 1 comes before")
            name = ""
        elif digit:
            reading.leave_out(
                f"line {number}", "damaged", f"{shown(line)} is neither line 1 nor 2"
            )
            name = ""
        else:
            name = plain_name(line.removeprefix("0 "))
    if first:
        reading.leave_out(first[1], "incomplete", "no line 2 follows line 1")
    return reading


def from_lines(name: str, line1: str, line2: str) -> ElementSet:
    """Return the satellite of two lines, though it may be below ground.

    Raises ``Unusable`` for lines that are damaged or not of SGP4.
    """
    return _pair(name, "line 1", line1, "line 2", line2)


def _digit(line: str) -> str:
    """Return 1 or 2 for lines that look like those, ? for damaged ones, or nothing."""
    if len(line) < SHORTEST:
        return ""
    even = re.sub(r"\s", " ", line[:SHORTEST])
    if LOOKS.match(even):
        return line[0]
    if len(line) < LIKE_A_LINE or len(re.findall(r"\d", line)) < LIKE_DIGITS:
        return ""
    return line[0] if even.startswith(("1 ", "2 ")) else "?"


def _checked_pair(*pair: str) -> ElementSet:
    return check_elements(_pair(*pair))


def _pair(name: str, place1: str, line1: str, place2: str, line2: str) -> ElementSet:
    """Return the satellite of two lines with their places in the text."""
    columns1 = _columns(place1, line1, "1")
    columns2 = _columns(place2, line2, "2")
    if len(columns1) != len(columns2):
        short = place1 if len(columns1) < len(columns2) else place2
        raise Unusable("damaged", "the checksum in column 69 is lost", short)
    written = [columns[2:7].strip() for columns in (columns1, columns2)]
    numbers = [from_alpha5(number) for number in written]
    if numbers[0] != numbers[1]:
        raise Unusable(
            "damaged",
            f"the catalogue number {written[1]!r} differs from {written[0]!r} of line "
            "1",
            place2,
        )
    if columns1[62] not in SGP4_TYPES:
        raise Unusable(
            "not SGP4",
            f"the ephemeris type is {columns1[62]}, which is not that of SGP4",
            place1,
        )
    return ElementSet(
        name=name or written[0],
        number=numbers[0],
        epoch=parse_tle_epoch(columns1[18:32]),
        mean_motion_rev_day=float(columns2[52:63]),
        eccentricity=float(f".{columns2[26:33]}"),
        inclination_deg=float(columns2[8:16]),
        raan_deg=float(columns2[17:25]),
        argument_of_perigee_deg=float(columns2[34:42]),
        mean_anomaly_deg=float(columns2[43:51]),
        bstar=_power_of_ten(columns1[53:61]),
        designator=_designator(columns1[9:17]),
        mean_motion_dot=float(columns1[33:43].strip() or 0),
        mean_motion_ddot=_power_of_ten(columns1[44:52]),
    )


def _columns(place: str, line: str, digit: str) -> str:
    """Return the columns of a line that is whole: 69, or 68 without a checksum."""

    def damaged(told: str) -> Unusable:
        return Unusable("damaged", told, place)

    strange = STRANGE.search(line)
    if strange:
        raise damaged(f"column {strange.end()} is {_told(strange[0])}")
    if len(line) > WIDTH and line[WIDTH] == " ":
        line = line[:WIDTH].rstrip()  # what follows is for other programs
    if len(line) not in (WIDTH, WIDTH - 1):
        raise damaged(
            f"{shown(line)} has {len(line)} columns, but line {digit} of an element "
            f"set has {WIDTH} characters"
        )
    if len(line) == WIDTH and line[-1] != str(compute_checksum(line)):
        raise Unusable(
            "checksum",
            f"the checksum is {line[-1]} but the line adds up to "
            f"{compute_checksum(line)}",
            place,
        )
    for field, (first, end, pattern) in FIELDS[digit].items():
        if not pattern.fullmatch(line[first:end]):
            raise damaged(f"the {field} is {line[first:end]!r}, which is none")
    filled = next((i for i in BLANKS[digit] if line[i] != " "), None)
    if filled is not None:
        raise damaged(f"column {filled + 1} is {line[filled]!r}, but should be blank")
    return line


def _told(character: str) -> str:
    """Return what a character is that stands in no element set."""
    kinds = {"\t": "a tab", "\u00a0": "a non-breaking blank (U+00A0)"}
    what = kinds.get(character, f"the character U+{ord(character):04X}")
    return f"{what}, but element sets are made of blanks, digits and letters"


def _power_of_ten(columns: str) -> float:
    """Return 0.12345e-6 for -12345-6, in the way of sgp4, to the last bit."""
    if not columns.strip():
        return 0.0
    mantissa = float(f"{columns[0].strip()}.{columns[1:6]}")
    return mantissa * 10.0 ** int(columns[6:8].replace(" ", "+"))


def _designator(columns: str) -> str:
    """Return 1998-067A for 98067A, and nothing for what is no designator."""
    found = DESIGNATOR.fullmatch(columns.strip())
    if not found:
        return ""
    century = 19 if int(found[1]) >= 57 else 20
    return f"{century}{found[1]}-{found[2]}{found[3]}"
