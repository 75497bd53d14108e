"""Draw how many global averages hierarchical FL has with each station alone."""

import _job
from fedorbit.base.files import read_table
from fedorbit.orbits.sites import read_sites
from fedorbit.report.figures.stations import plot_stations
from fedorbit.report.figures.style import save

_job.start(snakemake)
paths = snakemake.input
_, title = _job.drawing(snakemake.params)
figure = plot_stations(
    read_table(paths.table),
    list(read_sites(paths.stations)["name"]),
    read_sites(paths.regions),
    read_table(paths.coastlines),
    title,
)
save(figure, snakemake.output.figure, *snakemake.output.printed)
