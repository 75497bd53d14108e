"""Draw the time and the bits that strategies take to the target accuracy."""

import _job
from fedorbit.files import read_table
from fedorbit.report.claims import load_claims
from fedorbit.report.cost_figures import plot_costs
from fedorbit.report.figures import save

_job.start(snakemake)
given, params = snakemake.input, snakemake.params
target = load_claims(given.claims).target_of(params.dataset, given.claims)
metrics = read_table(given.metrics)
own = metrics[metrics["setting"] == "default"]
save(plot_costs(own, params.looks, target, _job.title(params)), snakemake.output.figure)
