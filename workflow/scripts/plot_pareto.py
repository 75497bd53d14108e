"""Draw which numbers of satellites buy which hours."""

import _job
from fedorbit.base.files import read_table
from fedorbit.report.figures.designs import plot_pareto
from fedorbit.report.figures.style import save

_job.start(snakemake)
looks, title = _job.drawing(snakemake.params)
figure = plot_pareto(read_table(snakemake.input.designs), looks, title)
save(figure, snakemake.output.figure, *snakemake.output.printed)
