"""Places on the ground: regions where clients are, and ground stations."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from fedorbit.base.errors import UNSEEN, InputError
from fedorbit.orbits.elements import ElementSet
from fedorbit.orbits.limits import LONGEST_NAME, SITE_LIMITS
from fedorbit.orbits.text import (
    decoded,
    parse_number,
    plain_name,
    read_bytes,
    shown,
)

MASK = "min_elevation_deg"
COLUMNS = ["name", *(column for column in SITE_LIMITS if column != MASK)]
AS_CSV = "save it as CSV in UTF-8, with commas between columns and points in numbers"
# Letters of other alphabets that are drawn like Latin ones.
TWINS = str.maketrans(
    "АВЕКМНОРСТХУаеорсухіјѕԁһӏΑΒΕΖΗΙΚΜΝΟΡΤΥΧο",
    "ABEKMHOPCTXYaeopcyxijsdhlABEZHIKMNOPTYXo",
)


def read_sites(path: str | Path) -> pd.DataFrame:
    """Return the sites of a CSV file, with longitudes from -180 to 180.

    The file has the columns ``name, latitude_deg, longitude_deg, altitude_m``
    (geodetic, WGS-84), and perhaps ``min_elevation_deg``, the mask of each site, NaN
    where that is empty. Rows of empty cells are skipped. Raises ``InputError`` for a
    missing file or column, names that are alike, or a number out of range.
    """
    text = decoded(read_bytes(path), path, "a CSV table", AS_CSV)
    header, rows = _rows(text, path)
    if not rows:
        raise InputError(f"{path}: lists no sites; add at least one.")
    sites = pd.DataFrame({"name": [_name(row[0], path) for row in rows]}, dtype=str)
    _refuse_alike(sites["name"], path)
    for k, column in enumerate(header[1:], start=1):
        values = [
            _number(row[k], f"{path}: {column} of {name}", column)
            for name, row in zip(sites["name"], rows, strict=True)
        ]
        sites[column] = pd.Series(values, dtype=float)
    east = sites["longitude_deg"]
    sites["longitude_deg"] = east.where(east <= 180, east - 360)
    return sites


def _rows(text: str, path: str | Path) -> tuple[list[str], list[list[str]]]:
    """Return the columns of a table and its rows, with as many cells each."""
    reader = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True)
    table = []
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if any(cells):
                table.append((reader.line_num, cells))
    except csv.Error as error:
        raise InputError(
            f"{path}: not a CSV table, by line {reader.line_num} ({error}); {AS_CSV}."
        ) from None
    if not table:
        raise InputError(f"{path}: not a CSV table, for it is empty; {AS_CSV}.")
    header = _without_empty_ends([cell.lower() for cell in table[0][1]], 0)
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        separator = "semicolons" if ";" in header[0] else "tabs"
        raise InputError(f"{path}: the columns are separated by {separator}; {AS_CSV}.")
    if header not in (COLUMNS, [*COLUMNS, MASK]):
        raise InputError(
            f"{path}: the columns are {', '.join(header)[:200]}; they must be "
            f"{', '.join(COLUMNS)}, and may be {MASK} besides."
        )
    rows = []
    for line, cells in table[1:]:
        cells = _without_empty_ends(cells, len(header))
        if len(cells) > len(header):
            raise InputError(
                f"{path}: line {line} has {len(cells)} values for {len(header)} "
                "columns; remove the surplus, quote names with commas, and write "
                "points in numbers."
            )
        rows.append(cells + [""] * (len(header) - len(cells)))
    return header, rows


def _without_empty_ends(cells: list[str], least: int) -> list[str]:
    """Return cells without empty ones at the end, beyond the ``least`` first."""
    while len(cells) > least and not cells[-1]:
        cells = cells[:-1]
    return cells


def _name(text: str, path: str | Path) -> str:
    """Return the name in a cell; raises ``InputError`` if it has none to show."""
    if not text:
        raise InputError(f"{path}: a site has no name; name it.")
    for character in text:
        if unicodedata.category(character) in UNSEEN:
            raise InputError(
                f"{path}: the name {shown(text)} holds the invisible character "
                f"U+{ord(character):04X}; remove it."
            )
    if len(text) > LONGEST_NAME:
        raise InputError(
            f"{path}: the name {shown(text)} has more than {LONGEST_NAME} characters; "
            "shorten it."
        )
    return plain_name(text)


def _number(text: str, where: str, column: str) -> float:
    """Return the number in a cell; raises ``InputError`` unless it is in range."""
    if not text and column == MASK:
        return float("nan")
    low, high = SITE_LIMITS[column]
    number = parse_number(text)
    if number is None or not low <= number <= high:
        hint = ""
        if number is None and parse_number(text.replace(",", ".")) is not None:
            hint = ", with a point in place of the comma"
        raise InputError(
            f"{where} is {text[:40] or 'empty'}; it must be a number from {low:g} to "
            f"{high:g}{hint}."
        )
    return number


def _refuse_alike(names: Iterable[str], where: str) -> None:
    """Raise ``InputError`` for two names that are the same or look the same."""
    seen: dict[str, str] = {}
    for name in names:
        looks = unicodedata.normalize("NFKC", name).translate(TWINS)
        other = seen.get(looks)
        seen[looks] = name
        if other == name:
            raise InputError(f"{where}: the name {name!r} occurs twice; rename one.")
        if other is not None:
            raise InputError(
                f"{where}: the names {other!a} and {name!a} look alike; rename one."
            )


def read_masked_sites(files: Sequence[tuple[str | Path, float]]) -> pd.DataFrame:
    """Return the sites of several files, as pairs of path and elevation mask.

    Adds the columns ``min_elevation_deg``, the mask of the file for each site that
    has none of its own, and ``file``; without files there are no rows. Raises
    ``InputError`` as ``read_sites`` does, and if two files name the same site.
    """
    if not files:
        return pd.DataFrame(columns=[*COLUMNS, MASK, "file"])
    tables = []
    for path, mask_deg in files:
        table = read_sites(path)
        if MASK not in table:
            table[MASK] = float("nan")
        table[MASK] = table[MASK].fillna(mask_deg)
        tables.append(table.assign(file=str(path)))
    sites = pd.concat(tables, ignore_index=True)
    repeated = sites["name"][sites["name"].duplicated()]
    both = " and ".join(str(path) for path, _ in files)
    if len(repeated):
        raise InputError(
            f"{both}: the name {repeated.iloc[0]!r} occurs in both; rename one."
        )
    _refuse_alike(sites["name"], both)
    return sites


def check_sites(sites: pd.DataFrame) -> None:
    """Raise ``InputError`` unless a table has sites that can be searched over."""
    needed = [*COLUMNS, MASK]
    missing = [c for c in needed if c not in sites.columns]
    if missing:
        raise InputError(
            f"the sites lack the columns {', '.join(missing)}; "
            f"give each of {', '.join(needed)}."
        )
    for column, (low, high) in SITE_LIMITS.items():
        wrong = sites[~sites[column].between(low, high)]
        if len(wrong):
            raise InputError(
                f"site {wrong['name'].iloc[0]!r}: {column} is "
                f"{wrong[column].iloc[0]}; give a number from {low:g} to {high:g}."
            )


def refuse_shared_names(sets: Sequence[ElementSet], sites: pd.DataFrame) -> None:
    """Raise ``InputError`` for a satellite that is called like a site."""
    shared = {s.name for s in sets}.intersection(sites["name"])
    if shared:
        name = min(shared)
        file = sites["file"][sites["name"] == name].iloc[0]
        raise InputError(
            f"{file}: a satellite is called {name!r} like the site; rename the site."
        )


def unseen(contacts: pd.DataFrame, sites: pd.DataFrame, hours: float) -> list[str]:
    """Return a sentence on each of the sites that no satellite passes over."""
    return [
        f"{site.file}: {site.name}, latitude {site.latitude_deg:g}, sees no satellite "
        f"above {site.min_elevation_deg:g} degrees in {hours:g} h; lower the mask, "
        "move the site or choose orbits of higher inclination."
        for site in sites[~sites["name"].isin(contacts["site"])].itertuples()
    ]
