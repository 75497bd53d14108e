"""Lists of satellites in any format in which people have them."""

from pathlib import Path

from fedorbit.base.errors import InputError
from fedorbit.base.text import decoded, read_bytes, unpacked
from fedorbit.orbits.elements import ElementSet
from fedorbit.orbits.messages import parse_csv, parse_json, parse_kvn, parse_xml
from fedorbit.orbits.omm import KEYS
from fedorbit.orbits.records import Reading
from fedorbit.orbits.tle import parse_tle

PARSERS = {"json": parse_json, "xml": parse_xml, "kvn": parse_kvn, "csv": parse_csv}


def read_elements(path: str | Path) -> Reading:
    """Return the satellites of a file, in its order, and the records that are none.

    It holds TLEs, with names or without, or OMMs as JSON, CSV, XML or KVN; its
    contents say which. Names and numbers may repeat. It may be packed by gzip.
    Raises ``InputError`` for a file without a single satellite.
    """
    return parse_elements(read_bytes(path), path)


def parse_elements(content: bytes, source: str | Path) -> Reading:
    """Return what ``read_elements`` does, of the contents of a file."""
    text = decoded(unpacked(content, source), source)
    first = next((line for line in text.splitlines() if line.strip()), "").strip()
    form = format_of(first, source)
    reading = PARSERS[form](text, source) if form in PARSERS else parse_tle(text)
    if not reading.sets:
        reading.refuse_left_out(source)
        begin = f", which begins with {first[:150]!r}" if first else ""
        raise InputError(
            f"{source}: no element sets in the file{begin}; give TLEs, or OMMs as "
            "JSON, CSV, XML or KVN."
        )
    return reading


def format_of(first: str, source: str | Path) -> str:
    """Return json, xml, kvn, csv or tle, by the first line of a file and its name."""
    ending = Path(str(source).removesuffix(".gz")).suffix.lower()
    if first.startswith(("[", "{")) or ending == ".json":
        return "json"
    if first.startswith("<"):
        return "xml"
    key = first.partition("=")[0].strip() if "=" in first else ""
    if key in ("CCSDS_OMM_VERS", *KEYS) or ending == ".kvn":
        return "kvn"
    return "csv" if ending == ".csv" or _has_keys(first) else "tle"


def read_constellation(path: str | Path) -> list[ElementSet]:
    """Return the satellites of a file that must be whole, each with its own name.

    Raises ``InputError`` for a record that is no satellite or a name that is twice.
    """
    reading = read_elements(path)
    reading.refuse_left_out(path)
    seen = set()
    for satellite in reading.sets:
        if satellite.name in seen:
            raise InputError(
                f"{path}: the name {satellite.name!r} occurs twice; give every "
                "satellite a name of its own."
            )
        seen.add(satellite.name)
    return reading.sets


def _has_keys(line: str) -> bool:
    """Return whether a line names columns of messages."""
    words = line.upper().replace(";", ",").replace("\t", ",").split(",")
    return bool({word.strip(' "') for word in words} & set(KEYS))
