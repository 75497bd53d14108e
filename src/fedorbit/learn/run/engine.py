"""The engine: executes any plan on data, knowing nothing of orbits or strategies.

Operations that do not depend on one another run together: a plan falls into levels,
and the trainings of one level are one set of clients. Every random draw is keyed by
seed, client and round, so that two plans that train the same client in the same round
draw the same samples, and a run goes on from a checkpoint to the same bits.
"""

import math
import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import torch

from fedorbit.learn.networks.network import Params
from fedorbit.learn.run.adaptive import Seen, mixed_by_law
from fedorbit.learn.run.blocks import Start
from fedorbit.learn.run.checkpoint import Checkpoint, State
from fedorbit.learn.run.checks import (
    check_clients,
    check_finite,
    check_learned,
    check_parts,
    not_finite,
)
from fedorbit.learn.run.devices import (
    Device,
    Kernel,
    choose_device,
    copies_at_once,
    together,
)
from fedorbit.learn.run.levels import levels
from fedorbit.learn.run.progress import Progress
from fedorbit.learn.run.scopes import parameters
from fedorbit.learn.run.scoring import Scorer
from fedorbit.learn.run.sgd import Local, Steps, train_clients
from fedorbit.learn.run.task import Task, Tasks
from fedorbit.plans import names
from fedorbit.plans.costs import ALL
from fedorbit.plans.plan import slots_read

RECORD = ["round", "time_s", "model", "group", "part", "accuracy", "loss", "answers"]


def run_plan(ops: pd.DataFrame, task: Task, **options: Any) -> pd.DataFrame:
    """Return the record of a plan in one seed; see ``run_seeds``."""
    (record,) = run_seeds(ops, [task], **options)
    return record


def run_all(
    ops: pd.DataFrame, tasks: Sequence[Task], device: Device = "cpu"
) -> list[pd.DataFrame]:
    """Return the record of a plan in each of any number of seeds; see ``run_seeds``."""
    some_at_once = together(tasks, device)
    return [r for some in some_at_once for r in run_seeds(ops, some, device=device)]


def run_seeds(
    ops: pd.DataFrame,
    seeds: Sequence[Task],
    *,
    device: Device = "cpu",
    kernel: Kernel = "auto",
    checkpoint: Checkpoint | None = None,
    progress: Progress | None = None,
    statistics: list[Steps] | None = None,
    seen: Seen | None = None,
) -> list[pd.DataFrame]:
    """Return the record of a plan in each seed, with the columns ``RECORD``.

    Each is that of the seed alone, to the bit. ``group`` is the kind of the model's
    slot, such as ``region``, ``part`` that of the test samples. Rows are in the order
    of the plan's evaluations. A checkpoint lets a killed run go on. ``statistics`` gets
    those of all local steps, if given; a run that goes on would lack the first, so that
    it takes no checkpoint. ``seen`` gets what regions have judged, and
    the ratios that they found, if it is given. Raises ``RunError`` for a client without
    samples, a part that model or test samples lack, a model that is no longer finite,
    and if many rounds leave no model better than a constant guess.
    """
    if statistics is not None and checkpoint is not None:
        raise ValueError("a run with statistics takes no checkpoint")
    if statistics is not None and seeds[0].training.batch_size < 2:
        raise ValueError("statistics of gradients need batches of at least 2")
    _compute_in_one_order()
    for task in seeds:
        check_clients(ops, task)
        check_parts(ops, task)
    processor = choose_device(device)
    tasks = Tasks(seeds)
    first = tasks.initial()
    work = _work_of(ops, tasks, first, kernel, processor, statistics)
    state = checkpoint.load(processor) if checkpoint is not None else None
    if state is None:
        initial = {name: p.to(processor) for name, p in first.items()}
        state = State(0, {names.INITIAL: initial}, {}, {})
    _execute(work, levels(ops), state, checkpoint, progress)
    if progress is not None:
        progress.close()
    if seen is not None:
        seen.update(state.seen)
    tables = _tables(state.record, len(seeds))
    for task, table in zip(seeds, tables, strict=True):
        check_learned(table, ops, task)
    return tables


def _compute_in_one_order() -> None:
    """Have PyTorch sum in the same order each time, in the whole process."""
    torch.set_num_threads(1)
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    # The same as use_deterministic_algorithms, which imports the compiler: seconds.
    torch.set_deterministic_debug_mode("error")
    torch.utils.deterministic.fill_uninitialized_memory = False  # nothing reads it


def _tables(record: dict[int, tuple], seeds: int) -> list[pd.DataFrame]:
    """Return the record of each seed, from rows with lists of the last values."""
    shared = RECORD.index("accuracy")
    rows = [record[row] for row in sorted(record)]
    return [
        pd.DataFrame(
            [(*row[:shared], *(own[seed] for own in row[shared:])) for row in rows],
            columns=RECORD,
        )
        for seed in range(seeds)
    ]


