"""Tabulate how each strategy ends: accuracies with intervals, rounds and bits."""

import _job
from fedorbit.base.files import read_table, write_json, write_table
from fedorbit.report.numbers.infeasible import with_reasons
from fedorbit.report.numbers.rounds import read_rounds, summary

_job.start(snakemake)
rounds = read_rounds(snakemake.input.rounds, setting="default")
infeasible = read_table(snakemake.input.infeasible)
table = summary(rounds)
own = infeasible[infeasible["setting"] == "default"]
write_table(with_reasons(table, own), snakemake.output.summary)
by_strategy = table.drop(columns="setting").set_index("strategy")
metrics = {name: row.dropna().to_dict() for name, row in by_strategy.iterrows()}
write_json(metrics, snakemake.output.metrics)
