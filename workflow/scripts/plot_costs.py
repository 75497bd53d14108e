"""Draw the time and the bits that strategies take to the target accuracy."""

import _job
from fedorbit.base.files import read_table
from fedorbit.report.figures.costs import plot_costs
from fedorbit.report.figures.style import save

_job.start(snakemake)
metrics, params = read_table(snakemake.input.metrics), snakemake.params
looks, title = _job.drawing(params)
own = metrics[metrics["setting"] == "default"]
figure = plot_costs(own, looks, params.target_accuracy, title)
save(figure, snakemake.output.figure, *snakemake.output.printed)
