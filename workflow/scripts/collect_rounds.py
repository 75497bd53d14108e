"""Join the records of all runs with the bits they had sent by then.

One run after the other is written, as all may be more than fits into memory.
"""

import _job
from fedorbit.base.files import read_table, write_parts
from fedorbit.report.numbers.rounds import SCHEMA, collect_rounds

_job.start(snakemake)
given, made = snakemake.input, snakemake.output
parts = (
    collect_rounds(*map(read_table, paths), run)
    for *paths, run in zip(
        given.records, given.ops, given.ledgers, snakemake.params.runs, strict=True
    )
)
write_parts(parts, SCHEMA, made.rounds, made.csv)
