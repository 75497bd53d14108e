"""The engine: executes any plan on data, knowing nothing of orbits or strategies.

Operations that do not depend on one another run together: a plan falls into levels,
and all trainings of one level are one batch of clients. Every random draw is keyed
by seed, client and round, so two plans that train the same client in the same round
draw the same samples.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from fedorbit.data.datasets import Dataset
from fedorbit.errors import RunError
from fedorbit.learn.models import Network, Params
from fedorbit.learn.settings import Training

RECORD = ["round", "time_s", "model", "accuracy", "loss"]


@dataclass(frozen=True)
class Task:
    """What a plan is executed on: tensors, who holds what, the model and how to train.

    ``samples`` maps each client to the indices of its training samples.
    """

    train_x: Tensor
    train_y: Tensor
    test_x: Tensor
    test_y: Tensor
    samples: dict[int, np.ndarray]
    network: Network
    training: Training
    seed: int


def make_task(
    dataset: Dataset,
    partition: pd.DataFrame,
    network: Network,
    training: Training,
    seed: int,
) -> Task:
    """Return the task of one seed, from a dataset and the partition of all seeds."""
    own = partition[partition["seed"] == seed]
    return Task(
        train_x=torch.from_numpy(dataset.train_x),
        train_y=torch.from_numpy(dataset.train_y),
        test_x=torch.from_numpy(dataset.test_x),
        test_y=torch.from_numpy(dataset.test_y),
        samples={c: g["sample"].to_numpy() for c, g in own.groupby("client")},
        network=network,
        training=training,
        seed=seed,
    )


def levels(ops: pd.DataFrame) -> list[list[int]]:
    """Return the rows of a plan by level; those of one level are independent.

    A row comes after the rows that wrote what it reads or writes, and after those
    that read what it overwrites.
    """
    written: dict[str, int] = defaultdict(int)
    read: dict[str, int] = defaultdict(int)
    grouped: list[list[int]] = []
    for row, op in enumerate(ops.itertuples(index=False)):
        sources = _read(op)
        level = max(written[slot] for slot in sources)
        if op.op != "evaluate":
            level = max(level, written[op.target], read[op.target])
            written[op.target] = level + 1
        for slot in sources:
            read[slot] = max(read[slot], level + 1)
        if level == len(grouped):
            grouped.append([])
        grouped[level].append(row)
    return grouped


def run_plan(ops: pd.DataFrame, task: Task) -> pd.DataFrame:
    """Return the record of a plan: ``round, time_s, model, accuracy, loss``.

    Rows are in the order of the plan's evaluations. Raises ``RunError`` for a client
    without samples, a model that is no longer finite, and if no model ends better
    than the constant guess of the most frequent class.
    """
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    _check_clients(ops, task)
    rows = list(ops.itertuples(index=False))
    generator = torch.Generator().manual_seed(task.seed)
    slots: dict[str, Params] = {"initial": task.network.init(generator)}
    reads_left = Counter(slot for op in rows for slot in _read(op))
    record = {}
    for level in levels(ops):
        written = {}
        trainings = defaultdict(list)
        for row in level:
            op = rows[row]
            if op.op == "train":
                trainings[op.steps, op.scope].append(row)
            elif op.op == "mix":
                written[row] = _mix(op, slots)
            else:
                scores = evaluate(task, slots[op.target])
                record[row] = (op.round, op.end_s, op.target, *scores)
        for group in trainings.values():
            trained = _train([rows[row] for row in group], slots, task)
            written |= zip(group, trained, strict=True)
        for row, params in written.items():
            _check_finite(params, rows[row])
            slots[rows[row].target] = params
        for slot in [slot for row in level for slot in _read(rows[row])]:
            reads_left[slot] -= 1
            if not reads_left[slot]:
                del slots[slot]
    table = pd.DataFrame([record[row] for row in sorted(record)], columns=RECORD)
    _check_learned(table, task)
    return table


def evaluate(task: Task, params: Params) -> tuple[float, float]:
    """Return the accuracy and the mean cross-entropy of a model on the test samples."""
    with torch.no_grad():
        logits = task.network.logits(params, task.test_x)
        right = (logits.argmax(-1) == task.test_y).sum().item()
        loss = cross_entropy(logits, task.test_y).item()
    return right / len(task.test_y), loss


def learning_rate(training: Training, number: int) -> float:
    """Return the step size of a round, which falls as one over the rounds."""
    return training.learning_rate / (1 + (number - 1) / training.decay_rounds)


def draw_batches(task: Task, client: int, number: int, steps: int) -> np.ndarray:
    """Return the samples of a client's steps in a round, shape (steps, batch)."""
    rng = np.random.default_rng([task.seed, client, number])
    own = task.samples[client]
    return own[rng.integers(len(own), size=(steps, task.training.batch_size))]


