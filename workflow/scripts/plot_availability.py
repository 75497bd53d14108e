"""Draw which models clients anywhere on Earth can get, how old and how good."""

import _job
from fedorbit.base.files import read_table
from fedorbit.orbits.sites import read_sites
from fedorbit.report.figures.availability import plot_availability
from fedorbit.report.figures.style import save

_job.start(snakemake)
paths = snakemake.input
looks, title = _job.drawing(snakemake.params)
figure = plot_availability(
    read_table(paths.table),
    read_table(paths.places),
    read_sites(paths.regions),
    read_table(paths.coastlines),
    looks,
    title,
)
save(figure, snakemake.output.figure, *snakemake.output.printed)
