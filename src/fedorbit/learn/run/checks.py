"""What ends a run with one sentence: plans that do not fit, and nothing learned."""

import math
from collections.abc import Iterable
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from fedorbit.base.errors import RunError
from fedorbit.learn.run.task import Task
from fedorbit.plans import names
from fedorbit.plans.plan import TEST


def check_clients(ops: pd.DataFrame, task: Task) -> None:
    """Raise ``RunError`` unless every client of the plan holds samples."""
    wanted = {int(c) for clients in ops["clients"] for c in clients}
    missing = sorted(wanted - set(task.samples))
    if missing:
        raise RunError(
            f"client {missing[0]} of the plan has no samples in the partition of seed "
            f"{task.seed}; make plan and partition from the same study."
        )
    kinds = {names.kind_of(group) for group in task.groups.values()}
    for op in ops[ops["op"] == "train"].itertuples(index=False):
        for client in op.clients if names.kind_of(op.target) in kinds else ():
            if task.groups[client] != op.target:
                ours, theirs = map(names.name_of, (op.target, task.groups[client]))
                raise RunError(
                    f"client {client} trains for {ours} in the plan, but the partition "
                    f"has it in {theirs}; make plan and partition from the same study."
                )


def check_parts(ops: pd.DataFrame, task: Task) -> None:
    """Raise ``RunError`` if the plan evaluates on a part that the task lacks."""
    wanted = set(ops["part"][ops["op"] == "evaluate"])
    missing = sorted(wanted - set(task.interim_tests))
    if missing:
        raise RunError(
            f"the plan evaluates on the test part {missing[0]!r}, but the parts are "
            f"{', '.join(task.interim_tests)}; give the task such a part."
        )


def check_finite(params: Iterable[Tensor], op: Any) -> None:
    """Raise ``RunError`` if a model holds a number that is not finite."""
    for p in params:
        # A finite sum is the rule, and takes less time than a look at every number.
        if not math.isfinite(p.sum().item()) and not torch.isfinite(p).all():
            raise not_finite(op)


def not_finite(op: Any, what: str = "") -> RunError:
    """Return the complaint on a number that is not finite."""
    return RunError(
        f"{what}{op.target} is not finite after the {op.op} of round {op.round}, at "
        f"{op.end_s / 3600:.2f} h; lower training.learning_rate."
    )


FEW_ROUNDS = 10
"""So few may end no better than a guess: that is a result, and not a fault."""


def check_learned(record: pd.DataFrame, ops: pd.DataFrame, task: Task) -> None:
    """Raise ``RunError`` if many rounds end with nothing learned on any part."""
    rounds = ops["round"].max()
    if not rounds > FEW_ROUNDS:
        return
    ends = record.groupby(["part", "model"])["accuracy"].last().groupby("part").max()
    chances = {}
    for part in ends.index:
        which = task.tests(part, is_last=True)
        labels = task.test_y if which is None else task.test_y[which]
        chances[part] = torch.bincount(labels).max().item() / len(labels)
    if chances and all(ends[part] <= chance for part, chance in chances.items()):
        part = TEST if TEST in chances else ends.idxmax()
        raise RunError(
            f"the best final accuracy is {ends[part]:.3f}, no better than the most "
            f"frequent class ({chances[part]:.3f}), after {rounds} rounds; mend "
            "training."
        )
