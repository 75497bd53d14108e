"""The two works that all competitors of engine.py do, and how workers report.

Needs NumPy only, so that it can be read in any environment, with or without fedorbit.
All draws are keyed by client and round: everybody trains the same batches.
"""

import json
import multiprocessing
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SEED = 0
CLASSES = 10
FEATURES = 784  # of 28 x 28 pixels
TEST_SAMPLES = 200  # fedorbit's runs end with an evaluation
SIGNAL = NOISE = 0.25  # samples then have about the energy of MNIST's


@dataclass(frozen=True)
class Work:
    """Federated averaging with equal clients; ``rounds`` are those that are timed."""

    name: str
    title: str
    clients: int
    cohort: int
    """Clients that train in a round."""
    samples: int
    """Samples of a client."""
    steps: int
    batch: int
    rounds: int
    learning_rate: float
    jobs: int
    """Jobs at once where a method runs jobs of one thread."""

    @property
    def client_steps(self) -> int:
        """Return the number of timed steps of SGD over all clients."""
        return self.rounds * self.cohort * self.steps

    def chosen(self, round_number: int) -> np.ndarray:
        """Return the clients that train in a round, counted from 1."""
        if self.cohort == self.clients:
            return np.arange(self.clients)
        rng = np.random.default_rng([SEED, round_number])
        return rng.choice(self.clients, self.cohort, replace=False)

    def batches(self, client: int, round_number: int) -> np.ndarray:
        """Return the samples of a client's steps in a round, shape (steps, batch)."""
        order = np.random.default_rng([SEED, client, round_number]).permutation(
            self.samples
        )
        used = order[: self.steps * self.batch].reshape(self.steps, self.batch)
        return client * self.samples + used


WORKS = {
    work.name: work
    for work in (
        Work(
            name="softmax",
            title="Softmax regression",
            clients=1000,
            cohort=10,
            samples=60,
            steps=6,
            batch=10,
            rounds=100,
            learning_rate=0.1,
            jobs=1,
        ),
        Work(
            name="cnn",
            title="Small CNN",
            clients=60,
            cohort=60,
            samples=160,
            steps=5,
            batch=32,
            rounds=5,
            learning_rate=0.1,
            jobs=2,
        ),
    )
}


def write_data(work: Work, folder: Path) -> None:
    """Write random samples around one centre per class, test samples last."""
    rng = np.random.default_rng(SEED)
    count = work.clients * work.samples + TEST_SAMPLES
    y = rng.integers(CLASSES, size=count)
    centres = rng.normal(size=(CLASSES, FEATURES)).astype(np.float32)
    x = rng.standard_normal((count, FEATURES), dtype=np.float32) * np.float32(NOISE)
    x += np.float32(SIGNAL) * centres[y]
    np.save(folder / f"{work.name}_x.npy", x)
    np.save(folder / f"{work.name}_y.npy", y)


def read_data(work: Work, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return features (samples, 784) and labels, in memory."""
    x, y = (
        np.load(folder / f"{work.name}_{part}.npy", allow_pickle=False) for part in "xy"
    )
    return x, y


@dataclass(frozen=True)
class Timing:
    """Readings of the monotonic clock, in seconds, and the model of the first round.

    ``first``: the first round is over; ``start`` and ``end``: of the timed rounds.
    ``model`` is one flat vector, None for a method that draws its own batches.
    """

    first: float
    start: float
    end: float
    model: np.ndarray | None = None


def flat(state: dict) -> np.ndarray:
    """Return parameters by name as one vector."""
    return np.concatenate([np.asarray(value).ravel() for value in state.values()])


class Clock:
    """Collects the times at which rounds end, and the model of the first."""

    def __init__(self) -> None:
        self.ends: list[float] = []
        self.model: np.ndarray | None = None

    def round_ends(self, state: dict | None = None) -> None:
        """Note that a round is over, with the parameters by name if they matter."""
        if not self.ends and state is not None:
            self.model = flat(state)
        self.ends.append(time.monotonic())

    def timing(self) -> Timing:
        """Return the timing: the first round warms up, the others count."""
        return Timing(self.ends[0], self.ends[0], self.ends[-1], self.model)


Job = Callable[[Work, Path, Callable[[], object]], Timing]
"""A job calls its third argument once it has warmed up, to start with the others."""


def jobs_at_once(job: Job, work: Work, folder: Path) -> Timing:
    """Run the work's number of jobs in processes of their own, as one timing."""
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(work.jobs), context.SimpleQueue()
    processes = [
        context.Process(target=_job, args=(job, work, folder, barrier, results))
        for _ in range(work.jobs)
    ]
    for process in processes:
        process.start()
    timings = []
    for process in processes:
        process.join()
        if process.exitcode:
            raise SystemExit(f"a job of {work.name} failed, as said above.")
    while not results.empty():
        timings.append(results.get())
    return Timing(
        max(t.first for t in timings),
        min(t.start for t in timings),
        max(t.end for t in timings),
    )


def _job(job: Job, work: Work, folder: Path, barrier, results) -> None:
    """Run a job in this process."""
    results.put(job(work, folder, barrier.wait))


def run_worker(methods: dict[str, Callable[[Work, Path], Timing]]) -> None:
    """Run ``METHOD WORK FOLDER`` of the command line; print times as JSON.

    The model, if any, goes into the folder. Logs go to standard error.
    """
    method, name, folder = sys.argv[1:]
    timing = methods[method](WORKS[name], Path(folder))
    if timing.model is not None:
        np.save(Path(folder) / f"{name}_{method}_model.npy", timing.model)
    times = {"first": timing.first, "start": timing.start, "end": timing.end}
    print(json.dumps(times))
