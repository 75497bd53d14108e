"""The engine: executes any plan on data, knowing nothing of orbits or strategies.

Operations that do not depend on one another run together: a plan falls into levels,
and the trainings of one level are one set of clients. Every random draw is keyed by
seed, client and round, so that two plans that train the same client in the same round
draw the same samples, and a run goes on from a checkpoint to the same bits.
"""

import math
import os
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Literal

import pandas as pd
import torch
from torch import Tensor

from fedorbit.base.errors import RunError
from fedorbit.learn.networks.network import Params
from fedorbit.learn.run.checkpoint import Checkpoint, State
from fedorbit.learn.run.levels import levels, slots_read
from fedorbit.learn.run.progress import Progress
from fedorbit.learn.run.sgd import Local, Start, Steps, stack_size, train_clients
from fedorbit.learn.run.task import Task

RECORD = ["round", "time_s", "model", "accuracy", "loss"]
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
    """Return the record of a plan: ``round, time_s, model, accuracy, loss``.

    Rows are in the order of the plan's evaluations. ``kernel`` says whether clients
    train many at once or in turn; ``auto`` takes what is faster for the model and the
    device. A checkpoint lets a killed run go on. ``statistics`` gets those of all
    local steps, if given; a run that goes on would lack the first, so that it takes
    no checkpoint. Raises ``RunError`` for a client without samples, a model that is
    no longer finite, and if no model ends better than a constant guess.
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
    _check_clients(ops, task)
    place = choose_device(device)
    work = _Work(
        ops=list(ops.itertuples(index=False)),
        task=task.to(place),
        copies=copies_at_once(task, kernel, place),
        statistics=statistics,
    )
    state = checkpoint.load(place) if checkpoint is not None else None
    if state is None:
        first = task.network.init(task.seed)
        initial = {name: p.to(place) for name, p in first.items()}
        state = State(0, {"initial": initial}, {})
    _execute(work, levels(ops), state, checkpoint, progress)
    if progress is not None:
        progress.close()
    rows = [state.record[row] for row in sorted(state.record)]
    table = pd.DataFrame(rows, columns=RECORD)
    _check_learned(table, task)
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
    task: Task, params: Params, which: Tensor | None = None
) -> tuple[float, float]:
    """Return accuracy and mean loss of a model on test samples, all or those given.

    The loss is the mean cross-entropy, without the penalty of weight decay.
    """
    x, y = task.test_x, task.test_y
    if which is not None:
        x, y = x[which], y[which]
    right, loss = 0.0, 0.0
    with torch.no_grad(), task.precision():
        for part_x, part_y in zip(
            x.split(TEST_BATCH), y.split(TEST_BATCH), strict=True
        ):
            part_right, part_loss = task.network.score(params, part_x, part_y)
            right += part_right.item()
            loss += part_loss.item()
    return right / len(y), loss / len(y)


@dataclass(frozen=True)
class _Work:
    """What stays the same while a plan is executed."""

    ops: list[tuple]
    task: Task
    copies: int
    statistics: list[Steps] | None

    def final(self) -> set[int]:
        """Return the rows that evaluate a model for the last time."""
        rows = {op.target: n for n, op in enumerate(self.ops) if op.op == "evaluate"}
        return set(rows.values())


def copies_at_once(task: Task, kernel: str, place: torch.device) -> int:
    """Return how many clients train at once, see ``run_plan``."""
    if kernel == "auto":
        stack = task.network.stacks or place.type == "cuda"
        kernel = "stacked" if stack else "looped"
    if kernel == "looped":
        return 1
    return stack_size(task.network.init(task.seed), place)


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
    for number, level in enumerate(left, start=state.levels_done + 1):
        for row, params in _written(level, slots, work).items():
            _check_finite(params, work.ops[row])
            slots[work.ops[row].target] = params
        for row in level:
            op = work.ops[row]
            if op.op == "evaluate":
                which = None if row in final else work.task.watched
                accuracy, loss = evaluate(work.task, slots[op.target], which)
                if not math.isfinite(loss):
                    raise _not_finite(op, "the loss of ")
                record[row] = (op.round, op.end_s, op.target, accuracy, loss)
            for slot in slots_read(op):
                reads_left[slot] -= 1
                if not reads_left[slot]:
                    del slots[slot]
        unsaved += len(level)
        if progress is not None:
            hour = work.ops[level[-1]].end_s / 3600
            progress.update(len(level), hour, accuracy)
        if checkpoint is not None and unsaved >= checkpoint.operations:
            checkpoint.save(State(number, slots, record))
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
            written[row] = _mix(op, slots)
    for (steps, scope, proximal), rows in trainings.items():
        starts = [start for row in rows for start in _starts(row, slots, work)]
        names = _touched(starts[0].params, scope)
        local = Local(steps, names, proximal)
        means = train_clients(starts, local, work.task, work.copies, work.statistics)
        written |= {row: slots[work.ops[row].sources[0]] | means[row] for row in rows}
    return written


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


def _check_clients(ops: pd.DataFrame, task: Task) -> None:
    """Raise ``RunError`` unless every client of the plan holds samples."""
    wanted = {int(c) for clients in ops["clients"] for c in clients}
    missing = sorted(wanted - set(task.samples))
    if missing:
        raise RunError(
            f"client {missing[0]} of the plan has no samples in the partition of seed "
            f"{task.seed}; make plan and partition from the same study."
        )
    for op in ops[ops["op"] == "train"].itertuples(index=False):
        kind, _, region = op.target.partition("/")
        for client in op.clients if kind == "region" else ():
            if task.regions[client] != region:
                raise RunError(
                    f"client {client} trains for {region} in the plan, but the "
                    f"partition has it in {task.regions[client]}; make plan and "
                    "partition from the same study."
                )


def _check_finite(params: Params, op: tuple) -> None:
    """Raise ``RunError`` if a model holds a number that is not finite."""
    for p in params.values():
        # A finite sum is the rule, and takes less time than a look at every number.
        if not math.isfinite(p.sum().item()) and not torch.isfinite(p).all():
            raise _not_finite(op)


def _not_finite(op: tuple, what: str = "") -> RunError:
    """Return the complaint on a number that is not finite."""
    return RunError(
        f"{what}{op.target} is not finite after the {op.op} of round {op.round}, at "
        f"{op.end_s / 3600:.2f} h; lower training.learning_rate."
    )


def _check_learned(record: pd.DataFrame, task: Task) -> None:
    """Raise ``RunError`` if the plan ends with nothing learned."""
    chance = torch.bincount(task.test_y).max().item() / len(task.test_y)
    final = record.groupby("model")["accuracy"].last().max()
    if final <= chance:
        raise RunError(
            f"the best final accuracy is {final:.3f}, no better than the most frequent "
            f"class ({chance:.3f}); lengthen the scenario or mend training."
        )
