"""Execute a plan on the data for one seed, and keep the record."""

import sys
from pathlib import Path

import _job
from fedorbit.data.datasets import load_dataset
from fedorbit.files import read_table, write_table
from fedorbit.learn.checkpoint import Checkpoint, fingerprint
from fedorbit.learn.engine import choose_device, run_plan
from fedorbit.learn.progress import Progress
from fedorbit.learn.settings import Evaluation, Training, parse_model
from fedorbit.learn.task import make_task

_job.start(snakemake)
params, wildcards = snakemake.params, snakemake.wildcards
name = f"{wildcards.study}/{wildcards.strategy}/seed-{wildcards.seed}"
task = make_task(
    load_dataset(snakemake.input.dataset),
    read_table(snakemake.input.partition),
    parse_model(params.model),
    Training(**params.training),
    Evaluation(**params.evaluation),
    int(wildcards.seed),
)
device = str(choose_device(params.device))
checkpoint = Checkpoint(
    Path("checkpoints") / f"{name}.pt",
    snakemake.config["engine"]["checkpoint_operations"],
    fingerprint(snakemake.input, dict(params), name, device),
)
record = run_plan(
    read_table(snakemake.input.ops),
    task,
    device=device,
    checkpoint=checkpoint,
    progress=Progress(name, screen=sys.__stderr__, log=sys.stderr),
)
write_table(record.assign(seed=task.seed), snakemake.output.record)
checkpoint.remove()
