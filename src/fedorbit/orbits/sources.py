"""Where satellites come from, which of them take part, and which are left out."""

import os
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import AfterValidator, Field, FiniteFloat, TypeAdapter
from sgp4.api import Satrec, SatrecArray
from sgp4.conveniences import jday_datetime

from fedorbit.base.errors import InputError, SettingsError
from fedorbit.base.settings import GivenPath, Name, Settings
from fedorbit.orbits.constants import EARTH_MU_KM3_S2, EARTH_RADIUS_KM
from fedorbit.orbits.omm import parse_omm_csv, parse_omm_json
from fedorbit.orbits.tle import ElementSet, is_line_1, parse_tle, read_text
from fedorbit.orbits.walker import Walker, walker_elements

DECAYED_BELOW_KM = 150.0  # where no satellite completes another revolution


def _rising(band: list[float]) -> list[float]:
    if band[0] > band[1]:
        raise ValueError(f"the band {band} begins above its end; exchange the two")
    return band


def _regular(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
    return pattern


Band = Annotated[
    list[FiniteFloat], Field(min_length=2, max_length=2), AfterValidator(_rising)
]
"""The lowest and the highest value."""


class Select(Settings):
    """Which satellites of a source take part: those to which every key applies."""

    name_pattern: Annotated[str, AfterValidator(_regular)] | None = None
    """Regular expression that is found in the name, as ``^STARLINK-``."""
    altitude_km: Band | None = None
    """Band of the mean motion's altitude: semi-major axis less equatorial radius."""
    inclination_deg: Band | None = None
    """Band of inclinations."""
    max_epoch_age_days: FiniteFloat = Field(30.0, gt=0)
    """Longest time from the epoch of the elements to the scenario's start, either way.

    Starlink's elements are wrong by minutes after a month, manoeuvres included.
    """


class ElementFile(Settings):
    """The satellites in a file of TLEs, or of OMMs as JSON or CSV."""

    source: Literal["file"]
    """Satellites that a file lists."""
    path: GivenPath
    """The file; it may name environment variables, as ``$FEDORBIT_DATA/x.tle``."""
    select: Select = Select()
    """Which of them take part."""


class CelesTrak(Settings):
    """A group of satellites as CelesTrak publishes them, downloaded as a snapshot."""

    source: Literal["celestrak"]
    """Satellites that a service lists today."""
    group: Name
    """Name of a group, as ``starlink``; see https://celestrak.org/NORAD/elements/."""
    url: str = Field(
        "https://celestrak.org/NORAD/elements/gp.php", pattern="^https?://"
    )
    """The service that is asked for the group."""
    snapshot: str | None = Field(None, pattern=r"^\d{4}-\d\d-\d\dT\d{6}Z$")
    """Time stamp of the snapshot to use; without it the newest, downloaded if due."""
    select: Select = Select()
    """Which of them take part."""


Constellation = Annotated[
    Walker | ElementFile | CelesTrak, Field(discriminator="source")
]
"""The satellites of a scenario."""


def parse_constellation(values: dict[str, Any]) -> Walker | ElementFile | CelesTrak:
    """Return checked values of the key ``constellation`` as settings."""
    return TypeAdapter(Constellation).validate_python(values)


def element_path(path: str) -> Path:
    """Return the file that a ``path`` in a config names, environment variables filled.

    Raises ``SettingsError`` for a variable that is not set or a file that is missing.
    """
    filled = os.path.expandvars(path)
    unset = re.search(r"\$\{?(\w+)", filled)
    if unset:
        raise SettingsError(
            f"scenario.constellation.path is {path!r}, but the environment variable "
            f"{unset[1]} is not set; set it to the folder of the file."
        )
    if not Path(filled).is_file():
        raise SettingsError(
            f"scenario.constellation.path is {path!r}, but there is no file {filled}; "
            "correct the path."
        )
    return Path(filled)


def read_elements(path: str | Path) -> list[ElementSet]:
    """Return the element sets of a file, in its order; names and numbers may repeat.

    A file that ends in ``.json`` or ``.csv``, or looks like it, holds OMMs. Others are
    TLEs: of two lines each if the first line is a line 1, else of three. Raises
    ``InputError`` with file and line for anything that is wrong in it.
    """
    return parse_elements(read_text(path), path)


def parse_elements(text: str, source: str | Path) -> list[ElementSet]:
    """Return the element sets of a text in any format that ``read_elements`` reads."""
    ending = Path(source).suffix.lower()
    first = next((line for line in text.splitlines() if line.strip()), "")
    if ending == ".json" or first.lstrip().startswith(("[", "{")):
        sets = parse_omm_json(text, source)
    elif ending == ".csv" or "NORAD_CAT_ID" in first.split(","):
        sets = parse_omm_csv(text, source)
    elif first.lstrip().startswith("<"):
        raise InputError(
            f"{source}: is HTML or XML, {first.strip()[:40]!r}; "
            "give TLEs, or OMMs as JSON or CSV."
        )
    else:
        sets = parse_tle(text, source, named=not is_line_1(first))
    if not sets:
        raise InputError(f"{source}: no element sets in the file; download it again.")
    return sets


def choose(
    sets: Sequence[ElementSet], select: Select, start: datetime, hours: float
) -> tuple[list[ElementSet], pd.DataFrame]:
    """Return the satellites that take part in a scenario, and how many do not, and why.

    Of elements with the same catalogue number only the newest stay; satellites of
    the same name have their numbers appended. The table has the columns ``reason``
    and ``satellites``: the first row counts all element sets, the last those that
    take part, and each between them those that are left out, by the first reason
    that applies. Raises ``SettingsError`` if nothing is left.
    """
    satrecs = [s.satrec() for s in sets]
    numbers = np.array([s.satnum for s in satrecs])
    ages_days = epoch_ages_days(satrecs, start)
    altitudes_km = mean_altitudes_km(satrecs)
    inclinations_deg = np.degrees([s.inclo for s in satrecs])
    pattern = re.compile(select.name_pattern or "")
    left_out = {
        "duplicate": _superseded(numbers, ages_days),
        "far from epoch": np.abs(ages_days) > select.max_epoch_age_days,
        "decayed": (altitudes_km < DECAYED_BELOW_KM) | _fails(satrecs, start, hours),
        "name": np.array([pattern.search(s.name) is None for s in sets]),
        "altitude": _outside(altitudes_km, select.altitude_km),
        "inclination": _outside(inclinations_deg, select.inclination_deg),
    }
    counts = {"all": len(sets)}
    kept = np.ones(len(sets), dtype=bool)
    for reason, applies in left_out.items():
        counts[reason] = int((kept & applies).sum())
        kept &= ~applies
    counts["taking part"] = int(kept.sum())
    if not kept.any():
        told = ", ".join(f"{r} {n}" for r, n in counts.items() if n and r != "all")
        raise SettingsError(
            f"scenario.constellation: of {len(sets)} element sets with epochs "
            f"{_epochs(ages_days, start)} none takes part ({told}); widen select, "
            "or choose a scenario.start near the epochs."
        )
    table = pd.DataFrame(counts.items(), columns=["reason", "satellites"])
    return _with_own_names(sets, numbers, kept), table


def walker_constellation(
    walker: Walker, start: datetime
) -> tuple[list[ElementSet], pd.DataFrame]:
    """Return the satellites of a pattern and the table that ``choose`` returns."""
    sets = walker_elements(walker, start)
    rows = [("all", len(sets)), ("taking part", len(sets))]
    return sets, pd.DataFrame(rows, columns=["reason", "satellites"])


def epoch_ages_days(satrecs: Sequence[Satrec], start: datetime) -> NDArray:
    """Return the days from each epoch to ``start``, negative for a later epoch."""
    day, fraction = jday_datetime(start)
    whole_days = day - np.array([s.jdsatepoch for s in satrecs])
    return whole_days + (fraction - np.array([s.jdsatepochF for s in satrecs]))


def mean_altitudes_km(satrecs: Sequence[Satrec]) -> NDArray:
    """Return the two-body semi-major axis of each mean motion less Earth's radius."""
    motion_rad_s = np.array([s.no_kozai for s in satrecs]) / 60
    return np.cbrt(EARTH_MU_KM3_S2 / motion_rad_s**2) - EARTH_RADIUS_KM


def _superseded(numbers: NDArray, ages_days: NDArray) -> NDArray:
    """Return where a newer epoch of the same number exists, or an equal one earlier."""
    newest_first = np.lexsort([np.arange(len(numbers)), ages_days])
    _, first = np.unique(numbers[newest_first], return_index=True)
    superseded = np.ones(len(numbers), dtype=bool)
    superseded[newest_first[first]] = False
    return superseded


def _fails(satrecs: Sequence[Satrec], start: datetime, hours: float) -> NDArray:
    """Return where SGP4 reports an error at the scenario's start or end."""
    times = [jday_datetime(start), jday_datetime(start + timedelta(hours=hours))]
    days, fractions = zip(*times, strict=True)
    errors, _, _ = SatrecArray(satrecs).sgp4(np.array(days), np.array(fractions))
    return (errors != 0).any(axis=1)


def _outside(values: NDArray, band: Sequence[float] | None) -> NDArray:
    low, high = band or (-np.inf, np.inf)
    return ~((values >= low) & (values <= high))


def _with_own_names(
    sets: Sequence[ElementSet], numbers: NDArray, kept: NDArray
) -> list[ElementSet]:
    """Return the kept sets, the catalogue number appended where names repeat."""
    names = pd.Series([s.name for s in sets])
    repeated = names.where(kept).duplicated(keep=False) & kept
    return [
        ElementSet(f"{s.name} {numbers[i]}", s.line1, s.line2) if repeated[i] else s
        for i, s in enumerate(sets)
        if kept[i]
    ]


def _epochs(ages_days: NDArray, start: datetime) -> str:
    """Return the first and the last epoch as words."""
    first, last = (
        start - timedelta(days=a) for a in (ages_days.max(), ages_days.min())
    )
    return f"from {first:%Y-%m-%d} to {last:%Y-%m-%d}"
