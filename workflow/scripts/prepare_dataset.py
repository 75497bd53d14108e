"""Prepare a dataset once, as arrays with a training and a test part."""

import _job
from fedorbit.data.datasets import DATASETS, save_dataset

_job.start(snakemake)
save_dataset(DATASETS[snakemake.wildcards.dataset](), snakemake.output.dataset)
