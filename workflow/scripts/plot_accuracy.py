"""Draw accuracy over simulated hours and over what was sent."""

import _job
from fedorbit.report.figures.accuracy import plot_accuracy
from fedorbit.report.figures.style import save
from fedorbit.report.numbers.rounds import LEVELS, read_rounds

_job.start(snakemake)
params = snakemake.params
rounds = read_rounds(snakemake.input.rounds, [*LEVELS, "exchanges"], setting="default")
looks, title = _job.drawing(params)
group = params.drawing["group"]
figure = plot_accuracy(rounds, looks, params.hours, title, group)
save(figure, snakemake.output.figure, *snakemake.output.printed)
