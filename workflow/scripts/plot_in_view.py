"""Draw the satellites in view by latitude."""

import _job
from fedorbit.base.files import read_table
from fedorbit.orbits.sites import read_sites
from fedorbit.report.figures.sky import plot_in_view
from fedorbit.report.figures.style import save

_job.start(snakemake)
table = read_table(snakemake.input.in_view)
save(
    plot_in_view(table, read_sites(snakemake.input.regions)),
    snakemake.output.figure,
    *snakemake.output.printed,
)
