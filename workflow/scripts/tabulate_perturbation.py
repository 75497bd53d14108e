"""Tabulate what became of exchanges planned with old elements, and of accuracy."""

import _job
from fedorbit.base.files import read_table, write_table
from fedorbit.report.numbers.perturbation import perturbation_table
from fedorbit.report.numbers.rounds import collect_rounds

_job.start(snakemake)
paths, settings = snakemake.input, snakemake.params.values["perturbation"]
exchanges, rounds = {}, {}
run = {"strategy": "fedmeld", "setting": "default", "hours": snakemake.params.hours}
for age_days, table, *of_run in zip(
    settings["ages_days"],
    *(paths.exchanges, paths.records, paths.ops, paths.ledgers),
    strict=True,
):
    exchanges[age_days] = read_table(table)
    rounds[age_days] = collect_rounds(*map(read_table, of_run), run)
table = perturbation_table(exchanges, rounds, settings["patience_s"])
write_table(table, snakemake.output.table)
print(table.to_string(index=False))
