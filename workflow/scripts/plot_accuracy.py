"""Draw accuracy over simulated hours and over what was sent."""

import _job
from fedorbit.report.figures.accuracy import plot_accuracy
from fedorbit.report.figures.style import save
from fedorbit.report.numbers.rounds import read_curves

_job.start(snakemake)
params = snakemake.params
rounds = read_curves(snakemake.input.rounds)
looks, title = _job.drawing(params)
group = params.drawing["group"]
figure = plot_accuracy(rounds, looks, params.hours, title, group)
save(figure, snakemake.output.figure, *snakemake.output.printed)
