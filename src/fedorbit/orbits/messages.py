"""Orbit Mean-Elements Messages in JSON, CSV, XML and KVN: from a text to fields.

Measured on files as people have them: the reader of the package sgp4 needs every
field and one form of time; that of ccsds-ndm makes one message of a KVN file of two,
knows no JSON, and one bad record costs the whole file.
"""

import csv
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from fedorbit.base.errors import InputError
from fedorbit.base.text import shown
from fedorbit.orbits.elements import ElementSet, Unusable
from fedorbit.orbits.omm import KEYS, UNITS, element_set
from fedorbit.orbits.records import Reading

COLUMNS = "OBJECT_NAME, NORAD_CAT_ID, EPOCH, MEAN_MOTION and so on"
KVN_LINE = re.compile(r"([A-Z][A-Z0-9_]*)\s*=\s*(.*)", re.ASCII)
UNIT = re.compile(r"(.*?)\s*\[\s*([^\]]*?)\s*\]")


class Fields(dict):
    """The fields of a message by key in capitals; it remembers a key that is twice."""

    twice = ""

    def put(self, key: str, value: Any) -> None:
        """Add a field."""
        key = key.strip().upper()
        if key in self and key in KEYS:
            self.twice = key
        self[key] = value


def parse_json(text: str, source: str | Path) -> Reading:
    """Return the messages of an array, of one object, or of one object after another.

    Raises ``InputError`` with the line of what is no JSON. Among objects that stand
    one after another a damaged one is left out.
    """
    decoder = json.JSONDecoder(
        object_pairs_hook=_fields, parse_int=str, parse_float=str, parse_constant=str
    )
    blank, line_end = re.compile(r"[\s,]*"), re.compile(r".*")
    reading, count = Reading(), 0
    at = blank.match(text).end()
    while at < len(text):
        try:
            value, end = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            if text[at] != "{" or not count:
                raise InputError(
                    f"{source}, line {error.lineno}: not valid JSON ({error.msg}); "
                    "download the file again."
                ) from None
            line = text.count("\n", 0, at) + 1
            reading.leave_out(f"line {line}", "damaged", f"no JSON ({error.msg})")
            value, end = [], line_end.match(text, at).end()
        except RecursionError:
            raise InputError(
                f"{source}: is nested too deeply; give a list of messages."
            ) from None
        for message in value if isinstance(value, list) else [value]:
            count += 1
            reading.add(f"message {count}", _message, message)
        at = blank.match(text, end).end()
    return reading


def _fields(pairs: list[tuple[str, Any]]) -> Fields:
    fields = Fields()
    for key, value in pairs:
        fields.put(key, value)
    return fields


def _message(fields: Any) -> ElementSet:
    """Return the satellite of a message; raises ``Unusable``."""
    if not isinstance(fields, Fields):
        raise Unusable("damaged", f"{shown(str(fields))} is no message")
    if not fields.keys() & set(KEYS):
        words = " ".join(f"{key}: {value}" for key, value in fields.items())
        raise Unusable("damaged", f"holds no elements but says {words[:200]!r}")
    if fields.twice:
        raise Unusable("damaged", f"the key {fields.twice} stands twice")
    return element_set(fields)


def parse_csv(text: str, source: str | Path) -> Reading:
    """Return the messages of a CSV table, a line each; raises ``InputError``."""
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip(" \t,\x1a\0")
    ]
    if not lines:
        return Reading()
    try:
        header = [key.strip().upper() for key in _cells(lines[0][1])]
    except Unusable as bad:
        raise InputError(
            f"{source}, line {lines[0][0]}: {bad.told}; mend it."
        ) from None
    twice = {key for key in header if key in KEYS and header.count(key) > 1}
    if len(set(KEYS).intersection(header)) < 3 or twice:
        wrong = f"has {twice.pop()} twice" if twice else "is none of messages"
        raise InputError(
            f"{source}: the header {shown(lines[0][1])} {wrong}; give a table with "
            f"the columns {COLUMNS}, separated by commas."
        )
    reading = Reading()
    for number, line in lines[1:]:
        reading.add(f"line {number}", _row, header, line)
    return reading


def _row(header: list[str], line: str) -> ElementSet:
    """Return the satellite of a line of a table."""
    cells = _cells(line)
    while len(cells) > len(header) and not cells[-1].strip():
        cells.pop()
    if len(cells) > len(header):
        raise Unusable("damaged", f"has {len(cells)} values for {len(header)} columns")
    return element_set(dict(zip(header, cells, strict=False)))


def _cells(line: str) -> list[str]:
    """Return the cells of a line; raises ``Unusable`` for bad quotation marks."""
    try:
        return next(csv.reader([line], strict=True, skipinitialspace=True))
    except csv.Error as error:
        raise Unusable("damaged", f"is no line of a table ({error})") from None


def parse_xml(text: str, source: str | Path) -> Reading:
    """Return the messages of an XML file, one or many; raises ``InputError``."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text or "<html" in text[:1000].lower():
        raise InputError(
            f"{source}: is HTML or XML with a DTD, {shown(text.strip())}; give TLEs, "
            "or OMMs as JSON, CSV, XML or KVN."
        )
    try:
        root = ElementTree.fromstring(re.sub(r"^\s*<\?xml.*?\?>", "", text))
    except (ElementTree.ParseError, ValueError) as error:
        raise InputError(
            f"{source}: not valid XML ({error}); download the file again."
        ) from None
    reading = Reading()
    segments = [part for part in root.iter() if _tag(part) == "SEGMENT"]
    for number, segment in enumerate(segments, start=1):
        reading.add(f"message {number}", _segment, segment)
    return reading


def _segment(segment: ElementTree.Element) -> ElementSet:
    """Return the satellite of a segment of an XML message."""
    fields = Fields()
    for part in segment.iter():
        key = _tag(part)
        _check_unit(key, part.get("units"))
        if len(part):
            continue
        fields.put(key, part.text)
    return _message(fields)


def _tag(part: ElementTree.Element) -> str:
    """Return the name of an element in capitals, without its namespace."""
    return str(part.tag).rpartition("}")[2].upper()


def _check_unit(key: str, unit: str | None) -> None:
    """Raise ``Unusable`` unless a number has the unit that it should have."""
    if unit and key in UNITS and unit.strip().lower() != UNITS[key]:
        raise Unusable("elements", f"{key} is in {shown(unit)}, not in {UNITS[key]!r}")


def parse_kvn(text: str, source: str | Path) -> Reading:
    """Return the messages of a file of lines such as ``INCLINATION = 53.0 [deg]``."""
    reading, blocks = Reading(), []
    for number, line in enumerate(text.splitlines(), start=1):
        found = KVN_LINE.fullmatch(line.strip("\ufeff\x1a \t"))
        if not found:
            continue
        key, value = found.groups()
        begins = key == "CCSDS_OMM_VERS" or key == "OBJECT_NAME"
        if not blocks or (begins and (key in blocks[-1][1] or key == "CCSDS_OMM_VERS")):
            blocks.append((number, Fields()))
        blocks[-1][1].put(key, value)
    for number, fields in blocks:
        reading.add(f"line {number}", _block, fields)
    return reading


def _block(fields: Fields) -> ElementSet:
    """Return the satellite of the lines of a message, units taken off the numbers."""
    for key, value in fields.items():
        found = UNIT.fullmatch(value) if key in UNITS else None
        if found:
            _check_unit(key, found[2])
            fields[key] = found[1]
    return _message(fields)
