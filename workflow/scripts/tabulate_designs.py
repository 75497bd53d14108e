"""Join the cells that all jobs have planned with the forecast of training."""

import json
from pathlib import Path

import pandas as pd

import _job
from fedorbit.base.files import read_table, write_table
from fedorbit.report.numbers.designs import with_forecast

_job.start(snakemake)
cells = pd.concat([read_table(path) for path in snakemake.input.cells])
forecasts = json.loads(Path(snakemake.input.forecast).read_text())["forecasts"]
table = with_forecast(cells, forecasts, snakemake.params.hours)
write_table(table, snakemake.output.designs)
print(table.groupby("strategy")["hours_per_average"].describe().to_string())
