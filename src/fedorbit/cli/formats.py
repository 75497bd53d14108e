"""The formats that ``fedorbit contacts`` writes."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from fedorbit.base.errors import InputError
from fedorbit.base.files import write_table, write_text
from fedorbit.orbits.elements import ElementSet
from fedorbit.orbits.exports.columns import with_azimuth, with_light_time, with_utc
from fedorbit.orbits.exports.czml import czml
from fedorbit.orbits.exports.ion import contact_plan

FORMATS = {
    "table": (".parquet", ".csv"),
    "ion": (".ionrc", ".txt"),
    "czml": (".czml", ".json"),
}
"""The formats, and how their files may end."""


@dataclass(frozen=True)
class Extra:
    """What is asked for besides the passes."""

    utc: bool
    azimuth: bool
    light_time: bool
    rate_bytes_s: float | None


@dataclass(frozen=True)
class Found:
    """Passes, and what they were searched in."""

    contacts: pd.DataFrame
    sites: pd.DataFrame
    element_sets: list[ElementSet]
    start: datetime
    hours: float
    propagator: str


def check_ending(out: Path, form: str, extra: Extra) -> None:
    """Raise ``InputError`` unless ending and options are those of the format."""
    endings = FORMATS[form]
    if out.suffix not in endings:
        ending = f"has the ending {out.suffix!r}" if out.suffix else "has no ending"
        raise InputError(f"--out {out}: {ending}; end it with {' or '.join(endings)}.")
    if (form == "ion") != (extra.rate_bytes_s is not None):
        raise InputError(
            f"--format is {form}, and --rate is "
            f"{'not ' if extra.rate_bytes_s is None else ''}given; a contact plan "
            "needs --rate, other formats have none."
        )
    if form != "table" and (extra.utc or extra.azimuth or extra.light_time):
        raise InputError(
            f"--format is {form}, and --utc, --azimuth and --light-time are columns of "
            "a table; leave them out."
        )


def write(found: Found, out: Path, form: str, extra: Extra) -> None:
    """Write passes in a format, whole or not at all."""
    if form == "table":
        write_table(_table(found, extra), out)
        return
    if form == "ion":
        sites = list(found.sites["name"])
        satellites = [elements.name for elements in found.element_sets]
        rate = extra.rate_bytes_s
        text = contact_plan(found.contacts, sites, satellites, found.start, rate)
    else:
        searched = (found.sites, found.element_sets, found.start, found.hours)
        text = czml(found.contacts, *searched, found.propagator)
    write_text(text, out)


def _table(found: Found, extra: Extra) -> pd.DataFrame:
    """Return the passes with the columns that are asked for besides."""
    table = found.contacts
    if extra.utc:
        table = with_utc(table, found.start)
    if extra.azimuth:
        searched = (found.sites, found.element_sets, found.start, found.propagator)
        table = with_azimuth(table, *searched)
    return with_light_time(table) if extra.light_time else table
