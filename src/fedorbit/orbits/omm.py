"""Orbit mean-elements messages (CCSDS 502.0-B-3), as element sets.

CelesTrak and Space-Track publish them as JSON and CSV with the same keys. All that
follows reads TLEs, so a message is written as one; it keeps the digits of a TLE.
"""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sgp4 import omm
from sgp4.alpha5 import to_alpha5
from sgp4.api import Satrec
from sgp4.exporter import export_tle
from sgp4.io import compute_checksum

from fedorbit.base.errors import InputError
from fedorbit.orbits.tle import ElementSet, parse_tle

LARGEST_NUMBER = 339_999  # of a catalogue number in a TLE: Z9999 in Alpha-5
# The powers of ten in a TLE have one digit, so smaller drag terms become zero: less
# than 1 cm along the track in a day at 550 km.
SMALLEST = 1e-9


def parse_omm_json(text: str, source: str | Path) -> list[ElementSet]:
    """Return the element sets of a JSON list of messages.

    Raises ``InputError`` with the line of what is no JSON, or the number of the
    message that lacks something or that no TLE can hold.
    """
    try:
        messages = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{source}, line {error.lineno}: not valid JSON ({error.msg}); "
            "download the file again."
        ) from None
    if not isinstance(messages, list):
        messages = [messages]
    return [
        _element_set(f"{source}, message {number}", message)
        for number, message in enumerate(messages, start=1)
    ]


def parse_omm_csv(text: str, source: str | Path) -> list[ElementSet]:
    """Return the element sets of a CSV table of messages; raises ``InputError``."""
    rows = omm.parse_csv(text.splitlines())
    try:
        return [_element_set(f"{source}, line {rows.line_num}", row) for row in rows]
    except csv.Error as error:
        raise InputError(
            f"{source}, line {rows.line_num}: not valid CSV ({error}); "
            "download the file again."
        ) from None


def _element_set(where: str, message: Mapping[str, Any]) -> ElementSet:
    """Return one message as an element set; ``where`` is named in complaints."""
    try:
        number = int(message["NORAD_CAT_ID"])
        name = str(message["OBJECT_NAME"] or "").strip() or str(number)
    except KeyError as error:
        raise InputError(
            f"{where}: {error.args[0]} is missing; give every message all its keys."
        ) from None
    except (TypeError, ValueError):
        raise InputError(
            f"{where}: is no message with a name and a catalogue number; "
            "give the messages as CelesTrak publishes them."
        ) from None
    if not 0 <= number <= LARGEST_NUMBER:
        raise InputError(
            f"{where}: the catalogue number {number} of {name!r} does not fit a TLE, "
            f"whose largest is {LARGEST_NUMBER}; take this satellite out of the file."
        )
    try:
        lines = _lines(message)
    except KeyError as error:
        raise InputError(
            f"{where}: {error.args[0]} of {name!r} is missing; "
            "give every message all its keys."
        ) from None
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{where}: the elements of {name!r} are not all numbers in range "
            f"({error}); download the file again."
        ) from None
    return parse_tle("\n".join([name, *lines]), where, named=True)[0]


def _lines(message: Mapping[str, Any]) -> tuple[str, str]:
    """Return the two lines of a message."""
    small = {
        key: 0.0
        for key in ("BSTAR", "MEAN_MOTION_DDOT")
        if abs(float(message[key])) < SMALLEST
    }
    satrec = Satrec()
    omm.initialize(satrec, {**message, **small})
    satrec.revnum %= 100_000  # as TLEs count on after 99999
    line1, line2 = export_tle(satrec)
    # From 180000 on sgp4's compiled code uses I and O, which Alpha-5 leaves out.
    number = to_alpha5(satrec.satnum)
    return _with_number(line1, number), _with_number(line2, number)


def _with_number(line: str, number: str) -> str:
    """Return a line with another catalogue number, and with its checksum."""
    line = f"{line[:2]}{number}{line[7:-1]}"
    return f"{line}{compute_checksum(line)}"
