"""Draw who holds which samples, for the first seed."""

import _job
from fedorbit.base.files import read_table
from fedorbit.data.datasets import load_dataset
from fedorbit.data.homes import Homes
from fedorbit.report.figures.partition import plot_partition
from fedorbit.report.figures.style import save

_job.start(snakemake)
partition = read_table(snakemake.input.partition)
figure = plot_partition(
    partition[partition["seed"] == snakemake.params.seed],
    load_dataset(snakemake.input.dataset).train_y,
    Homes.read(snakemake.input.homes).names,
)
save(figure, snakemake.output.figure, *snakemake.output.printed)
