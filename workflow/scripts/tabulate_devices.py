"""Tabulate what each strategy asks of a device: parameters, operations and bits."""

import pandas as pd

import _job
from fedorbit.base.files import read_table, write_table
from fedorbit.report.numbers.devices import DEVICES, device_costs

_job.start(snakemake)
params, given = snakemake.params, snakemake.input
rows = []
for run, ops, ledger in zip(params.runs, given.ops, given.ledgers, strict=True):
    costs = device_costs(read_table(ops), read_table(ledger), params.card)
    rows.append((run["strategy"], run["setting"], *costs))
table = pd.DataFrame(rows, columns=["strategy", "setting", *DEVICES])
write_table(table, snakemake.output.devices)
