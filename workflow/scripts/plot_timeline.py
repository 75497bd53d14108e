"""Draw who trains, sends, waits and flies in the first hours."""

import _job
from fedorbit.data.homes import region_homes
from fedorbit.orbits.sites import read_sites
from fedorbit.plans.plan import Plan
from fedorbit.report.figures.style import save
from fedorbit.report.figures.timeline import plot_timeline

_job.start(snakemake)
paths = zip(snakemake.input.ops, snakemake.input.ledgers, strict=True)
plans = dict(
    zip(snakemake.params.strategies, (Plan.read(*pair) for pair in paths), strict=True)
)
regions = list(read_sites(snakemake.input.regions)["name"])
figure = plot_timeline(
    plans,
    region_homes(regions, snakemake.params.clients_per_region),
    list(read_sites(snakemake.input.stations)["name"]),
    snakemake.params.looks,
    snakemake.params.hours,
)
save(figure, snakemake.output.figure)
