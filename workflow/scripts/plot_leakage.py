"""Draw how much clusters use each expert, before and with their own."""

import _job
from fedorbit.base.files import read_table
from fedorbit.data.homes import Homes
from fedorbit.report.figures.leakage import plot_leakage
from fedorbit.report.figures.style import save

_job.start(snakemake)
given = snakemake.input
_, title = _job.drawing(snakemake.params)
figure = plot_leakage(read_table(given.use), Homes.read(given.homes).names, title)
save(figure, snakemake.output.figure, *snakemake.output.printed)
