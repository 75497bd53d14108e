"""Tabulate how each strategy ends: accuracies with intervals, rounds and bits."""

import _job
from fedorbit.files import read_table, write_table
from fedorbit.report.tables import summary

_job.start(snakemake)
write_table(summary(read_table(snakemake.input.rounds)), snakemake.output.summary)
