"""Which part of a run does evaluation take?

    python bench/evaluation.py STUDY SCALE STRATEGY

executes the first tenth of a plan that `snakemake` has made under a scale, the first
seed on one thread, and prints the seconds of evaluation and of all else.
"""

import sys
from pathlib import Path
from time import perf_counter

from fedorbit.base.files import read_table
from fedorbit.base.yaml_files import read_yaml
from fedorbit.data.datasets import load_dataset
from fedorbit.learn.model import parse_model
from fedorbit.learn.run import engine
from fedorbit.learn.run.task import make_task
from fedorbit.learn.settings import Evaluation, Training
from fedorbit.studies.config import load_config
from fedorbit.studies.study import load_study

name, scale, strategy = sys.argv[1:]
config = load_config(read_yaml("config/config.yaml", ""), "config/config.yaml")
found = load_study("config", name, scale)
study, results = found.values, Path("results") / found.name
task = make_task(
    load_dataset(f"data/datasets/{study['dataset']}.npz"),
    read_table(results / "partitions" / "default.parquet"),
    parse_model(study["model"]),
    Training(**study["training"]),
    Evaluation(**study["evaluation"]),
    config.seeds[0],
)
ops = read_table(results / "plans" / "default" / strategy / "ops.parquet")
evaluate, spent_s = engine.evaluate, 0.0


def timed(*arguments):
    """Evaluate, and add the time that it takes."""
    global spent_s
    began = perf_counter()
    scores = evaluate(*arguments)
    spent_s += perf_counter() - began
    return scores


engine.evaluate = timed
began = perf_counter()
engine.run_plan(ops.iloc[: len(ops) // 10], task)
total_s = perf_counter() - began
print(f"evaluation {spent_s:.2f} s, all else {total_s - spent_s:.2f} s")
