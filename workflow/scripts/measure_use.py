"""Measure what each cluster uses of each expert, before and with its own experts."""

import pandas as pd
import torch

import _job
from fedorbit.base.files import read_table, write_table
from fedorbit.data.datasets import load_dataset
from fedorbit.data.partition import group_column
from fedorbit.learn.model import build_network, parse_model
from fedorbit.learn.pretrain.leakage import use_table
from fedorbit.learn.pretrain.models import load_models

_job.start(snakemake)
given = snakemake.input
dataset, partition = load_dataset(given.dataset), read_table(given.partition)
experts = read_table(given.experts).rename(columns={"mass": "before"})
model = parse_model(snakemake.params.model)
network = build_network(model, dataset.shape, dataset.classes)
x = network.once(torch.from_numpy(dataset.features()[0]))
tables = []
for seed, params in load_models(given.models).items():
    own = partition[partition["seed"] == seed].groupby(group_column(partition))
    held = {cluster: rows["sample"].to_numpy() for cluster, rows in own}
    has = experts[(experts["seed"] == seed) & experts["assigned"]].groupby("cluster")
    assigned = {cluster: rows["expert"].tolist() for cluster, rows in has}
    after = use_table(network, params, x, held, assigned).assign(seed=seed)
    tables.append(after.rename(columns={"mass": "after"}))
use = experts.merge(pd.concat(tables), on=["seed", "cluster", "expert"])
columns = ["seed", "cluster", "number", "assigned", "before", "after"]
write_table(use[columns], snakemake.output.use)
