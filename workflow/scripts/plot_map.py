"""Draw regions, stations and the ground track of a satellite that carries a model."""

from datetime import datetime

import _job
from fedorbit.base.files import read_table
from fedorbit.orbits.lists import read_constellation
from fedorbit.orbits.sites import read_sites
from fedorbit.report.figures.map import plot_map
from fedorbit.report.figures.style import save
from fedorbit.report.numbers.track import first_carry, ground_track

_job.start(snakemake)
start = datetime.fromisoformat(snakemake.params.start)
carry = first_carry([read_table(path) for path in snakemake.input.ledgers])
is_carried = carry is not None
places = (snakemake.input.regions, snakemake.input.stations)
satellites = read_constellation(snakemake.input.constellation)
figure = plot_map(
    read_table(snakemake.input.coastlines),
    *(read_sites(path) if path else None for path in places),
    ground_track(satellites, start, carry) if is_carried else None,
    carry["sender"] if is_carried else None,
    snakemake.params.group,
)
save(figure, snakemake.output.figure, *snakemake.output.printed)
