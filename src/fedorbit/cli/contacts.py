"""``fedorbit contacts``: the passes of any satellites over any sites."""

import math
from datetime import UTC, datetime
from pathlib import Path

import click
from tqdm import tqdm

from fedorbit.base.errors import InputError, printable
from fedorbit.cli.formats import FORMATS, Extra, Found, check_ending, write
from fedorbit.cli.options import Once
from fedorbit.cli.search import read_lists
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.limits import (
    FIRST_YEAR,
    HIGHEST_MASK_DEG,
    LAST_YEAR,
    LOWEST_MASK_DEG,
    YEAR_H,
)
from fedorbit.orbits.propagate import PROPAGATORS
from fedorbit.orbits.sites import read_masked_sites, refuse_shared_names


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
    help="Where the passes go; the ending of a table says how: .parquet or .csv.",
)
@click.option(
    "--format",
    "form",
    cls=Once,
    default="table",
    type=click.Choice(list(FORMATS)),
    help="A table, a contact plan of ION (and uD3TN), or CZML for Cesium.",
)
@click.option(
    "--rate",
    "rate_bytes_s",
    cls=Once,
    metavar="BYTES/S",
    type=click.FloatRange(min=1, max=1e12),
    help="Rate of all contacts of a contact plan, for --format ion.",
)
@click.option("--utc", is_flag=True, help="Times in UTC besides, in a table.")
@click.option("--azimuth", is_flag=True, help="Azimuths besides, in a table.")
@click.option(
    "--light-time",
    is_flag=True,
    help="Seconds of light over the ranges besides, in a table.",
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
    form: str,
    rate_bytes_s: float | None,
    utc: bool,
    azimuth: bool,
    light_time: bool,
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
          --hours 72 --min-elevation 10 --out passes.csv --utc --azimuth
      fedorbit contacts --tle iss.tle --sites home.csv --start 2026-01-01 \\
          --hours 72 --min-elevation 10 --out plan.ionrc --format ion --rate 125000
    """
    extra = Extra(utc, azimuth, light_time, rate_bytes_s)
    check_ending(out, form, extra)
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
    element_sets, notes = read_lists(lists, begin, hours, max_epoch_age_days, strict)
    if form != "table":
        refuse_shared_names(element_sets, places)
    # None: no bar where nobody looks, as in a log.
    with tqdm(total=len(element_sets), unit="satellite", disable=None) as bar:
        table = find_contacts(
            element_sets, places, begin, hours, propagator, progress=bar.update
        )
    found = Found(table, places, element_sets, begin, hours, propagator)
    try:
        write(found, out, form, extra)
    except OSError as error:
        raise InputError(
            f"{out}: cannot be written ({error.strerror}); choose another place."
        ) from None
    for note in notes:
        click.echo(printable(note), err=True)
    click.echo(
        printable(
            f"{out}: {len(table)} passes of {len(element_sets)} satellites over "
            f"{len(places)} sites"
        )
    )


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
