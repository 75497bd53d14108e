"""Draw the time and the bits that strategies take to the target accuracy."""

import _job
from fedorbit.base.files import read_table
from fedorbit.report.claims.claims import load_claims
from fedorbit.report.figures.costs import plot_costs
from fedorbit.report.figures.style import save

_job.start(snakemake)
given, params = snakemake.input, snakemake.params
target = load_claims(given.claims).target_of(params.dataset, given.claims)
metrics = read_table(given.metrics)
own = metrics[metrics["setting"] == "default"]
save(plot_costs(own, params.looks, target, _job.title(params)), snakemake.output.figure)
