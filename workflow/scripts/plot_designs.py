"""Draw the hours from one global average to the next in all cells of a grid."""

import _job
from fedorbit.base.files import read_table
from fedorbit.report.figures.designs import plot_designs
from fedorbit.report.figures.style import save

_job.start(snakemake)
looks, title = _job.drawing(snakemake.params)
figure = plot_designs(read_table(snakemake.input.designs), looks, title)
save(figure, snakemake.output.figure, *snakemake.output.printed)
