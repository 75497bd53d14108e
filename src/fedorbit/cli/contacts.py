"""``fedorbit contacts``: the passes of any satellites over any sites."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from fedorbit.base.errors import InputError, printable
from fedorbit.base.files import write_table
from fedorbit.orbits.choice import (
    NoneTakesPart,
    choose,
    epoch_ages_days,
    farthest_days,
)
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.elements import ElementSet
from fedorbit.orbits.limits import (
    FIRST_YEAR,
    HIGHEST_MASK_DEG,
    LAST_YEAR,
    LOWEST_MASK_DEG,
    YEAR_H,
)
from fedorbit.orbits.lists import read_elements
from fedorbit.orbits.propagate import PROPAGATORS
from fedorbit.orbits.records import Reading, count_reasons
from fedorbit.orbits.sites import read_masked_sites
from fedorbit.orbits.sources import Select

ENDINGS = (".parquet", ".csv")


def _once(context: click.Context, parameter: click.Option, values: tuple) -> Any:
    """Return the one value of an option, of which click would keep the last."""
    if len(values) > 1:
        raise click.BadParameter("is given twice; give it once.", context, parameter)
    if values:
        return values[0]
    return parameter.default_once


class Once(click.Option):
    """An option that is refused where it is given twice."""

    def __init__(self, *args: Any, default: Any = None, **kwargs: Any):
        self.default_once = default
        kwargs.setdefault("show_default", str(default) if default else False)
        super().__init__(*args, multiple=True, callback=_once, **kwargs)


@click.command()
@click.option(
    "--tle",
    "lists",
    required=True,
    multiple=True,
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Satellites: TLEs, or OMMs as JSON, CSV, XML or KVN; files add up.",
)
@click.option(
    "--sites",
    "sites",
    required=True,
    multiple=True,
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Places, a CSV table: name,latitude_deg,longitude_deg,altitude_m (WGS-84), "
    "and perhaps min_elevation_deg; files add up.",
)
@click.option(
    "--start",
    cls=Once,
    required=True,
    metavar="ISO",
    help="Begin of the search, ISO 8601; without a time zone it is UTC.",
)
@click.option(
    "--hours", cls=Once, required=True, type=float, help="Length of the search."
)
@click.option(
    "--min-elevation",
    "min_elevation_deg",
    cls=Once,
    required=True,
    metavar="DEG",
    type=float,
    help="Elevation above the horizon from which satellites are seen, in degrees, by "
    "sites that have none of their own.",
)
@click.option(
    "--out",
    cls=Once,
    required=True,
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the table goes; its ending says how: .parquet or .csv.",
)
@click.option(
    "--max-epoch-age",
    "max_epoch_age_days",
    cls=Once,
    default=30.0,
    metavar="DAYS",
    type=click.FloatRange(min=0, min_open=True),
    help="Leave out satellites whose elements are further from the start or the end.",
)
@click.option(
    "--propagator",
    cls=Once,
    default="sgp4",
    type=click.Choice(PROPAGATORS),
    help="What computes SGP4; heyoka is faster and a package of its own.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Refuse a list of satellites with a record that cannot be used.",
)
def contacts(
    lists: tuple[Path, ...],
    sites: tuple[Path, ...],
    start: str,
    hours: float,
    min_elevation_deg: float,
    out: Path,
    max_epoch_age_days: float,
    propagator: str,
    strict: bool,
) -> None:
    """Write every pass of satellites over sites: rise, culmination, set, ranges.

    Times in the table are seconds from the start. A pass that is under way at the
    start or at the end is marked in the columns cut_start and cut_end. Records that
    cannot be used are left out and counted, and so are satellites with duplicate or
    far too old elements and those that have come down before the start.

    \b
    Examples:
      fedorbit contacts --tle starlink.tle --sites sites.csv \\
          --start 2026-01-01T00:00:00Z --hours 24 --min-elevation 25 \\
          --out contacts.parquet
      fedorbit contacts --tle iss.tle --sites home.csv --start 2026-01-01 \\
          --hours 72 --min-elevation 10 --out passes.csv
    """
    _check_ending(out)
    if not 0 < hours <= YEAR_H:
        raise InputError(f"--hours is {hours:g}; give more than 0, up to {YEAR_H:g}.")
    if not LOWEST_MASK_DEG <= min_elevation_deg <= HIGHEST_MASK_DEG:
        raise InputError(
            f"--min-elevation is {min_elevation_deg:g}; "
            f"give degrees from {LOWEST_MASK_DEG:g} to {HIGHEST_MASK_DEG:g}."
        )
    if not math.isfinite(max_epoch_age_days):
        raise InputError(
            f"--max-epoch-age is {max_epoch_age_days}; give a number of days above 0."
        )
    if out.exists() and any(p.exists() and out.samefile(p) for p in (*lists, *sites)):
        raise InputError(f"--out {out} is also an input; choose another name.")
    begin = _moment(start)
    places = read_masked_sites([(path, min_elevation_deg) for path in sites])
    reading, notes = Reading(), []
    for path in lists:
        part = read_elements(path)
        if strict:
            part.refuse_left_out(path)
        reading.extend(part)
        notes += _unusable(path, part)
    files = ", ".join(map(str, lists))
    element_sets, more = _satellites(files, reading, begin, hours, max_epoch_age_days)
    # None: no bar where nobody looks, as in a log.
    with tqdm(total=len(element_sets), unit="satellite", disable=None) as bar:
        table = find_contacts(
            element_sets, places, begin, hours, propagator, progress=bar.update
        )
    try:
        write_table(table, out)
    except OSError as error:
        raise InputError(
            f"{out}: cannot be written ({error.strerror}); choose another place."
        ) from None
    for note in notes + more:
        click.echo(printable(note), err=True)
    click.echo(
        printable(
            f"{out}: {len(table)} passes of {len(element_sets)} satellites over "
            f"{len(places)} sites"
        )
    )


def _check_ending(out: Path) -> None:
    """Raise ``InputError`` unless the file's ending is that of a known format."""
    if out.suffix not in ENDINGS:
        ending = f"has the ending {out.suffix!r}" if out.suffix else "has no ending"
        raise InputError(f"--out {out}: {ending}; end it with {' or '.join(ENDINGS)}.")


