"""Measure how unlike the data of clients and of regions are, for each seed."""

import numpy as np

import _job
from fedorbit.base.files import read_table, write_table
from fedorbit.data.convex import softmax_optimum
from fedorbit.data.datasets import load_dataset
from fedorbit.data.heterogeneity import measure_heterogeneity

_job.start(snakemake)
dataset = load_dataset(snakemake.input.dataset)
(x, _), y, classes = dataset.features(), dataset.train_y, dataset.classes
weight_decay = snakemake.params.weight_decay


def least_loss(samples: np.ndarray) -> float:
    """Return the least loss of softmax regression on some of the samples."""
    return softmax_optimum(x[samples], y[samples], classes, weight_decay)[2]


table = measure_heterogeneity(
    read_table(snakemake.input.partition), y, least_loss if weight_decay > 0 else None
)
write_table(table, snakemake.output.heterogeneity)
