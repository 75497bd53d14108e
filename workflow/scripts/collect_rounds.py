"""Join the records of all runs with the bits they had sent by then."""

import pandas as pd

import _job
from fedorbit.base.files import read_table, write_table
from fedorbit.report.numbers.rounds import collect_rounds

_job.start(snakemake)
given = snakemake.input
tables = [
    collect_rounds(*map(read_table, paths), run)
    for *paths, run in zip(
        given.records, given.ops, given.ledgers, snakemake.params.runs, strict=True
    )
]
some = [table for table in tables if len(table)] or tables[:1]
write_table(pd.concat(some, ignore_index=True), snakemake.output.rounds)
