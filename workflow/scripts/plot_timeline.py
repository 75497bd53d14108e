"""Draw who trains, sends, waits and flies in the first hours."""

import _job
from fedorbit.data.homes import Homes
from fedorbit.orbits.sites import read_sites
from fedorbit.plans.plan import Plan
from fedorbit.report.figures.style import save
from fedorbit.report.figures.timeline import plot_timeline

_job.start(snakemake)
paths = zip(snakemake.input.ops, snakemake.input.ledgers, strict=True)
plans = dict(
    zip(snakemake.params.strategies, (Plan.read(*pair) for pair in paths), strict=True)
)
figure = plot_timeline(
    plans,
    Homes.read(snakemake.input.homes),
    list(read_sites(given)["name"]) if (given := snakemake.input.stations) else [],
    snakemake.params.looks,
    snakemake.params.hours,
)
save(figure, snakemake.output.figure, *snakemake.output.printed)
