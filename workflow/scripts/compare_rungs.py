"""Compare passes and flights by each theory of motion with those by SGP4."""

from datetime import datetime

import _job
from fedorbit.base.files import write_table
from fedorbit.orbits.lists import read_constellation
from fedorbit.orbits.settings import Comparison
from fedorbit.orbits.sites import read_masked_sites, unseen
from fedorbit.report.numbers.comparison import compare_rungs, joined
from fedorbit.report.numbers.ladder import ladder_table

_job.start(snakemake)
params = snakemake.params
sites = read_masked_sites([(snakemake.input.regions, params.mask_deg)])
windows, flights = joined(
    compare_rungs(
        read_constellation(snakemake.input.constellation),
        sites,
        datetime.fromisoformat(params.start),
        params.hours,
        Comparison(**params.comparison),
    )
)
for sentence in unseen(windows, sites, params.hours):
    _job.say(sentence)
write_table(windows, snakemake.output.windows)
write_table(flights, snakemake.output.flights)
write_table(ladder_table(windows), snakemake.output.ladder)
print(ladder_table(windows).to_string(index=False))
