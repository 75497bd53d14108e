"""Write data/tle/starlink-53: every sixth satellite of Starlink's 53-degree shells.

Takes whole lists of several days, each with three lines for a satellite and a day at
the end of its name, as starlink-2023-07-17.tle. The lines are copied as they are.

python scripts/excerpt.py FOLDER/starlink-*.tle
"""

import gzip
from pathlib import Path

import click

from fedorbit.base.errors import InputError
from fedorbit.base.files import whole
from fedorbit.orbits.ageing import load_snapshot
from fedorbit.orbits.choice import choose
from fedorbit.orbits.sources import Select

FOLDER = Path("data/tle/starlink-53")
EVERY = 6
SHELLS = Select(
    altitude_km=[530, 560], inclination_deg=[52.5, 53.5], max_epoch_age_days=3
)
"""The bands of the study ``orbits``."""


def in_shells(path: Path) -> set[int]:
    """Return the catalogue numbers that a list has in the shells."""
    snapshot = load_snapshot(path)
    chosen, _ = choose(snapshot.sets, SHELLS, snapshot.epoch, hours=24)
    return {satellite.number for satellite in chosen}


def excerpt(path: Path, numbers: set[int]) -> str:
    """Return the lines of some satellites of a list, in its order."""
    lines = path.read_text(encoding="ascii").splitlines()
    sets = zip(lines[::3], lines[1::3], lines[2::3], strict=True)
    return "".join("\n".join(s) + "\n" for s in sets if int(s[1][2:7]) in numbers)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
def write(paths: tuple[Path, ...]) -> None:
    """Write the excerpt of each list, of the same satellites."""
    try:
        shells = set().union(*map(in_shells, paths))
    except InputError as error:
        raise click.ClickException(str(error)) from None
    numbers = {number for number in shells if number % EVERY == 0}
    for path in paths:
        day = "-".join(path.stem.split("-")[-3:])
        with whole(FOLDER / f"{day}.tle.gz") as unfinished:
            content = excerpt(path, numbers).encode("ascii")
            unfinished.write_bytes(gzip.compress(content, mtime=0))


if __name__ == "__main__":
    write()
