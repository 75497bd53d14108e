"""Two-line element sets: reading with clear complaints, writing with checksums.

The format is that of Hoots and Roehrich, Spacetrack Report No. 3 (1980), in the
three-line form that CelesTrak publishes: a name, line 1, line 2.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sgp4.api import Satrec
from sgp4.io import compute_checksum

from fedorbit.base.errors import InputError
from fedorbit.base.files import whole

ANGLE = re.compile(r" *\d+\.\d+")
POWER_OF_TEN = re.compile(r" *[-+]?\d+[-+]\d")
FIELDS = {
    "1": {
        # Alpha-5 numbers begin with a letter, but neither I nor O.
        "catalogue number": (2, 7, re.compile(r"[ \dA-HJ-NP-Z][ \d]{3}\d")),
        "epoch": (18, 32, re.compile(r"\d\d[ \d]{2}\d\.\d{8}")),
        "first derivative": (33, 43, re.compile(r" *[-+]?\d*\.\d+")),
        "second derivative": (44, 52, POWER_OF_TEN),
        "drag term": (53, 61, POWER_OF_TEN),
    },
    "2": {
        "catalogue number": (2, 7, re.compile(r"[ \dA-HJ-NP-Z][ \d]{3}\d")),
        "inclination": (8, 16, ANGLE),
        "right ascension": (17, 25, ANGLE),
        "eccentricity": (26, 33, re.compile(r"\d{7}")),
        "argument of perigee": (34, 42, ANGLE),
        "mean anomaly": (43, 51, ANGLE),
        "mean motion": (52, 63, ANGLE),
    },
}
"""Of each line, what must be numbers: first column, column after it, what it is."""


@dataclass(frozen=True)
class ElementSet:
    """One satellite: its name and the two lines of its elements."""

    name: str
    line1: str
    line2: str

    def satrec(self) -> Satrec:
        """Return the SGP4 model of this satellite, with WGS-72 gravity as is usual."""
        return Satrec.twoline2rv(self.line1, self.line2)


def read_tle(path: str | Path) -> list[ElementSet]:
    """Return the element sets of a file of three-line TLEs, in the file's order.

    Raises ``InputError``, with file and line number, for a line of the wrong kind
    or length, a bad checksum, something else than a number in the place of one, two
    different catalogue numbers in one set, a name that occurs twice, or a file
    without a set.
    """
    sets = []
    seen = set()
    for number, element_set in _numbered_sets(read_text(path), path, named=True):
        if element_set.name in seen:
            raise InputError(
                f"{path}, line {number}: the name {element_set.name!r} occurs twice; "
                "give every satellite a name of its own."
            )
        seen.add(element_set.name)
        sets.append(element_set)
    return sets


def parse_tle(text: str, source: str | Path, named: bool) -> list[ElementSet]:
    """Return the element sets in a text of TLEs; ``source`` is named in complaints.

    If ``named`` each has three lines, else two, and its catalogue number for a name.
    Raises ``InputError`` as ``read_tle`` does, except that names may repeat.
    """
    return [s for _, s in _numbered_sets(text, source, named)]


def read_text(path: str | Path) -> str:
    """Return the text of a file; raises ``InputError`` if it is missing or no text."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file; correct the path.") from None
    except (UnicodeDecodeError, OSError) as error:
        raise InputError(
            f"{path}: cannot be read as text ({error}); give a file of element sets."
        ) from None


def is_line_1(line: str) -> bool:
    """Return whether a line looks like the first of a two-line element set."""
    return line.startswith("1 ") and len(line.rstrip()) == 69


def _numbered_sets(
    text: str, source: str | Path, named: bool
) -> Iterator[tuple[int, ElementSet]]:
    """Yield each element set with the number of its first line."""
    lines = [
        (number, line.rstrip())
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip()
    ]
    if not lines:
        raise InputError(f"{source}: no element sets in the file; download it again.")
    needed = "a name, line 1 and line 2" if named else "line 1 and line 2"
    size = 3 if named else 2
    for first in range(0, len(lines), size):
        group = lines[first : first + size]
        if len(group) < size:
            raise InputError(
                f"{source}, line {group[-1][0]}: the last satellite is incomplete; "
                f"each needs {needed}."
            )
        (number1, line1), (number2, line2) = group[-2:]
        _check_line(source, number1, line1, "1", needed)
        _check_line(source, number2, line2, "2", needed)
        if line1[2:7] != line2[2:7]:
            raise InputError(
                f"{source}, line {number2}: catalogue number {line2[2:7]!r} "
                f"differs from {line1[2:7]!r} of line 1; "
                "pair the lines of one satellite."
            )
        name = group[0][1].strip().removeprefix("0 ") if named else line1[2:7].strip()
        yield group[0][0], ElementSet(name, line1, line2)


def _check_line(
    source: str | Path, number: int, row: str, digit: str, needed: str
) -> None:
    """Raise ``InputError`` unless ``row`` is a whole TLE line of the given digit."""
    if len(row) != 69 or not row.startswith(f"{digit} "):
        raise InputError(
            f"{source}, line {number}: {row[:24]!r}... is not line {digit} of an "
            f"element set (69 characters); write {needed} in turn."
        )
    checksum = compute_checksum(row)
    if row[68] != str(checksum):
        raise InputError(
            f"{source}, line {number}: the checksum is {row[68]} but the line adds up "
            f"to {checksum}; the line is damaged, take it from its source again."
        )
    for field, (first, end, pattern) in FIELDS[digit].items():
        if not pattern.fullmatch(row[first:end]):
            raise InputError(
                f"{source}, line {number}: the {field} is {row[first:end]!r}, which is "
                "none; the line is damaged, take it from its source again."
            )


def write_tle(sets: Iterable[ElementSet], path: str | Path) -> None:
    """Write element sets as three-line TLEs, the file whole or not at all."""
    with whole(path) as unfinished:
        unfinished.write_text(
            "".join(f"{s.name}\n{s.line1}\n{s.line2}\n" for s in sets),
            encoding="utf-8",
        )
