"""Does our law for FedMeld's mixing ratio hold? Predicted first, measured afterwards.

    python bench/law.py predict
    python bench/law.py check

``predict`` trains the law's pilots alone and writes bench/law_predictions.csv: what
four forms of the law say of each data set, model and concentration of regions. It
trains nothing that mixes. ``check`` then trains FedMeld with each ratio of a grid, and
writes bench/law_measured.csv and the report bench/law.md. Both go on with other seeds
in parallel and take some minutes on two cores. FEDORBIT_DATA holds MNIST.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from law_report import FORMS, GRID, KEYS, report

from fedorbit.base.files import read_table, write_table, write_text
from fedorbit.data.datasets import Dataset
from fedorbit.data.homes import region_homes
from fedorbit.data.partition import parse_partition, partition_samples
from fedorbit.data.prepare import prepare_dataset
from fedorbit.data.settings import load_dataset_settings
from fedorbit.learn.law.pilot import curves_of, mean_curves
from fedorbit.learn.model import parse_model
from fedorbit.learn.run.engine import run_plan
from fedorbit.learn.run.task import Task, make_task
from fedorbit.learn.settings import Evaluation, Training
from fedorbit.plans import names
from fedorbit.plans.law.pilot_plans import law_pilot_ops
from fedorbit.plans.moves.topology import upstreams
from fedorbit.plans.scene import Scene, SceneSettings
from fedorbit.plans.scmr.pilot_plans import pilot_ops
from fedorbit.studies.cards import load_card
from fedorbit.studies.scenes import scene_values
from fedorbit.studies.study import load_study
from fedorbit.theory.fedmeld.law import RATIOS, Curves, predict, rounds_apart, spread

ROOT = Path(__file__).parents[1]
PREDICTED = ROOT / "bench/law_predictions.csv"
MEASURED = ROOT / "bench/law_measured.csv"
REPORT = Path(__file__).with_suffix(".md")
STUDY = load_study(ROOT / "config", "fedmeld", "quick").values
REGIONS = list("ABCDE")
RING = upstreams(REGIONS, "ring")
DELTA, ROUNDS, ALONE, SHORT = 8, 240, 64, 96  # rounds
SEEDS = [1]
SEEN, UNSEEN = "seen", "unseen"  # training samples, test samples
SAMPLES = 5000  # of the training samples, at most, on which losses are measured
CASES = list(
    product(
        ["digits", "gaussians", "mnist"],
        [{"name": "mlp", "hidden": 32}, {"name": "softmax"}],
        [0.05, 0.5, 100.0],
    )
)


def scene() -> Scene:
    """Return a scene of five regions with no satellites, which pilots do not need."""
    card = load_card(ROOT / "config/cards", STUDY["card"])
    columns = ["satellite", "site", "rise_s", "culmination_s", "set_s"]
    columns += ["max_elevation_deg"]
    columns += [f"range_{edge}_km" for edge in ("rise", "culmination", "set")]
    homes = region_homes(REGIONS, STUDY["clients"]["per_region"])
    settings = SceneSettings(**scene_values(STUDY, card))
    return Scene.of(pd.DataFrame(columns=columns), homes, [], settings)


def task(case: tuple, seed: int) -> Task:
    """Return the task of study fedmeld with other data, measured on both parts."""
    dataset, model, concentration = case
    found = load_dataset_settings(ROOT / "config/datasets", dataset)
    data = prepare_dataset(found, ROOT / "data/raw")
    if dataset == "mnist":
        data = smaller(data)
    scheme = STUDY["partition"] | {"region_concentration": concentration}
    homes = region_homes(REGIONS, STUDY["clients"]["per_region"])
    partition = partition_samples(data.train_y, homes, parse_partition(scheme), [seed])
    made = make_task(
        data,
        partition,
        parse_model(model),
        Training(**STUDY["training"]),
        Evaluation(**STUDY["evaluation"]),
        seed,
    )
    chosen = np.random.default_rng(seed).permutation(len(made.train_y))[:SAMPLES]
    x = torch.cat([made.train_x[chosen], made.test_x])
    parts = {
        SEEN: torch.arange(len(chosen)),
        UNSEEN: torch.arange(len(chosen), len(x)),
    }
    return replace(
        made,
        test_x=x,
        test_y=torch.cat([made.train_y[chosen], made.test_y]),
        test_parts=parts,
        interim_tests=parts,
    )


def smaller(data: Dataset) -> Dataset:
    """Return the first 10,000 images, and every one with half as many pixels a side."""

    def halved(images: np.ndarray) -> np.ndarray:
        count, channels, height, width = images.shape
        squares = images.reshape(count, channels, height // 2, 2, width // 2, 2)
        return squares.mean(axis=(3, 5)).astype(np.uint8)

    first = slice(10_000)
    return Dataset(
        halved(data.train_x[first]),
        data.train_y[first],
        halved(data.test_x),
        data.test_y,
    )


def on(part: str, ops: pd.DataFrame) -> pd.DataFrame:
    """Return operations that evaluate on a part of the samples."""
    return ops.assign(part=ops["part"].where(ops["op"] != "evaluate", part))


def pilots(work: tuple[tuple, int]) -> dict[str, Curves]:
    """Return the curves of all pilots of a case and a seed."""
    own, world = task(*work), scene()
    found = {}
    for name, interval, rounds in (
        ("every round", 1, ROUNDS),
        ("every delta", DELTA, ROUNDS),
        ("short", DELTA, SHORT),
    ):
        ops = on(SEEN, law_pilot_ops(world, interval, rounds, ALONE))
        found[name] = curves_of(run_plan(ops, own), rounds)
    return found


def quadratic(curves: Curves, form: str) -> pd.DataFrame:
    """Return what a law with a square of the rounds apart says, by ratio."""
    mean_loss = np.interp((1 - RATIOS) * ROUNDS, curves.rounds, curves.mean_loss)
    one = np.interp(DELTA, curves.alone_rounds, curves.gap)
    if form == "audited":
        squares = spread(RING) * ((1 - RATIOS) / RATIOS) ** 2
    else:
        apart = [rounds_apart(RING, a, DELTA, ROUNDS // DELTA) for a in RATIOS]
        squares = (np.array(apart) / DELTA) ** 2
    loss = mean_loss + one * squares
    return pd.DataFrame({"mixing_ratio": RATIOS, "loss": loss})


def predictions(case: tuple, found: list[dict[str, Curves]]) -> Iterator[dict]:
    """Yield what each form of the law says of a case: the best ratio, and losses."""
    mean = {name: mean_curves([one[name] for one in found]) for name in found[0]}
    for form in FORMS:
        if form in ("audited", "finite"):
            table = quadratic(mean["every round"], form)
        else:
            name = {"curve": "every round", "law": "every delta"}.get(form, "short")
            rounds = SHORT if form == "short" else ROUNDS
            table = predict(mean[name], RING, DELTA, rounds)
        losses = table.set_index("mixing_ratio")["loss"]
        at = {f"{a:g}": losses.get(a, np.nan) for a in GRID}
        yield named(case) | {"form": form, "best": losses.idxmin()} | at


def measure(work: tuple[tuple, int]) -> list[dict]:
    """Return losses and accuracy of FedMeld with each ratio of the grid."""
    case, seed = work
    own, world, rows = task(case, seed), scene(), []
    for alpha in GRID:
        ops = on(SEEN, pilot_ops(world, DELTA, alpha, ROUNDS))
        ends = ops[ops["op"] == "evaluate"].assign(part=UNSEEN)
        record = run_plan(pd.concat([ops, ends], ignore_index=True), own)
        mean = record[record["model"] == names.AVERAGE].set_index("part")
        regional = record[record["model"] != names.AVERAGE].groupby("part")
        rows.append(
            named(case)
            | {"seed": seed, "mixing_ratio": alpha}
            | {"loss": regional["loss"].mean()[SEEN]}
            | {"mean_loss": mean["loss"][SEEN]}
            | {"accuracy": regional["accuracy"].mean()[UNSEEN]}
        )
    return rows


def named(case: tuple) -> dict:
    """Return a case as the first columns of tables."""
    dataset, model, concentration = case
    return dict(zip(KEYS, (dataset, model["name"], concentration), strict=True))


def main(what: str) -> None:
    """Do what the command line says."""
    works = list(product(CASES, SEEDS))
    with Pool(2) as pool:
        if what == "predict":
            found = pool.map(pilots, works, chunksize=1)
            each = len(SEEDS)
            rows = [
                row
                for k, case in enumerate(CASES)
                for row in predictions(case, found[k * each : (k + 1) * each])
            ]
            write_table(pd.DataFrame(rows), PREDICTED)
            return
        rows = [row for some in pool.map(measure, works, chunksize=1) for row in some]
        write_table(pd.DataFrame(rows), MEASURED)
    write_text(report(read_table(PREDICTED), read_table(MEASURED)), REPORT)


if __name__ == "__main__":
    main(sys.argv[1])
