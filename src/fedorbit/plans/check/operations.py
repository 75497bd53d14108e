"""Operations stand in causal order, and clients train once at a time."""

import math
from typing import Any

import pandas as pd

from fedorbit.base.errors import RunError
from fedorbit.plans import names
from fedorbit.plans.costs import ALL
from fedorbit.plans.plan import slots_read

TIME_TOLERANCE_S = 1e-6
WEIGHT_TOLERANCE = 1e-9


class PlanError(RunError):
    """A plan breaks causality or physics: a defect of the strategy that made it."""


def require(holds: bool, complaint: str) -> None:
    """Raise ``PlanError`` with the complaint unless something holds."""
    if not holds:
        raise PlanError(complaint)


def check_operations(ops: pd.DataFrame) -> None:
    """Raise ``PlanError`` unless slots are written before they are read, and so on."""
    require(
        ops["end_s"].is_monotonic_increasing,
        "operations are not in the order of their ends",
    )
    written_s = {names.INITIAL: 0.0}
    for row, op in enumerate(ops.itertuples(index=False)):
        here = f"operation {row} ({op.op} {op.target} at {op.end_s:.3f} s)"
        require(op.start_s <= op.end_s, f"{here} ends before it starts")
        require(op.op in ("train", "mix", "evaluate"), f"{here} is of no known kind")
        _check_scope(op, here)
        for source in slots_read(op):
            require(source in written_s, f"{here} reads {source}, not yet written")
            require(
                written_s[source] <= op.start_s + TIME_TOLERANCE_S,
                f"{here} reads {source} before it is ready",
            )
        if op.op == "mix":
            require(
                len(op.weights) == len(op.sources) > 0
                and abs(math.fsum(op.weights) - 1) < WEIGHT_TOLERANCE,
                f"{here} has weights that do not sum to one",
            )
        if op.op == "evaluate":
            require(op.part != "", f"{here} is on no part of the test samples")
        else:
            written_s[op.target] = op.end_s


def _check_scope(op: Any, here: str) -> None:
    scope = list(op.scope)
    require(
        0 < len(scope) == len(set(scope)) and (ALL[0] not in scope or len(scope) == 1),
        f"{here} has the scope {scope}, which is neither all nor some parts once each",
    )


def check_clients(ops: pd.DataFrame) -> None:
    """Raise ``PlanError`` if a client trains twice at once, or twice in one round."""
    training = ops[ops["op"] == "train"].explode("clients")
    for client, rounds in training.groupby("clients"):
        by_start = rounds.sort_values("start_s")
        require(
            (
                by_start["start_s"].iloc[1:].to_numpy() + TIME_TOLERANCE_S
                >= by_start["end_s"].iloc[:-1].to_numpy()
            ).all(),
            f"client {client} trains twice at once",
        )
        require(rounds["round"].is_unique, f"client {client} trains twice in one round")
