"""What do ten seeds of a setting take together, against ten in turn?

    snakemake results/fedmeld/rounds.parquet results/experts/rounds.parquet
    python bench/engine_seeds.py

Writes bench/engine_seeds.md. Plans, partitions and models are those of two studies, cut
after some rounds. Both ways take turns in one process, so that a slow minute of the
machine falls on both, and CPU time is counted.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from progress import progress

from fedorbit.base.files import read_table
from fedorbit.base.numerics import variables
from fedorbit.data.datasets import load_dataset
from fedorbit.learn.pretrain.models import load_models, numbered
from fedorbit.learn.run.engine import run_plan, run_seeds
from fedorbit.learn.run.task import Task, tasks_of
from fedorbit.studies.catalogue import load_catalogue, read_config

OUTPUT = Path(__file__).with_suffix(".md")
# Study, strategy and its last round: some seconds of work each.
WORKS = (
    ("fedmeld", "fedmeld", 40),
    ("fedmeld", "hfl", 24),
    ("fedmeld", "centralised", 60),
    ("experts", "ems", 8),
    ("experts", "fl_filled", 2),
)


def tasks_at(study, results: Path, seeds: range) -> list[Task]:
    """Return the tasks of seeds at the study's own values."""
    values = study.own("run", "default")
    dataset = load_dataset(f"data/datasets/{study.values['dataset']}.npz")
    partition = read_table(results / "partitions" / "default.parquet")
    firsts = {}
    if (results / "pretrained").exists():
        models = load_models(results / "pretrained" / "default.safetensors")
        experts = read_table(results / "experts" / "default.parquet")
        firsts = numbered(models, experts)
    return tasks_of(values, dataset, partition, seeds, firsts, by_group=True)


def ratios(ops, tasks: list[Task], turns: int) -> tuple[float, np.ndarray]:
    """Return CPU seconds of a seed alone, and in turn over together by turns."""
    alone, found = [], []
    for _ in range(turns):
        start = time.process_time()
        each = [run_plan(ops, task) for task in tasks]
        middle = time.process_time()
        together = run_seeds(ops, tasks)
        alone.append(middle - start)
        found.append((middle - start) / (time.process_time() - middle))
        if not all(a.equals(b) for a, b in zip(each, together, strict=True)):
            raise SystemExit("seeds together have other bits than alone.")
    return float(np.median(alone)) / len(tasks), np.array(found)


def main(root: Path, seeds: int, turns: int) -> None:
    """Measure all works; write the table."""
    studies = load_catalogue("config", read_config("config", {})).studies
    rows = []
    for study, strategy, last in WORKS:
        progress(f"{study}, {strategy}")
        results = root / study
        ops = read_table(results / "plans" / "default" / strategy / "ops.parquet")
        tasks = tasks_at(studies[study], results, range(seeds))
        alone_s, found = ratios(ops[ops["round"] <= last], tasks, turns)
        rows.append(
            f"| {study} | {strategy} | {last} | {alone_s:.2f} | {np.median(found):.2f} "
            f"| {found.min():.2f} to {found.max():.2f} |"
        )
    progress("")
    text = [
        "# Seeds together",
        "",
        f"Made by `python bench/engine_seeds.py --seeds {seeds} --turns {turns}`, with "
        "portable numerics and one thread. A plan is executed up to a round in each of "
        f"{seeds} seeds, in turn and together; both have the same bits. CPU time of "
        "the process, start and data apart; medians and ranges over the turns.",
        "",
        "| study | strategy | to round | a seed alone, s | times faster | from to |",
        "|---|---|---|---|---|---|",
        *rows,
        "",
    ]
    OUTPUT.write_text("\n".join(text))
    print("\n".join(text))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--turns", type=int, default=3)
    arguments = parser.parse_args()
    portable = variables("portable")
    if any(os.environ.get(key) != value for key, value in portable.items()):
        # Libraries read them as they load.
        again = subprocess.run([sys.executable, *sys.argv], env=os.environ | portable)
        sys.exit(again.returncode)
    main(arguments.results, arguments.seeds, arguments.turns)
