"""Tabulate accuracy, time and bits to a target of all runs, with what plans tell."""

import pandas as pd

import _job
from fedorbit.base.files import read_table, write_table
from fedorbit.report.numbers.metrics import metrics, per_run

_job.start(snakemake)
given = snakemake.input
runs = per_run(read_table(given.rounds), snakemake.params.target_accuracy)
# The last digit of a number counts, which pandas by default does not promise.
plans = pd.read_csv(given.plans, float_precision="round_trip")
write_table(metrics(runs, plans), snakemake.output.metrics)
