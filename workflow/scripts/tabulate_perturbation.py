"""Tabulate what became of exchanges planned with old elements, and of accuracy."""

import _job
from fedorbit.base.files import read_table, write_table
from fedorbit.report.numbers.perturbation import perturbation_table
from fedorbit.report.numbers.rounds import collect_rounds

_job.start(snakemake)
paths, settings = snakemake.input, snakemake.params.values["perturbation"]
exchanges, rounds = {}, {}
for age_days, *of_age in zip(
    settings["ages_days"], paths.exchanges, paths.records, paths.ledgers, strict=True
):
    table, record, ledger = map(read_table, of_age)
    exchanges[age_days] = table
    rounds[age_days] = collect_rounds(record, ledger, "fedmeld", "default")
table = perturbation_table(exchanges, rounds, settings["patience_s"])
write_table(table, snakemake.output.table)
print(table.to_string(index=False))
