"""Tabulate how each strategy ends: accuracies with intervals, rounds and bits."""

import _job
from fedorbit.base.files import read_table, write_json, write_table
from fedorbit.report.numbers.rounds import summary

_job.start(snakemake)
rounds = read_table(snakemake.input.rounds)
table = summary(rounds[rounds["setting"] == "default"])
write_table(table, snakemake.output.summary)
by_strategy = table.drop(columns="setting").set_index("strategy")
metrics = {name: row.dropna().to_dict() for name, row in by_strategy.iterrows()}
write_json(metrics, snakemake.output.metrics)
