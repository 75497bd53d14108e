"""Join what all strategies were forecast to take in the drawn cells with trainings."""

import pandas as pd

import _job
from fedorbit.base.files import read_table, write_table

_job.start(snakemake)
table = pd.concat([read_table(path) for path in snakemake.input.trained])
table = table.sort_values("cell", kind="stable", ignore_index=True)
write_table(table, snakemake.output.forecasts)
print(table.to_string(index=False))
