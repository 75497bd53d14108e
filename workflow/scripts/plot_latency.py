"""Draw what all rounds take, by legs."""

import _job
from fedorbit.base.files import read_table
from fedorbit.report.figures.latency import plot_latency
from fedorbit.report.figures.style import save

_job.start(snakemake)
params = snakemake.params
_, title = _job.drawing(params)
totals = read_table(snakemake.input.totals)
figure = plot_latency(totals, params.speed, title)
save(figure, snakemake.output.figure, *snakemake.output.printed)
