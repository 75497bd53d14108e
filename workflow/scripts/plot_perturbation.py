"""Draw what old elements do to exchanges between regions, and to accuracy."""

import _job
from fedorbit.base.files import read_table
from fedorbit.report.figures.perturbation import plot_perturbation
from fedorbit.report.figures.style import save

_job.start(snakemake)
params = snakemake.params
figure = plot_perturbation(
    read_table(snakemake.input.table),
    params.values["perturbation"]["patience_s"],
    params.looks["fedmeld"],
    _job.title(params),
)
save(figure, snakemake.output.figure)
