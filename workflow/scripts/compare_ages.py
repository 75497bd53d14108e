"""Compare passes and flights by older elements of real satellites with newer ones."""

import _job
from fedorbit.base.files import write_table
from fedorbit.orbits.ageing import pair_up
from fedorbit.orbits.settings import Ageing, Comparison
from fedorbit.orbits.sites import read_masked_sites
from fedorbit.report.numbers.comparison import compare_ages, joined
from fedorbit.report.numbers.ladder import ageing_table

_job.start(snakemake)
params = snakemake.params
sites = read_masked_sites([(snakemake.input.regions, params.mask_deg)])
ageing = Ageing(**params.ageing)
pairs = pair_up(snakemake.input.snapshots, ageing)
compare = Comparison(**params.comparison)
windows, flights = joined(compare_ages(pairs, sites, ageing.hours, compare))
write_table(windows, snakemake.output.windows)
write_table(flights, snakemake.output.flights)
table = ageing_table(pairs, windows)
write_table(table, snakemake.output.ageing)
print(table.to_string(index=False))
