"""Join the records of all strategies with the bits they had sent by then."""

import pandas as pd

import _job
from fedorbit.files import read_table, write_table
from fedorbit.report.tables import collect_rounds

_job.start(snakemake)
strategies, seeds = snakemake.params.strategies, snakemake.params.seeds
tables = []
for number, strategy in enumerate(strategies):
    runs = snakemake.input.records[number * len(seeds) : (number + 1) * len(seeds)]
    record = pd.concat(map(read_table, runs), ignore_index=True)
    ledger = read_table(snakemake.input.ledgers[number])
    tables.append(collect_rounds(record, ledger, strategy, "default"))
write_table(pd.concat(tables, ignore_index=True), snakemake.output.rounds)