@dataclass(frozen=True)
class _Work:
    """What stays the same while a plan is executed."""

    ops: list[Any]
    tasks: Tasks
    touched: dict[tuple[str, ...], list[str]]
    """The names of the parameters in each scope."""
    copies: dict[tuple[str, ...], int]
    """How many clients train at once in each scope."""
    statistics: list[Steps] | None

    @cached_property
    def scorer(self) -> Scorer:
        """Return who tests models."""
        return Scorer(self.tasks)

    def final(self) -> set[int]:
        """Return the rows that evaluate a model on a part for the last time."""
        tests = ((n, op) for n, op in enumerate(self.ops) if op.op == "evaluate")
        return set({(op.target, op.part): n for n, op in tests}.values())

    def touches(self, op: Any) -> list[str]:
        """Return the names of the parameters that an operation writes."""
        return self.touched[op.scope]


def _work_of(
    ops: pd.DataFrame,
    tasks: Tasks,
    first: Params,
    kernel: Kernel,
    processor: torch.device,
    statistics: list[Steps] | None,
) -> _Work:
    """Return the work of a plan on a processor; models start as ``first``."""
    ops = ops.assign(scope=ops["scope"].map(tuple))
    touched = {s: parameters(tasks.shared, first, s) for s in set(ops["scope"])}
    one = {name: p[0] for name, p in first.items()}
    copies = {
        scope: copies_at_once(
            tasks.shared, {name: one[name] for name in own}, kernel, processor
        )
        for scope, own in touched.items()
    }
    rows = list(ops.itertuples(index=False))
    return _Work(rows, tasks.to(processor), touched, copies, statistics)


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
        for row, params in _written(level, slots, work, state.seen).items():
            op = work.ops[row]
            check_finite((params[name] for name in work.touches(op)), op)
            slots[op.target] = params
        for row in level:
            op = work.ops[row]
            if op.op == "evaluate":
                record[row] = _evaluated(op, slots[op.target], work, row in final)
                accuracy = float(np.mean(record[row][5]))
            for slot in slots_read(op):
                reads_left[slot] -= 1
                if not reads_left[slot]:
                    del slots[slot]
        unsaved += len(level)
        if progress is not None:
            hour = work.ops[level[-1]].end_s / 3600
            progress.update(len(level), hour, accuracy)
        if checkpoint is not None and unsaved >= checkpoint.operations:
            checkpoint.save(State(done, slots, record, state.seen))
            unsaved = 0


def _evaluated(op: Any, params: Params, work: _Work, is_last: bool) -> tuple:
    """Return the row of an evaluation, the last three values as lists of seeds."""
    tests = [task.tests(op.part, is_last) for task in work.tasks.each]
    scores = work.scorer.scores(params, op.part, is_last, op.scope)
    if not all(math.isfinite(score.loss) for score in scores):
        raise not_finite(op, "the loss of ")
    samples = len(work.tasks.shared.test_y)
    answers = [
        score.answers(which, samples) if is_last else ""
        for score, which in zip(scores, tests, strict=True)
    ]
    model = (op.round, op.end_s, op.target, names.kind_of(op.target), op.part)
    values = [score.accuracy for score in scores], [score.loss for score in scores]
    return *model, *values, answers


def _written(
    level: list[int], slots: dict[str, Params], work: _Work, seen: Seen
) -> dict[int, Params]:
    """Return what the operations of a level write, by their rows.

    ``seen`` grows by what is judged for mixings by the law.
    """
    written = {}
    trainings = defaultdict(list)
    for row in level:
        op = work.ops[row]
        if op.op == "train":
            trainings[op.steps, op.scope, op.proximal].append(row)
        elif op.op == "mix":
            own = work.touches(op)
            mixed = (
                mixed_by_law(op, slots, work.tasks, own, seen)
                if len(op.clients)
                else _mixed(op, slots, own)
            )
            written[row] = _kept(op, slots) | mixed
    for (steps, scope, proximal), rows in trainings.items():
        starts = [_start(row, slots, work) for row in rows]
        local = Local(steps, work.touched[scope], proximal)
        means = train_clients(
            starts, local, work.tasks, work.copies[scope], work.statistics
        )
        written |= {row: _kept(work.ops[row], slots) | means[row] for row in rows}
    return written


def _kept(op: Any, slots: dict[str, Params]) -> Params:
    """Return the target as it was, unless the operation writes all of it."""
    return {} if op.scope == ALL else slots[op.target]


def _start(row: int, slots: dict[str, Params], work: _Work) -> Start:
    """Return the clients of a training, weighted by their numbers of samples."""
    op = work.ops[row]
    clients = [int(client) for client in op.clients]
    sizes = [[len(t.samples[client]) for client in clients] for t in work.tasks.each]
    weights = np.array(sizes) / np.sum(sizes, 1, keepdims=True)
    return Start(row, clients, op.round, slots[op.sources[0]], weights)


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
