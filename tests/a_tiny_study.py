"""A tiny study in one process: what each step leaves, written to a folder.

    python tests/a_tiny_study.py FOLDER

It has no Snakemake and reads no settings, so that an emulated processor runs it in
seconds. The last line is a JSON object from the names of files to their SHA-256.
"""

import hashlib
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from tests.plans.scenes import LINKS

from fedorbit.base.files import write_table
from fedorbit.data.gaussians import draw_gaussians
from fedorbit.data.homes import region_homes
from fedorbit.data.partition import parse_partition, partition_samples
from fedorbit.data.settings import Gaussians
from fedorbit.learn.model import build_network, parse_model
from fedorbit.learn.run.engine import run_plan
from fedorbit.learn.run.task import make_task
from fedorbit.learn.settings import Evaluation, Training
from fedorbit.orbits.choice import walker_constellation
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.grid import grid_ranges
from fedorbit.orbits.omm import write_elements
from fedorbit.orbits.sources import parse_constellation
from fedorbit.plans.costs import ModelCard
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import Sky
from fedorbit.plans.strategy import find_strategy

START, HOURS = datetime(2026, 1, 1, tzinfo=UTC), 2.0
WALKER = {
    "source": "walker",
    "pattern": "delta",
    "planes": 12,
    "satellites_per_plane": 6,
    "phasing": 1,
    "altitude_km": 1200,
    "inclination_deg": 87,
}
SITES = pd.DataFrame(
    {
        "name": ["Dakar", "Dublin"],
        "latitude_deg": [14.7, 53.3],
        "longitude_deg": [-17.4, -6.3],
        "altitude_m": [20.0, 20.0],
        "min_elevation_deg": [15.0, 15.0],
    }
)
DATA = {
    "source": "gaussians",
    "origin": "made",
    "classes": 4,
    "features": 12,
    "train_samples": 80,
    "test_samples": 40,
    "separation": 1.0,
    "noise": 1.0,
    "seed": 1,
}
SPREAD = {
    "scheme": "dirichlet",
    "region_concentration": 1.0,
    "client_concentration": 1.0,
    "min_samples": 2,
    "size_spread": 0.0,
}
TRAINING = Training(
    local_steps=5,
    batch_size=8,
    learning_rate=0.1,
    schedule={"name": "inverse", "half_life_rounds": 4},
    momentum=0.0,
    weight_decay=0.0,
    augmentation="none",
    precision="float32",
)
SETTINGS = {"variant": "interval", "round_interval": 2, "mixing_ratio": 0.3}


def fly(folder: Path) -> Scene:
    """Write elements, contacts and links, and return the scene of a plan."""
    sets, _ = walker_constellation(parse_constellation(WALKER), START)
    write_elements(sets, folder / "constellation.csv")
    contacts = find_contacts(sets, SITES, START, HOURS)
    write_table(contacts, folder / "contacts.parquet")
    write_table(grid_ranges(sets, START, HOURS), folder / "isls.parquet")
    return Scene(
        sky=Sky(contacts),
        links=LINKS,
        homes=region_homes(list(SITES["name"]), 2),
        stations=[],
        horizon_s=3600 * HOURS,
        card=ModelCard(1e6, flop_per_sample=1.0),
        compute_flop_s=2.0,
        local_steps=TRAINING.local_steps,
        batch_size=TRAINING.batch_size,
        evaluation_interval=2,
    )


def learn(folder: Path, scene: Scene) -> None:
    """Write partition, plan, and the record of a perceptron that executes it."""
    data = draw_gaussians(Gaussians(**DATA))
    partition = partition_samples(
        data.train_y, scene.homes, parse_partition(SPREAD), [0]
    )
    write_table(partition, folder / "partition.parquet")
    strategy = find_strategy("fedmeld")
    plan = strategy.plan(scene, strategy.settings(**SETTINGS))
    plan.write(folder / "ops.parquet", folder / "ledger.parquet")
    model = parse_model({"name": "mlp", "hidden": 32})
    evaluation = Evaluation(interval_rounds=2, samples=20)
    task = make_task(data, partition, model, TRAINING, evaluation, 0)
    write_table(run_plan(plan.ops, task), folder / "record.parquet")


def convolve(folder: Path) -> None:
    """Write the parameters of a network of convolutions after some steps."""
    generator = torch.Generator().manual_seed(0)
    network = build_network(parse_model({"name": "cnn"}), (1, 16, 16), 4)
    params = {name: p.unsqueeze(0).clone() for name, p in network.init(0).items()}
    for _ in range(3):
        x = torch.randn((1, 16, 1, 16, 16), generator=generator)
        y = torch.randint(4, (1, 16), generator=generator)
        network.step(params, x, y, list(params), torch.tensor([0.1]))
    flat = np.concatenate([p.numpy().ravel() for p in params.values()])
    (folder / "cnn.bin").write_bytes(flat.tobytes())


def compute(folder: Path) -> None:
    """Write what functions of tables and theory return: many values, all bits."""
    rng = np.random.default_rng(0)
    x, matrix = rng.uniform(0.01, 50, 5000), rng.normal(size=(40, 40))
    names = ["sin", "cos", "arctan", "exp", "log", "log10", "log1p", "tanh", "sqrt"]
    found = [getattr(np, name)(x) for name in names]
    found += [x**1.7, np.linalg.solve(matrix, matrix[0]), (matrix @ matrix).ravel()]
    found += [[x.sum(), x.std(), np.quantile(x, 0.9)], np.argsort(np.floor(x))]
    (folder / "numpy.bin").write_bytes(np.concatenate(found).tobytes())


def main(folder: Path) -> None:
    """Run all steps, and tell what they have written."""
    torch.set_num_threads(1)
    learn(folder, fly(folder))
    convolve(folder)
    compute(folder)
    written = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }
    print(json.dumps(written))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
