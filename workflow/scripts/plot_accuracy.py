"""Draw accuracy over simulated hours and the bits that each strategy sent."""

import _job
from fedorbit.base.files import read_table
from fedorbit.report.figures.style import plot_accuracy, save

_job.start(snakemake)
params = snakemake.params
rounds = read_table(snakemake.input.rounds)
figure = plot_accuracy(rounds, params.looks, params.hours, _job.title(params))
save(figure, snakemake.output.figure)
