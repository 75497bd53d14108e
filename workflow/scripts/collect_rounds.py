"""Join the records of all runs with the bits they had sent by then."""

import pandas as pd

import _job
from fedorbit.base.files import read_table, write_table
from fedorbit.report.numbers.rounds import collect_rounds

_job.start(snakemake)
paths = zip(snakemake.input.records, snakemake.input.ledgers, strict=True)
tables = [
    collect_rounds(
        read_table(record), read_table(ledger), run["strategy"], run["setting"]
    )
    for (record, ledger), run in zip(paths, snakemake.params.runs, strict=True)
]
some = [table for table in tables if len(table)] or tables[:1]
write_table(pd.concat(some, ignore_index=True), snakemake.output.rounds)
