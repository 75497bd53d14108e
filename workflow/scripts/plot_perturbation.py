"""Draw lost carries, flight times and waiting against the age of elements."""

import _job
from fedorbit.files import read_table
from fedorbit.report.figures import save
from fedorbit.report.perturbation import plot_perturbation

_job.start(snakemake)
table = read_table(snakemake.input.perturbation)
own = table[table["patience_s"] == snakemake.params.patience_s]
save(plot_perturbation(own), snakemake.output.figure)
