"""What are features of a foundation model worth, at one place and by federation?

    snakemake data/models/landcover{,_random}.safetensors data/datasets/landcover.npz
    python bench/features.py

holds pretrained features of land cover against a random backbone, raw pixels, and
means and deviations of bands: by a linear probe with 2,000 labels, and by heads that
50 satellites in five planes tune together. It writes ``bench/features.md``.
"""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from fedorbit.data.datasets import Dataset, load_dataset
from fedorbit.data.homes import orbit_homes
from fedorbit.data.partition import Dirichlet, partition_samples
from fedorbit.learn.model import parse_model
from fedorbit.learn.run.engine import run_plan
from fedorbit.learn.run.features import features_of
from fedorbit.learn.run.task import Task, make_task
from fedorbit.learn.settings import Evaluation, Training
from fedorbit.plans.plan import PlanBuilder

PROJECT = Path(__file__).parents[1]
MODELS = {"pretrained": "landcover", "random backbone": "landcover_random"}
SEEDS = [0, 1, 2]
LABELS = 2000
STRENGTHS = [1e-4, 1e-2, 1.0, 100.0]  # of a probe, the inverse of its penalty
ITERATIONS = 300
PLANES, ABOARD, ROUNDS, STEPS = 5, 10, 60, 5
CONCENTRATION = 0.2
TRAINING = Training(
    local_steps=STEPS,
    batch_size=32,
    learning_rate=0.2,
    schedule={"name": "constant"},
    momentum=0.0,
    weight_decay=0.0,
    augmentation="none",
    precision="float32",
)
HEADER = f"""# Features of a foundation model made here

Made by `python bench/features.py` on the tiles of `landcover`. The probe is logistic
regression on {LABELS:,} labels, with its penalty chosen on a quarter of them, and
tested on all test tiles. Federated heads: {PLANES} planes of {ABOARD} satellites,
Dirichlet {CONCENTRATION} over planes, {ROUNDS} rounds of {STEPS} steps at 0.2, seeds
{SEEDS}, test accuracy at the end. Chance is 0.1.
"""


def task_of(name: str, dataset: Dataset, seed: int) -> Task:
    """Return the task of tuning heads on the features of a model."""
    path = PROJECT / "config" / "models" / f"{name}.yaml"
    values = yaml.safe_load(path.read_text())["model"]
    values["checkpoint"] = str(PROJECT / "data" / "models" / f"{name}.safetensors")
    dealt = Dirichlet(
        scheme="dirichlet",
        min_samples=1,
        size_spread=0.0,
        region_concentration=CONCENTRATION,
        client_concentration=1e3,
    )
    satellites = {p: [f"{p}-{s}" for s in range(ABOARD)] for p in range(PLANES)}
    homes = orbit_homes(satellites)
    partition = partition_samples(dataset.train_y, homes, dealt, [seed])
    evaluation = Evaluation(interval_rounds=10, samples=len(dataset.test_y))
    features = features_of(dataset, parse_model(values))
    head = parse_model({"name": "softmax"})
    return make_task(features, partition, head, TRAINING, evaluation, seed)


def federated(task: Task) -> float:
    """Return the accuracy of the head that all satellites have tuned together."""
    plan = PlanBuilder()
    plan.mix("head", {"initial": 1.0}, (0.0, 0.0), 0)
    clients = range(PLANES * ABOARD)
    for number in range(1, ROUNDS + 1):
        times_s = (float(number), float(number + 1))
        plan.train("head", clients, STEPS, times_s, number, scope=("head",))
    plan.evaluate("head", ROUNDS + 2.0, ROUNDS)
    return float(run_plan(plan.build().ops, task)["accuracy"].iloc[-1])


def probe(
    train: np.ndarray, train_y: np.ndarray, test: np.ndarray, test_y: np.ndarray
) -> float:
    """Return the accuracy of a linear probe, whose penalty is chosen on its labels."""
    scale = StandardScaler().fit(train)
    train, test = scale.transform(train), scale.transform(test)
    kept = 3 * len(train) // 4

    def fitted(strength: float, n: int) -> LogisticRegression:
        model = LogisticRegression(C=strength, max_iter=ITERATIONS)
        return model.fit(train[:n], train_y[:n])

    scores = [
        fitted(strength, kept).score(train[kept:], train_y[kept:])
        for strength in STRENGTHS
    ]
    best = STRENGTHS[int(np.argmax(scores))]
    return fitted(best, len(train)).score(test, test_y)


def main() -> None:
    """Measure, and write the tables."""
    warnings.simplefilter("ignore", ConvergenceWarning)  # of raw pixels, of no weight
    dataset = load_dataset(PROJECT / "data" / "datasets" / "landcover.npz")
    train, test = dataset.features()
    train, train_y = train[:LABELS], dataset.train_y[:LABELS]
    tasks = {
        what: [task_of(name, dataset, seed) for seed in SEEDS]
        for what, name in MODELS.items()
    }
    seen = {
        what: (own[0].train_x[:LABELS].numpy(), own[0].test_x.numpy())
        for what, own in tasks.items()
    }
    seen["band means and deviations"] = tuple(
        np.concatenate([x.mean((2, 3)), x.std((2, 3))], 1) for x in (train, test)
    )
    seen["raw pixels"] = tuple(x.reshape(len(x), -1) for x in (train, test))
    rows = []
    for what, (known, asked) in seen.items():
        found = probe(known, train_y, asked, dataset.test_y)
        heads = [federated(task) for task in tasks.get(what, [])]
        rows.append([what, known.shape[1], found, *heads])
        print(rows[-1], flush=True)
    columns = ["features", "numbers", "probe", *(f"federated, seed {s}" for s in SEEDS)]
    table = pd.DataFrame(rows, columns=columns).round(3).fillna("")
    lines = [
        HEADER,
        "| " + " | ".join(columns) + " |",
        "|" + " --- |" * len(columns),
        *("| " + " | ".join(map(str, row)) + " |" for row in table.to_numpy(object)),
    ]
    (PROJECT / "bench" / "features.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
