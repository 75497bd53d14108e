"""Draw what trainings took to the target against what was forecast."""

import _job
from fedorbit.base.files import read_table
from fedorbit.report.figures.designs import plot_forecasts
from fedorbit.report.figures.style import save

_job.start(snakemake)
params = snakemake.params
looks, title = _job.drawing(params)
table = read_table(snakemake.input.forecasts)
figure = plot_forecasts(table, looks, params.target_accuracy, title)
save(figure, snakemake.output.figure, *snakemake.output.printed)
