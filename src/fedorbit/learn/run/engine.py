"""The engine: executes any plan on data, knowing nothing of orbits or strategies.

Operations that do not depend on one another run together: a plan falls into levels,
and the trainings of one level are one set of clients. Every random draw is keyed by
seed, client and round, so that two plans that train the same client in the same round
draw the same samples, and a run goes on from a checkpoint to the same bits.
"""

import math
import os
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from fedorbit.base.errors import RunError
from fedorbit.learn.networks.network import Params
from fedorbit.learn.run.checkpoint import Checkpoint, State
from fedorbit.learn.run.checks import (
    check_clients,
    check_finite,
    check_learned,
    check_parts,
    not_finite,
)
from fedorbit.learn.run.levels import levels
from fedorbit.learn.run.progress import Progress
from fedorbit.learn.run.sgd import Local, Start, Steps, stack_size, train_clients
from fedorbit.learn.run.task import Task
from fedorbit.plans import names
from fedorbit.plans.costs import ALL
from fedorbit.plans.plan import slots_read

RECORD = ["round", "time_s", "model", "group", "part", "accuracy", "loss", "answers"]
TEST_BATCH = 1000  # test samples in one forward pass


def run_plan(
    ops: pd.DataFrame,
    task: Task,
    *,
    device: Literal["auto", "cpu", "cuda"] = "cpu",
    kernel: Literal["auto", "stacked", "looped"] = "auto",
    checkpoint: Checkpoint | None = None,
    progress: Progress | None = None,
    statistics: list[Steps] | None = None,
) -> pd.DataFrame:
    """Return the record of a plan, with the columns ``RECORD``.

    ``group`` is the kind of the model's slot, such as ``region``, ``part`` that of the
    test samples. Rows are in the order of the plan's evaluations. ``kernel`` says
    whether clients train many at once or in turn; ``auto`` takes what is faster for
    the model and the device. A checkpoint lets a killed run go on. ``statistics`` gets
    those of all local steps, if given; a run that goes on would lack the first, so that
    it takes no checkpoint. Raises ``RunError`` for a client without samples, a part
    that model or test samples lack, a model that is no longer finite, and if many
    rounds leave no model better than a constant guess.
    """
    if checkpoint is not None and statistics is not None:
        raise ValueError("a run with statistics takes no checkpoint")
    if statistics is not None and task.training.batch_size < 2:
        raise ValueError("statistics of gradients need batches of at least 2")
    torch.set_num_threads(1)
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    # The same as use_deterministic_algorithms, which imports the compiler: seconds.
    torch.set_deterministic_debug_mode("error")
    torch.utils.deterministic.fill_uninitialized_memory = False  # nothing reads it
    check_clients(ops, task)
    check_parts(ops, task)
    processor = choose_device(device)
    first, ops = task.initial(), ops.assign(scope=ops["scope"].map(tuple))
    touched = {scope: parameters(task, first, scope) for scope in set(ops["scope"])}
    work = _Work(
        ops=list(ops.itertuples(index=False)),
        task=task.to(processor),
        touched=touched,
        copies={
            scope: copies_at_once(task, {n: first[n] for n in own}, kernel, processor)
            for scope, own in touched.items()
        },
        statistics=statistics,
    )
    state = checkpoint.load(processor) if checkpoint is not None else None
    if state is None:
        initial = {name: p.to(processor) for name, p in first.items()}
        state = State(0, {names.INITIAL: initial}, {})
    _execute(work, levels(ops), state, checkpoint, progress)
    if progress is not None:
        progress.close()
    rows = [state.record[row] for row in sorted(state.record)]
    table = pd.DataFrame(rows, columns=RECORD)
    check_learned(table, ops, task)
    return table


def choose_device(name: Literal["auto", "cpu", "cuda"]) -> torch.device:
    """Return the device; raises ``RunError`` if there is no such GPU."""
    found = torch.cuda.is_available()
    if name == "cuda" and not found:
        raise RunError(
            "config/config.yaml: engine.device is 'cuda', but PyTorch finds no GPU; "
            "set it to 'auto' or 'cpu'."
        )
    return torch.device("cuda" if found and name != "cpu" else "cpu")


def evaluate(
    task: Task,
    params: Params,
    which: Tensor | None = None,
    scope: tuple[str, ...] = ALL,
) -> tuple[float, float]:
    """Return accuracy and mean loss of a model on test samples, as ``score`` does."""
    right, loss = score(task, params, which, scope)
    return right.sum().item() / len(right), loss


def score(
    task: Task,
    params: Params,
    which: Tensor | None = None,
    scope: tuple[str, ...] = ALL,
) -> tuple[Tensor, float]:
    """Return which test samples a model has right, and its mean loss on them.

    They are all test samples or those given. With a scope, samples pass these of the
    parts that may be chosen. The loss is the mean cross-entropy, without the penalty of
    weight decay.
    """
    x, y = task.test_x, task.test_y
    if which is not None:
        x, y = x[which], y[which]
    network = task.network if scope == ALL else task.network.passing(scope)
    right, loss = [], 0.0
    with torch.no_grad(), task.precision():
        for part_x, part_y in zip(
            x.split(TEST_BATCH), y.split(TEST_BATCH), strict=True
        ):
            part_right, part_loss = network.score(params, part_x, part_y)
            right.append(part_right)
            loss += part_loss.item()
    return torch.cat(right), loss / len(y)


def answers(right: Tensor, which: Tensor | None, samples: int) -> str:
    """Return a letter for each test sample: 1 for right, 0 for wrong, - for untested.

    Models without classes have no answers.
    """
    if right.dtype != torch.bool:
        return ""
    letters = np.full(samples, "-")
    tested = slice(None) if which is None else which.cpu().numpy()
    letters[tested] = np.where(right.cpu().numpy(), "1", "0")
    return "".join(letters)


