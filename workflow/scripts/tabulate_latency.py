"""Put the legs of all settings into one table."""

import pandas as pd

import _job
from fedorbit.base.files import read_table, write_table

_job.start(snakemake)
settings, paths = snakemake.params.settings, snakemake.input.latencies
tables = []
for setting, path in zip(settings, paths, strict=True):
    table = read_table(path)
    table.insert(0, "setting", setting)
    tables.append(table)
write_table(pd.concat(tables, ignore_index=True), snakemake.output.latency)
