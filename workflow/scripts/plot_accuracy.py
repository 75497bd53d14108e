"""Draw accuracy over simulated hours and over what was sent."""

import _job
from fedorbit.base.files import read_table
from fedorbit.report.figures.accuracy import plot_accuracy
from fedorbit.report.figures.style import save

_job.start(snakemake)
rounds, params = read_table(snakemake.input.rounds), snakemake.params
looks, title = _job.drawing(params)
group = params.drawing["group"]
figure = plot_accuracy(rounds, looks, params.hours, title, group)
save(figure, snakemake.output.figure)
