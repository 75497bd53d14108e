"""Which accuracy does the engine reach, without satellites?

    FEDORBIT_DATA=FOLDER python bench/accuracy.py

trains small networks of convolutions on MNIST and on CIFAR-10, at one place and by
federated averaging, and writes ``bench/accuracy.md``. One job for each seed, one
thread for each job.
"""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from fedorbit.data.homes import region_homes
from fedorbit.data.partition import Iid, partition_samples
from fedorbit.data.prepare import prepare_dataset
from fedorbit.data.settings import load_dataset_settings
from fedorbit.learn.model import parse_model
from fedorbit.learn.run.engine import run_plan
from fedorbit.learn.run.task import make_task
from fedorbit.learn.settings import Evaluation, Training
from fedorbit.plans.plan import PlanBuilder

PROJECT = Path(__file__).parents[1]
SEEDS = [0, 1, 2]


@dataclass(frozen=True)
class Work:
    """One row of the table: who trains on what, and how long."""

    name: str
    dataset: str
    clients: int
    rounds: int
    steps: int
    batch: int
    augmentation: str


WORKS = [
    Work("centralised", "mnist", 1, 15, 1500, 32, "shift"),
    Work("federated averaging, IID", "mnist", 10, 30, 188, 32, "shift"),
    Work("centralised, short", "cifar10_jpeg", 1, 6, 1000, 32, "shift_flip"),
    Work("federated averaging, IID, short", "cifar10_jpeg", 10, 10, 79, 32, "none"),
]


def train(work: Work, seed: int) -> dict:
    """Return the accuracy of one work and seed."""
    settings = load_dataset_settings(PROJECT / "config" / "datasets", work.dataset)
    dataset = prepare_dataset(settings, PROJECT / "data" / "raw")
    builder = PlanBuilder()
    builder.mix("model", {"initial": 1.0}, (0.0, 0.0), 0)
    for round_number in range(1, work.rounds + 1):
        times_s = (float(round_number), float(round_number + 1))
        builder.train("model", range(work.clients), work.steps, times_s, round_number)
    builder.evaluate("model", work.rounds + 2.0, work.rounds)
    training = Training(
        local_steps=work.steps,
        batch_size=work.batch,
        learning_rate=0.03,
        schedule={"name": "cosine", "rounds": work.rounds},
        momentum=0.9,
        weight_decay=1e-4,
        augmentation=work.augmentation,
        precision="float32",
    )
    iid = Iid(scheme="iid", min_samples=1, size_spread=0.0)
    homes = region_homes(["all"], work.clients)
    partition = partition_samples(dataset.train_y, homes, iid, SEEDS)
    task = make_task(
        dataset,
        partition,
        parse_model({"name": "cnn"}),
        training,
        Evaluation(interval_rounds=1, samples=1),
        seed,
    )
    record = run_plan(builder.build().ops, task)
    return {
        "work": work.name,
        "dataset": work.dataset,
        "clients": work.clients,
        "client-steps": work.rounds * work.clients * work.steps,
        "batch": work.batch,
        "accuracy": record["accuracy"].iloc[-1],
    }


def main() -> None:
    """Train everything, two jobs at a time, and write the table."""
    jobs = [(work, seed) for work in WORKS for seed in SEEDS]
    with ProcessPoolExecutor(2) as pool:
        rows = pd.DataFrame(pool.map(train, *zip(*jobs, strict=True)))
    keys = ["work", "dataset", "clients", "client-steps", "batch"]
    table = rows.groupby(keys, sort=False, as_index=False).agg(
        lowest=("accuracy", "min"),
        mean=("accuracy", "mean"),
        highest=("accuracy", "max"),
    )
    table = table.round({"lowest": 4, "mean": 4, "highest": 4})
    lines = [
        "# Accuracy without satellites",
        "",
        "Made by `python bench/accuracy.py`: the small network of convolutions (55,338",
        f"parameters for MNIST), test accuracy at the end, seeds {SEEDS}.",
        "`cifar10_jpeg` is CIFAR-10 after lossy compression, and its runs are short.",
        "",
        "| " + " | ".join(table.columns) + " |",
        "|" + " --- |" * len(table.columns),
        *("| " + " | ".join(map(str, row)) + " |" for row in table.to_numpy()),
    ]
    (PROJECT / "bench" / "accuracy.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
