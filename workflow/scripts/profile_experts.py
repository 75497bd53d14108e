"""Measure the mean gate of each expert on the data of each cluster, for each seed."""

import pandas as pd
import torch

import _job
from fedorbit.base.files import read_table, write_table
from fedorbit.data.datasets import load_dataset
from fedorbit.data.partition import group_column
from fedorbit.learn.model import build_network, parse_model
from fedorbit.learn.pretrain.leakage import mass_table
from fedorbit.learn.pretrain.models import load_models

_job.start(snakemake)
given = snakemake.input
dataset, partition = load_dataset(given.dataset), read_table(given.partition)
model = parse_model(snakemake.params.model)
network = build_network(model, dataset.shape, dataset.classes)
x = network.once(torch.from_numpy(dataset.features()[0]))
tables = []
for seed, params in load_models(given.models).items():
    own = partition[partition["seed"] == seed].groupby(group_column(partition))
    held = {cluster: rows["sample"].to_numpy() for cluster, rows in own}
    tables.append(mass_table(network, params, x, held).assign(seed=seed))
table = pd.concat(tables, ignore_index=True)
write_table(table[["seed", "cluster", "expert", "mass"]], snakemake.output.mass)