def _unusable(path: Path, reading: Reading) -> list[str]:
    """Return how many records of a file cannot be used, and why the first of them."""
    notes = []
    for reason, count in count_reasons(reading.left_out).items():
        first = next(r for r in reading.left_out if r.reason == reason)
        example = f"{'the first in ' if count > 1 else ''}{first.where}: {first.told}"
        notes.append(f"{path}: {count} left out ({reason}; {example})")
    return notes


def _satellites(
    files: str,
    reading: Reading,
    start: datetime,
    hours: float,
    max_epoch_age_days: float,
) -> tuple[list[ElementSet], list[str]]:
    """Return the satellites that are searched, and what to say of the others."""
    select = Select(max_epoch_age_days=max_epoch_age_days)
    try:
        sets, table = choose(reading.sets, select, start, hours)
        counts = dict(table.itertuples(index=False))
    except NoneTakesPart as none:
        sets, counts = [], none.counts
        if counts["far from epoch"]:
            raise InputError(
                f"{files}: none of its {len(reading.sets)} element sets is usable at "
                f"{start.isoformat()}: {_words(counts)}; choose a start near the "
                "epochs or a --max-epoch-age above "
                f"{max_epoch_age_days:g} days."
            ) from None
    notes = [
        f"{files}: {counts[reason]} left out ({reason})"
        for reason in ("duplicate", "far from epoch", "decayed")
        if counts[reason]
    ]
    if sets:
        days = farthest_days(epoch_ages_days(sets, start), hours).max()
        notes.append(f"{files}: the search goes up to {days:.1f} days from an epoch")
    return sets, notes


def _words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{reason} {n}" for reason, n in list(counts.items())[1:] if n)


def _moment(start: str) -> datetime:
    """Return an ISO 8601 moment, in UTC if it names no time zone."""
    try:
        moment = datetime.fromisoformat(start)
    except ValueError:
        raise InputError(
            f"--start {start!r} is not a date in ISO 8601; "
            "write it as in 2026-01-01T00:00:00Z."
        ) from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise InputError(
            f"--start {start!r} is not in {FIRST_YEAR} to {LAST_YEAR}, "
            "the years that element sets can name."
        )
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
