"""Deal the training samples out to regions and clients, once for each seed."""

import _job
from fedorbit.base.files import write_table
from fedorbit.data.datasets import load_dataset
from fedorbit.data.homes import Homes
from fedorbit.data.partition import parse_partition, partition_samples

_job.start(snakemake)
dataset = load_dataset(snakemake.input.dataset)
partition = partition_samples(
    dataset.train_y,
    Homes.read(snakemake.input.homes),
    parse_partition(snakemake.params.values["partition"]),
    snakemake.params.seeds,
    getattr(dataset, "train_domain", None),
    getattr(dataset, "held_out", None),
)
write_table(partition, snakemake.output.partition)
