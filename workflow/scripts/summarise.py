"""Tabulate how each strategy ends: accuracies with intervals, rounds and bits."""

import _job
from fedorbit.files import read_table, write_table
from fedorbit.report.tables import summary

_job.start(snakemake)
rounds = read_table(snakemake.input.rounds)
write_table(summary(rounds[rounds["setting"] == "default"]), snakemake.output.summary)
