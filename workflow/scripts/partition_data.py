"""Deal the training samples out to regions and clients, once for each seed."""

import _job
from fedorbit.base.files import write_table
from fedorbit.data.datasets import load_dataset
from fedorbit.data.homes import region_homes
from fedorbit.data.partition import parse_partition, partition_samples
from fedorbit.orbits.sites import read_sites

_job.start(snakemake)
regions = list(read_sites(snakemake.input.regions)["name"])
partition = partition_samples(
    load_dataset(snakemake.input.dataset).train_y,
    region_homes(regions, snakemake.params.clients_per_region),
    parse_partition(snakemake.params.partition),
    snakemake.params.seeds,
)
write_table(partition, snakemake.output.partition)
