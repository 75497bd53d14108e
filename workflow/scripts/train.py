"""Execute a plan on the data, once for each seed, and keep the record."""

from dataclasses import replace

import pandas as pd

import _job
from fedorbit.data.datasets import load_dataset
from fedorbit.files import read_table, write_table
from fedorbit.learn.engine import make_task, run_plan
from fedorbit.learn.models import build_network
from fedorbit.learn.settings import Model, Training

_job.start(snakemake)
ops = read_table(snakemake.input.ops)
partition = read_table(snakemake.input.partition)
dataset = load_dataset(snakemake.input.dataset)
dataset = replace(
    dataset,
    train_x=dataset.train_x.reshape(len(dataset.train_x), -1),
    test_x=dataset.test_x.reshape(len(dataset.test_x), -1),
)
network = build_network(
    Model(**snakemake.params.model), dataset.train_x.shape[1], dataset.classes
)
training = Training(**snakemake.params.training)
records = []
for seed in snakemake.params.seeds:
    record = run_plan(ops, make_task(dataset, partition, network, training, seed))
    records.append(record.assign(seed=seed))
    print(f"seed {seed}: final accuracy {record['accuracy'].iloc[-1]:.3f}")
write_table(pd.concat(records, ignore_index=True), snakemake.output.record)
