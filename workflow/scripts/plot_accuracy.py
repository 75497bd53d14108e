"""Draw accuracy over simulated hours and the bits that each strategy sent."""

import _job
from fedorbit.files import read_table
from fedorbit.report.figures import plot_accuracy, save
from fedorbit.sweeps import DEFAULT

_job.start(snakemake)
params = snakemake.params
title = (
    f"learned: {params.model['name']} on {params.dataset}; "
    f"times and bits: {params.card['name']}; scale: {params.scale}"
)
rounds = read_table(snakemake.input.rounds)
figure = plot_accuracy(
    rounds[rounds["setting"] == DEFAULT], params.looks, params.hours, title
)
save(figure, snakemake.output.figure)
