"""Add up what each plan sends, by link and by what it is."""

import pandas as pd

import _job
from fedorbit.base.files import read_table, write_table

_job.start(snakemake)
tables = []
for run, path in zip(snakemake.params.runs, snakemake.input.ledgers, strict=True):
    ledger = read_table(path)
    sums = ledger.groupby(["link", "payload"], as_index=False)["bits"].sum()
    sums.insert(0, "setting", run["setting"])
    sums.insert(0, "strategy", run["strategy"])
    tables.append(sums)
write_table(pd.concat(tables, ignore_index=True), snakemake.output.payloads)