@dataclass(frozen=True)
class _Work:
    """What stays the same while a plan is executed."""

    ops: list[Any]
    task: Task
    touched: dict[tuple[str, ...], list[str]]
    """The names of the parameters in each scope."""
    copies: dict[tuple[str, ...], int]
    """How many clients train at once in each scope."""
    statistics: list[Steps] | None

    def final(self) -> set[int]:
        """Return the rows that evaluate a model on a part for the last time."""
        tests = ((n, op) for n, op in enumerate(self.ops) if op.op == "evaluate")
        return set({(op.target, op.part): n for n, op in tests}.values())

    def touches(self, op: Any) -> list[str]:
        """Return the names of the parameters that an operation writes."""
        return self.touched[op.scope]


def parameters(task: Task, model: Params, scope: Iterable[str]) -> list[str]:
    """Return the names of a model's parameters in a scope, in the model's order.

    Raises ``RunError`` if the network has no such part.
    """
    parts, wanted = task.network.scopes(), set()
    for part in scope:
        if part not in parts and part not in ALL:
            raise RunError(
                f"the plan's scope names the part {part!r}, but the model's parts are "
                f"{', '.join(parts)}; choose a model that has it."
            )
        wanted |= set(model) if part in ALL else set(parts[part])
    return [name for name in model if name in wanted]


def copies_at_once(
    task: Task, learning: Params, kernel: str, device: torch.device
) -> int:
    """Return how many clients train at once, see ``run_plan``.

    ``learning`` are the parameters of one client that change.
    """
    if kernel == "auto":
        stack = task.network.stacks or device.type == "cuda"
        kernel = "stacked" if stack else "looped"
    return 1 if kernel == "looped" else stack_size(learning, device)


def _execute(
    work: _Work,
    todo: list[list[int]],
    state: State,
    checkpoint: Checkpoint | None,
    progress: Progress | None,
) -> None:
    """Execute all levels that are left; slots and record of the state grow."""
    slots, record, final = state.slots, state.record, work.final()
    left = todo[state.levels_done :]
    reads_left = Counter(
        slot for level in left for row in level for slot in slots_read(work.ops[row])
    )
    unsaved, accuracy = 0, math.nan
    if progress is not None:
        progress.start(len(work.ops), len(work.ops) - sum(map(len, left)))
    for done, level in enumerate(left, start=state.levels_done + 1):
        for row, params in _written(level, slots, work).items():
            op = work.ops[row]
            check_finite((params[name] for name in work.touches(op)), op)
            slots[op.target] = params
        for row in level:
            op = work.ops[row]
            if op.op == "evaluate":
                is_last = row in final
                tests = work.task.tests(op.part, is_last)
                right, loss = score(work.task, slots[op.target], tests, op.scope)
                accuracy = right.sum().item() / len(right)
                if not math.isfinite(loss):
                    raise not_finite(op, "the loss of ")
                model = (op.target, names.kind_of(op.target))
                of_last = (right, tests, len(work.task.test_y))
                found = (accuracy, loss, answers(*of_last) if is_last else "")
                record[row] = (op.round, op.end_s, *model, op.part, *found)
            for slot in slots_read(op):
                reads_left[slot] -= 1
                if not reads_left[slot]:
                    del slots[slot]
        unsaved += len(level)
        if progress is not None:
            hour = work.ops[level[-1]].end_s / 3600
            progress.update(len(level), hour, accuracy)
        if checkpoint is not None and unsaved >= checkpoint.operations:
            checkpoint.save(State(done, slots, record))
            unsaved = 0


def _written(
    level: list[int], slots: dict[str, Params], work: _Work
) -> dict[int, Params]:
    """Return what the operations of a level write, by their rows."""
    written = {}
    trainings = defaultdict(list)
    for row in level:
        op = work.ops[row]
        if op.op == "train":
            trainings[op.steps, op.scope, op.proximal].append(row)
        elif op.op == "mix":
            written[row] = _kept(op, slots) | _mixed(op, slots, work.touches(op))
    for (steps, scope, proximal), rows in trainings.items():
        starts = [start for row in rows for start in _starts(row, slots, work)]
        local = Local(steps, work.touched[scope], proximal)
        means = train_clients(
            starts, local, work.task, work.copies[scope], work.statistics
        )
        written |= {row: _kept(work.ops[row], slots) | means[row] for row in rows}
    return written


def _kept(op: Any, slots: dict[str, Params]) -> Params:
    """Return the target as it was, unless the operation writes all of it."""
    return {} if op.scope == ALL else slots[op.target]


def _starts(row: int, slots: dict[str, Params], work: _Work) -> list[Start]:
    """Return the clients of a training, weighted by their numbers of samples."""
    op = work.ops[row]
    clients = [int(client) for client in op.clients]
    sizes = [len(work.task.samples[client]) for client in clients]
    total = sum(sizes)
    return [
        Start(row, client, op.round, slots[op.sources[0]], size / total)
        for client, size in zip(clients, sizes, strict=True)
    ]


def _mixed(op: Any, slots: dict[str, Params], touched: list[str]) -> Params:
    """Return the parameters that a mix writes; a copy has the very same tensors."""
    models = [slots[source] for source in op.sources]
    if len(models) == 1 and op.weights[0] == 1:
        return {name: models[0][name] for name in touched}
    return {
        name: sum(
            weight * model[name]
            for weight, model in zip(op.weights, models, strict=True)
        )
        for name in touched
    }
