"""Two-line element sets: reading with clear complaints, writing with checksums.

The format is that of Hoots and Roehrich, Spacetrack Report No. 3 (1980), in the
three-line form that CelesTrak publishes: a name, line 1, line 2.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sgp4.api import Satrec
from sgp4.io import compute_checksum

from fedorbit.errors import InputError
from fedorbit.files import whole

FORMAT = {
    "1": re.compile(
        r"1 [A-Z0-9 ][0-9 ]{4}[A-Z ] .{8} [0-9]{2}[0-9 ]{3}\.[0-9]{8}"
        r" [ +-]\.[0-9]{8} [ +-][0-9 ]{5}[+-][0-9] [ +-][0-9 ]{5}[+-][0-9]"
        r" [0-9 ] [0-9 ]{4}[0-9]"
    ),
    "2": re.compile(
        r"2 [A-Z0-9 ][0-9 ]{4} [0-9 ]{3}\.[0-9 ]{4} [0-9 ]{3}\.[0-9 ]{4} [0-9 ]{7}"
        r" [0-9 ]{3}\.[0-9 ]{4} [0-9 ]{3}\.[0-9 ]{4} [0-9 ]{2}\.[0-9 ]{8}[0-9 ]{5}[0-9]"
    ),
}
"""The columns of both lines; a letter may stand first in a number above 99,999."""


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
    or length, a bad checksum, two different catalogue numbers in one set, a name
    that occurs twice, or a file without a set.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="ascii")
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file of element sets.") from None
    except UnicodeDecodeError:
        raise InputError(
            f"{path}: not a text file of element sets; download it again."
        ) from None
    lines = [
        (number, line.rstrip())
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip()
    ]
    if not lines:
        raise InputError(f"{path}: no element sets in the file; download it again.")
    if len(lines) % 3:
        raise InputError(
            f"{path}: {len(lines)} lines are not a multiple of three; "
            "each satellite needs a name, line 1 and line 2."
        )
    sets = []
    seen = set()
    for first in range(0, len(lines), 3):
        (name_number, name), *rows = lines[first : first + 3]
        name = name.strip().removeprefix("0 ")
        for digit, (number, row) in zip("12", rows, strict=True):
            _check_line(path, number, row, digit)
        if rows[0][1][2:7] != rows[1][1][2:7]:
            raise InputError(
                f"{path}, line {rows[1][0]}: catalogue number {rows[1][1][2:7]!r} "
                f"differs from {rows[0][1][2:7]!r} of line 1; "
                "pair the lines of one satellite."
            )
        if name in seen:
            raise InputError(
                f"{path}, line {name_number}: the name {name!r} occurs twice; "
                "give every satellite a name of its own."
            )
        seen.add(name)
        sets.append(ElementSet(name, rows[0][1], rows[1][1]))
    return sets


def _check_line(path: Path, number: int, row: str, digit: str) -> None:
    """Raise ``InputError`` unless ``row`` is a whole TLE line of the given digit."""
    if len(row) != 69 or not row.startswith(f"{digit} "):
        raise InputError(
            f"{path}, line {number}: {row[:24]!r}... is not line {digit} of an element "
            "set (69 characters); write name, line 1 and line 2 in turn."
        )
    if not FORMAT[digit].fullmatch(row):
        raise InputError(
            f"{path}, line {number}: {row[2:]!r} has letters or signs where numbers "
            "belong; the line is damaged, take it from its source again."
        )
    checksum = compute_checksum(row)
    if row[68] != str(checksum):
        raise InputError(
            f"{path}, line {number}: the checksum is {row[68]} but the line adds up to "
            f"{checksum}; the line is damaged, take it from its source again."
        )


def write_tle(sets: Iterable[ElementSet], path: str | Path) -> None:
    """Write element sets as three-line TLEs, the file whole or not at all."""
    with whole(path) as unfinished:
        unfinished.write_text(
            "".join(f"{s.name}\n{s.line1}\n{s.line2}\n" for s in sets)
        )
