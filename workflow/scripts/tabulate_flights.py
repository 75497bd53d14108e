"""Tabulate flights between regions: as planned, as flown, and the soonest possible."""

import pandas as pd

import _job
from fedorbit.base.files import read_table, write_table
from fedorbit.report.numbers.ladder import flights_table

_job.start(snakemake)
tables = [read_table(path) for path in snakemake.input.flights]
flights = pd.concat([t for t in tables if len(t)], ignore_index=True)
write_table(flights_table(flights), snakemake.output.flights)
