"""``fedorbit contacts``: the passes of any satellites over any sites."""

import math
from datetime import UTC, datetime
from pathlib import Path

import click
from tqdm import tqdm

from fedorbit.base.errors import InputError, SettingsError
from fedorbit.base.files import write_table
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.propagate import PROPAGATORS
from fedorbit.orbits.sites import read_masked_sites
from fedorbit.orbits.sources import Select, choose, read_elements
from fedorbit.orbits.tle import ElementSet

ENDINGS = (".parquet", ".csv")
HIGHEST_MASK_DEG = 89.9
FIRST_YEAR, LAST_YEAR = 1957, 2056  # a TLE has two digits for the year
YEAR_H = 8766.0  # longer than any element set is good for


@click.command()
@click.option(
    "--tle",
    "tle",
    required=True,
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Satellites: TLEs of two or three lines, or OMMs as JSON or CSV.",
)
@click.option(
    "--sites",
    "sites",
    required=True,
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Places, a CSV table: name,latitude_deg,longitude_deg,altitude_m (WGS-84).",
)
@click.option(
    "--start",
    required=True,
    metavar="ISO",
    help="Begin of the search, ISO 8601; without a time zone it is UTC.",
)
@click.option("--hours", required=True, type=float, help="Length of the search.")
@click.option(
    "--min-elevation",
    "min_elevation_deg",
    required=True,
    metavar="DEG",
    type=float,
    help="Elevation above the horizon from which satellites are seen, in degrees.",
)
@click.option(
    "--out",
    required=True,
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the table goes; its ending says how: .parquet or .csv.",
)
@click.option(
    "--max-epoch-age",
    "max_epoch_age_days",
    default=30.0,
    show_default=True,
    metavar="DAYS",
    type=click.FloatRange(min=0, min_open=True),
    help="Leave out satellites whose elements are further from the start.",
)
@click.option(
    "--propagator",
    default="sgp4",
    show_default=True,
    type=click.Choice(PROPAGATORS),
    help="What computes SGP4; heyoka is faster and a package of its own.",
)
def contacts(
    tle: Path,
    sites: Path,
    start: str,
    hours: float,
    min_elevation_deg: float,
    out: Path,
    max_epoch_age_days: float,
    propagator: str,
) -> None:
    """Write every pass of satellites over sites: rise, culmination, set, ranges.

    Times in the table are seconds from the start. A pass that is under way at the
    start or at the end is marked in the columns cut_start and cut_end. Satellites
    with duplicate, decayed or far too old elements are left out and counted.

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
    if not abs(min_elevation_deg) <= HIGHEST_MASK_DEG:
        raise InputError(
            f"--min-elevation is {min_elevation_deg:g}; "
            f"give degrees from {-HIGHEST_MASK_DEG:g} to {HIGHEST_MASK_DEG:g}."
        )
    if not math.isfinite(max_epoch_age_days):
        raise InputError(
            f"--max-epoch-age is {max_epoch_age_days}; give a number of days above 0."
        )
    if out.exists() and any(p.exists() and out.samefile(p) for p in (tle, sites)):
        raise InputError(f"--out {out} is also an input; choose another name.")
    begin = _moment(start)
    element_sets = _satellites(tle, begin, hours, max_epoch_age_days)
    places = read_masked_sites([(sites, min_elevation_deg)])
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
    click.echo(
        f"{out}: {len(table)} passes of {len(element_sets)} satellites over "
        f"{len(places)} sites"
    )


def _check_ending(out: Path) -> None:
    """Raise ``InputError`` unless the file's ending is that of a known format."""
    if out.suffix not in ENDINGS:
        ending = f"has the ending {out.suffix!r}" if out.suffix else "has no ending"
        raise InputError(f"--out {out}: {ending}; end it with {' or '.join(ENDINGS)}.")


def _satellites(
    path: Path, start: datetime, hours: float, max_epoch_age_days: float
) -> list[ElementSet]:
    """Return the usable satellites of a file, and say how many others there are."""
    everything = read_elements(path)
    select = Select(max_epoch_age_days=max_epoch_age_days)
    try:
        sets, counts = choose(everything, select, start, hours)
    except SettingsError:
        raise InputError(
            f"{path}: none of its {len(everything)} element sets is usable at "
            f"{start.isoformat()}, decayed or with epochs more than "
            f"{max_epoch_age_days:g} days away; choose a start near the epochs or a "
            "greater --max-epoch-age."
        ) from None
    for reason, count in counts.iloc[1:-1].itertuples(index=False):
        if count:
            click.echo(f"{path}: {count} left out ({reason})", err=True)
    return sets


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
