"""Execute a plan on the data in every seed, and keep the record."""

import sys
from pathlib import Path

import pandas as pd

import _job
from fedorbit.base.files import read_table, write_table
from fedorbit.data.datasets import load_dataset
from fedorbit.learn.pretrain.models import load_models, numbered
from fedorbit.learn.run.checkpoint import Checkpoint, fingerprint
from fedorbit.learn.run.devices import choose_device, together
from fedorbit.learn.run.engine import run_seeds
from fedorbit.learn.run.progress import Progress
from fedorbit.learn.run.task import tasks_of

_job.start(snakemake)
params, paths, wildcards = snakemake.params, snakemake.input, snakemake.wildcards
dataset, partition = load_dataset(paths.dataset), read_table(paths.partition)
values = params.values
of_study, ops = values["model"], read_table(paths.ops)
learns = of_study if of_study["name"] == params.learns else {"name": params.learns}
device = str(choose_device(params.device))
inputs = {key: value for key, value in params.items() if key != "seeds"}
often = snakemake.config["engine"]["checkpoint_operations"]
firsts = load_models(paths.pretrained) if paths.pretrained else {}
if paths.experts:
    firsts = numbered(firsts, read_table(paths.experts))
values = {**values, "model": learns}
tasks = tasks_of(values, dataset, partition, params.seeds, firsts, by_group=True)
records, checkpoints = [], []
for some in together(tasks, device):
    seeds = [task.seed for task in some]
    name = "/".join([*wildcards, f"{len(seeds)}-seeds-from-{seeds[0]}"])
    digest = fingerprint(paths, inputs, name, seeds, device)
    checkpoints.append(Checkpoint(Path("checkpoints") / f"{name}.pt", often, digest))
    found = run_seeds(
        ops,
        some,
        device=device,
        checkpoint=checkpoints[-1],
        progress=Progress(name, screen=sys.__stderr__, log=sys.stderr),
    )
    own = zip(seeds, found, strict=True)
    records += [record.assign(seed=seed) for seed, record in own]
write_table(pd.concat(records, ignore_index=True), snakemake.output.record)
for checkpoint in checkpoints:
    checkpoint.remove()