def _read(op: tuple) -> list[str]:
    """Return the slots that an operation reads."""
    return [op.target] if op.op == "evaluate" else list(op.sources)


def _touched(params: Params, scope: str) -> list[str]:
    """Return the names of the parameters in a scope."""
    names = [name for name in params if scope in ("all", name.split(".")[0])]
    if not names:
        raise RunError(f"the model has no part {scope!r} as the plan's scope asks.")
    return names


def _mix(op: tuple, slots: dict[str, Params]) -> Params:
    """Return the weighted sum of slots, over the target's parameters out of scope."""
    models = [slots[source] for source in op.sources]
    mixed = dict(slots.get(op.target, models[0]))
    for name in _touched(models[0], op.scope):
        mixed[name] = sum(
            weight * model[name]
            for weight, model in zip(op.weights, models, strict=True)
        )
    return mixed


def _train(group: list[tuple], slots: dict[str, Params], task: Task) -> list[Params]:
    """Return the weighted means of the clients of each training, trained as one batch.

    All operations of the group have the same numbers of steps and the same scope.
    """
    clients = [(int(client), op) for op in group for client in op.clients]
    batches = np.stack(
        [draw_batches(task, client, op.round, op.steps) for client, op in clients]
    )  # (clients, steps, batch)
    starts = [slots[op.sources[0]] for _, op in clients]
    params = {name: torch.stack([p[name] for p in starts]) for name in starts[0]}
    names = _touched(params, group[0].scope)
    rates = torch.tensor([learning_rate(task.training, op.round) for _, op in clients])
    for step in torch.from_numpy(batches).unbind(1):
        for name in names:
            params[name].requires_grad_()
        logits = task.network.logits(params, task.train_x[step])
        losses = cross_entropy(
            logits.flatten(0, 1), task.train_y[step].flatten(), reduction="sum"
        )
        gradients = torch.autograd.grad(
            losses / step.shape[1], [params[name] for name in names]
        )
        for name, gradient in zip(names, gradients, strict=True):
            scaled = rates.view(-1, *[1] * (gradient.ndim - 1)) * gradient
            params[name] = params[name].detach() - scaled
    means = _means(group, {name: params[name] for name in names}, task)
    return [slots[op.sources[0]] | mean for op, mean in zip(group, means, strict=True)]


def _means(group: list[tuple], params: Params, task: Task) -> list[Params]:
    """Return the mean of each operation's clients, weighted by their samples."""
    means, first = [], 0
    for op in group:
        sizes = torch.tensor([len(task.samples[int(c)]) for c in op.clients])
        weights = (sizes / sizes.sum()).to(torch.float32)
        rows = slice(first, first + len(op.clients))
        means.append(
            {name: torch.tensordot(weights, p[rows], 1) for name, p in params.items()}
        )
        first += len(op.clients)
    return means


def _check_clients(ops: pd.DataFrame, task: Task) -> None:
    """Raise ``RunError`` unless every client of the plan holds samples."""
    wanted = {int(c) for clients in ops["clients"] for c in clients}
    missing = sorted(wanted - set(task.samples))
    if missing:
        raise RunError(
            f"client {missing[0]} of the plan has no samples in the partition of seed "
            f"{task.seed}; make plan and partition from the same study."
        )


def _check_finite(params: Params, op: tuple) -> None:
    """Raise ``RunError`` if a model holds a number that is not finite."""
    if not all(torch.isfinite(p).all() for p in params.values()):
        raise RunError(
            f"{op.target} is not finite after the {op.op} of round {op.round}, at "
            f"{op.end_s / 3600:.2f} h; lower training.learning_rate."
        )


def _check_learned(record: pd.DataFrame, task: Task) -> None:
    """Raise ``RunError`` if the plan ends with nothing learned."""
    chance = torch.bincount(task.test_y).max().item() / len(task.test_y)
    final = record.groupby("model")["accuracy"].last().max()
    if not final > chance:
        raise RunError(
            f"the best final accuracy is {final:.3f}, no better than the most frequent "
            f"class ({chance:.3f}); lengthen the scenario or mend training."
        )
