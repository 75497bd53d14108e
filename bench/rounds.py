"""What do jobs that read all rounds of a large study take of time and memory?

Rounds are made by rule: a hundred runs of ten seeds and ten regions. Each job has a
process of its own, whose peak of memory the operating system tells.

python bench/rounds.py
"""

import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np
import pandas as pd

from fedorbit.base.files import read_table, write_parts
from fedorbit.report.numbers.metrics import per_run
from fedorbit.report.numbers.rounds import (
    BITS,
    LEVELS,
    ROUNDS,
    SCHEMA,
    group_means,
    read_rounds,
    summary,
)

REPORT = Path(__file__).with_suffix(".md")
STRATEGIES, SETTINGS, SEEDS, REGIONS = 10, 10, 10, 10
SIZES = (1_000_000, 10_000_000)
EXCHANGE_ROUNDS = 8
ROUND_S = 40.0
MODEL_BITS = 32_000_000
CSV, PARQUET = "rounds.csv", "rounds.parquet"


def made_run(strategy: int, setting: int, rounds: int) -> pd.DataFrame:
    """Return the tidy rounds of one run."""
    shape = (SEEDS, rounds, REGIONS)
    seed, number, region = (axis.ravel() for axis in np.indices(shape))
    draws = np.random.default_rng((strategy, setting)).random((2, seed.size))
    models = np.array([f"region/Region {n}" for n in range(REGIONS)])
    return pd.DataFrame(
        {
            "strategy": f"strategy_{strategy}",
            "setting": f"mixing_ratio=0.{setting}" if setting else "default",
            "seed": seed,
            "round": number,
            "time_s": ROUND_S * number + region / 10,
            "model": models[region],
            "group": "region",
            "part": "test",
            "accuracy": draws[0],
            "loss": draws[1],
            **dict.fromkeys(BITS.values(), MODEL_BITS * number),
            "exchanges": number // EXCHANGE_ROUNDS,
            "weight_s": ROUND_S,
        }
    )[ROUNDS]


def made_runs(rows: int) -> Iterator[pd.DataFrame]:
    """Return one run after the other, of ``rows`` in all."""
    rounds = rows // (STRATEGIES * SETTINGS * SEEDS * REGIONS)
    for run in range(STRATEGIES * SETTINGS):
        yield made_run(*divmod(run, SETTINGS), rounds)


JOBS = {
    "write both, run by run": lambda folder, rows: write_parts(
        made_runs(rows), SCHEMA, folder / PARQUET, folder / CSV
    ),
    "read the CSV alone": lambda folder, rows: read_table(folder / CSV),
    "read the Parquet alone": lambda folder, rows: read_rounds(folder / PARQUET),
    "summary of the default": lambda folder, rows: summary(
        read_rounds(folder / PARQUET, setting="default")
    ),
    "levels of all runs, for a figure": lambda folder, rows: group_means(
        read_rounds(folder / PARQUET, LEVELS)
    ),
    "metrics of all runs": lambda folder, rows: per_run(
        read_rounds(folder / PARQUET), 0.99
    ),
}


def measured(job: str, folder: str, rows: int) -> tuple[float, float]:
    """Return processor seconds and GB at the peak of a job in its own process."""
    command = [sys.executable, __file__, "--job", job, folder, str(rows)]
    output = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, gigabytes = map(float, output.stdout.split())
    return seconds, gigabytes


@click.command()
@click.option("--job", type=(click.Choice([*JOBS]), click.Path(), int))
def measure(job: tuple[str, str, int] | None) -> None:
    """Measure all jobs and write bench/rounds.md; with --job do one and tell."""
    if job is not None:
        name, folder, rows = job
        start = time.process_time()
        JOBS[name](Path(folder), rows)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        click.echo(f"{time.process_time() - start} {peak}")
        return
    lines = []
    for rows in SIZES:
        with TemporaryDirectory() as folder:
            for name in JOBS:
                seconds, gigabytes = measured(name, folder, rows)
                lines.append(f"| {rows:,} | {name} | {seconds:.0f} | {gigabytes:.1f} |")
                click.echo(lines[-1])
            for name in (CSV, PARQUET):
                size = (Path(folder) / name).stat().st_size / 1e6
                lines.append(f"| {rows:,} | size of `{name}`: {size:.0f} MB | | |")
    REPORT.write_text(
        "# Rounds of large studies\n\n"
        "Made by `python bench/rounds.py`: each job in a process of its own, which "
        "takes 0.2 GB\nfor its libraries.\n\n"
        "| rows | job | processor time (s) | peak of memory (GB) |\n"
        "| --- | --- | --- | --- |\n" + "\n".join(lines) + "\n"
    )


if __name__ == "__main__":
    measure()
