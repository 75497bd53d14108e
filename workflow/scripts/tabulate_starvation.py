"""Tabulate how often each region trains and hears of others, by strategy."""

import pandas as pd

import _job
from fedorbit.base.files import read_table, write_table
from fedorbit.data.homes import region_homes
from fedorbit.orbits.sites import read_sites
from fedorbit.plans.readings.starvation import starvation, starved

_job.start(snakemake)
params = snakemake.params
regions = list(read_sites(snakemake.input.regions)["name"])
homes = region_homes(regions, params.clients_per_region)
tables = []
for strategy, path in zip(params.strategies, snakemake.input.ops, strict=True):
    table = starvation(read_table(path), homes, 3600 * params.hours)
    print(f"{strategy}: {starved(table)}")
    tables.append(table.assign(strategy=strategy))
joined = pd.concat(tables, ignore_index=True)
joined.insert(0, "strategy", joined.pop("strategy"))
write_table(joined, snakemake.output.starvation)
