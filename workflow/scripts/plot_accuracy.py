"""Draw accuracy over simulated hours and the bits that each strategy sent."""

import _job
from fedorbit.base.files import read_table
from fedorbit.report.figures.style import plot_accuracy, save

_job.start(snakemake)
rounds, params = read_table(snakemake.input.rounds), snakemake.params
looks, title = _job.drawing(params)
save(plot_accuracy(rounds, looks, params.hours, title), snakemake.output.figure)
