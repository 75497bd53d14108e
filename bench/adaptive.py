"""Which mixing ratios do regions find on their way?

Trains ``fedmeld_adaptive`` of the study fedmeld anew, for each concentration of
regions, from the plan and the partitions of its results, and writes the means over
seeds to bench/adaptive.md: by region and by hour. It takes some minutes:

    snakemake results/fedmeld/rounds.csv
    python bench/adaptive.py
"""

from multiprocessing import Pool
from pathlib import Path

import numpy as np
import pandas as pd

from fedorbit.base.files import read_table, write_text
from fedorbit.data.datasets import load_dataset
from fedorbit.learn.run.adaptive import Seen
from fedorbit.learn.run.engine import run_seeds
from fedorbit.learn.run.task import Task, tasks_of
from fedorbit.plans import names
from fedorbit.studies.study import load_study

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "results/fedmeld"
REPORT = Path(__file__).with_suffix(".md")
STUDY = load_study(ROOT / "config", "fedmeld", "quick").values
SETTINGS = {
    0.05: "region_concentration=0.05",
    0.5: "default",
    100.0: "region_concentration=100",
}
HOURS = [1, 2, 4, 8, 12]


def tasks(setting: str) -> list[Task]:
    """Return the tasks of all seeds."""
    dataset = load_dataset(ROOT / f"data/datasets/{STUDY['dataset']}.npz")
    partition = read_table(RESULTS / f"partitions/{setting}.parquet")
    return tasks_of(STUDY, dataset, partition, STUDY["seeds"])


def ratios(concentration: float) -> pd.DataFrame:
    """Return the mean ratio of each region up to each hour, since the hour before."""
    ops = read_table(RESULTS / "plans/default/fedmeld_adaptive/ops.parquet")
    seen: Seen = {}
    run_seeds(ops, tasks(SETTINGS[concentration]), seen=seen)
    rows = {}
    for slot, mixings in seen.items():
        judged = ops[(ops["target"] == slot) & (ops["staleness"] > 0)]
        hours = judged["end_s"].to_numpy() / 3600
        means = np.array([np.mean(mixing[0]) for mixing in mixings])
        spans = zip([0, *HOURS[:-1]], HOURS, strict=True)
        rows[names.name_of(slot)] = [
            means[(hours > since) & (hours <= until)].mean() for since, until in spans
        ]
    return pd.DataFrame.from_dict(
        rows, orient="index", columns=[f"to hour {hour}" for hour in HOURS]
    )


def table(concentration: float, found: pd.DataFrame) -> str:
    """Return a section of the report."""
    found = pd.concat([found, found.mean().to_frame("mean").T]).rename_axis("region")
    rows = found.map("{:.2f}".format).reset_index()
    lines = [list(rows.columns), ["---"] * len(rows.columns), *rows.to_numpy().tolist()]
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"## Concentration {concentration:g}\n\n{text}\n"


if __name__ == "__main__":
    with Pool(2) as pool:
        found = pool.map(ratios, SETTINGS)
    head = (
        "# Mixing ratios that regions find on their way\n\n"
        "`python bench/adaptive.py` wrote this page: ratios of `fedmeld_adaptive` in\n"
        f"the study fedmeld, means over {len(STUDY['seeds'])} seeds and over the\n"
        "mixings up to an hour, since the one before.\n"
    )
    sections = [table(*pair) for pair in zip(SETTINGS, found, strict=True)]
    write_text("\n".join([head, *sections]), REPORT)
