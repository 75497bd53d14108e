"""Draw what old elements do to exchanges between regions, and to accuracy."""

import _job
from fedorbit.base.files import read_table
from fedorbit.report.figures.perturbation import plot_perturbation
from fedorbit.report.figures.style import save

_job.start(snakemake)
params = snakemake.params
looks, title = _job.drawing(params)
figure = plot_perturbation(
    read_table(snakemake.input.table),
    params.values["perturbation"]["patience_s"],
    looks["fedmeld"],
    title,
)
save(figure, snakemake.output.figure, *snakemake.output.printed)
