"""Small tasks and plans that tests of the engine share."""

from dataclasses import replace

import numpy as np
import pandas as pd
import torch

from fedorbit.learn.model import build_network, parse_model
from fedorbit.learn.models.mlp import Perceptron
from fedorbit.learn.models.softmax import Softmax
from fedorbit.learn.run.draws import Draws, draw
from fedorbit.learn.run.engine import run_plan
from fedorbit.learn.run.task import Task, Tasks
from fedorbit.learn.settings import Training
from fedorbit.plans.plan import PlanBuilder

SOFTMAX = Softmax(name="softmax")
MLP = Perceptron(name="mlp", hidden=16)
CNN = parse_model({"name": "cnn"})
TRAINING = Training(
    local_steps=3,
    batch_size=2,
    learning_rate=0.5,
    schedule={"name": "inverse", "half_life_rounds": 4},
    momentum=0.0,
    weight_decay=0.0,
    augmentation="none",
    precision="float32",
)

# Client 0 has three samples, client 1 has two; the classes differ in the sign of the
# first feature, so that one round is enough to tell them apart.
TRAIN_X = [
    [1.0, 0.5, 0.2],
    [0.9, -0.3, 0.1],
    [-1.1, 0.4, 0.3],
    [-0.8, 0, 1],
    [1.2, 1, 0],
]
TRAIN_Y = [0, 0, 1, 1, 0]
TEST_X = [[1.0, 0, 0], [2.0, 0.1, 0], [-1.0, 0, 0], [-2.0, 0, 0.1]]
TEST_Y = [0, 0, 1, 1]
SAMPLES = {0: np.array([0, 1, 2]), 1: np.array([3, 4])}

START_A = ("mix", "A", {"initial": 1.0})
START_B = ("mix", "B", {"initial": 1.0})


def changed(**changes) -> Training:
    """Return ``TRAINING`` with some values changed."""
    return Training(**TRAINING.model_dump() | changes)


def task(model=SOFTMAX, seed: int = 0, **changes) -> Task:
    values = {
        "train_x": torch.tensor(TRAIN_X),
        "train_y": torch.tensor(TRAIN_Y),
        "test_x": torch.tensor(TEST_X),
        "test_y": torch.tensor(TEST_Y),
        "samples": SAMPLES,
        "groups": {0: "region/P", 1: "region/P"},
        "interim_tests": {"test": torch.arange(4)},
        "network": build_network(model, [3], 2),
        "training": TRAINING,
        "seed": seed,
    }
    return Task(**values | changes)


def images(model=CNN, clients: int = 6, **changes) -> Task:
    """Return a task of images of 8 x 8, bright in the upper or in the lower half."""
    rng = np.random.default_rng(0)
    y = torch.from_numpy(rng.integers(2, size=200))
    x = torch.from_numpy(rng.normal(size=(200, 1, 8, 8)).astype(np.float32))
    x[y == 0, :, :4] += 2
    x[y == 1, :, 4:] += 2
    shape = x.shape[1:]
    network = build_network(model, shape, 2)
    x = network.once(x)
    split = np.array_split(np.arange(150), clients)
    values = {
        "train_x": x[:150],
        "train_y": y[:150],
        "test_x": x[150:],
        "test_y": y[150:],
        "samples": dict(enumerate(split)),
        "groups": dict.fromkeys(range(clients), "region/P"),
        "interim_tests": {"test": torch.arange(20)},
        "network": network,
        "training": changed(batch_size=8, learning_rate=0.2),
        "seed": 0,
    }
    return Task(**values | changes)


def plan(*steps: tuple, scopes: dict | None = None, local_steps: int = 3):
    """Return operations that take a second each, one after the other."""
    builder = PlanBuilder()
    for second, (kind, *what) in enumerate(steps):
        times_s = (float(second), float(second + 1))
        if kind == "train":
            slot, clients, number = what
            builder.train(slot, clients, local_steps, times_s, number)
        elif kind == "mix":
            builder.mix(*what, times_s, 0)
        else:
            builder.evaluate(*what, times_s[1], 0)
    ops = builder.build().ops
    for row, scope in (scopes or {}).items():
        ops.at[row, "scope"] = [scope]
    return ops


def averaging(clients: list[int], rounds: int) -> pd.DataFrame:
    """Return federated averaging of one slot with an evaluation after each round."""
    steps: list[tuple] = [START_A]
    for number in range(1, rounds + 1):
        steps += [("train", "A", clients, number), ("evaluate", "A")]
    return plan(*steps)


def draws_of(work: Task, client: int, number: int, steps: int) -> Draws:
    """Return the draws of one client in a round."""
    return draw(Tasks([work]), [(0, client)], [number], steps)


def drawn(work: Task, client: int, number: int, steps: int) -> np.ndarray:
    """Return the samples of one client's steps in a round, shape (steps, batch)."""
    return draws_of(work, client, number, steps).samples[:, 0]


class Watching:
    """A network that keeps the parameters of each model that is scored, of one seed."""

    def __init__(self, network) -> None:
        self.network, self.seen = network, []

    def __getattr__(self, name):
        return getattr(self.network, name)

    def score(self, params, x, y):
        self.seen.append({name: p[0].numpy().copy() for name, p in params.items()})
        return self.network.score(params, x, y)


def final_model(ops: pd.DataFrame, work: Task, **options) -> dict[str, np.ndarray]:
    """Return the parameters of the model that a plan evaluates last."""
    watching = Watching(work.network)
    run_plan(ops, replace(work, network=watching), **options)
    return watching.seen[-1]


class Stopped(Exception):
    """A run was ended by its progress."""


class StopAfter:
    """Progress that ends a run after some operations."""

    def __init__(self, operations: int) -> None:
        self.left = operations

    def start(self, total: int, done: int) -> None:
        self.done_before = done

    def update(self, operations: int, hour: float, accuracy: float) -> None:
        self.left -= operations
        if self.left <= 0:
            raise Stopped

    def close(self) -> None:
        pass
