"""Clients written for Flower, under real contacts.

Flower (https://flower.ai) asks clients to ``fit`` and to ``evaluate``, round by round.
Here a plan asks them, so that who learns when, and which models are mixed, follows from
the passes of satellites. Anything with the methods of Flower's ``NumPyClient`` will do;
Flower itself is not needed. Models are lists of arrays.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedorbit.base.errors import RunError
from fedorbit.plans import names
from fedorbit.plans.costs import ALL
from fedorbit.plans.plan import TEST, slots_read

Model = list[NDArray]
Config = dict[str, bool | float | int | str]
RECORD = ["round", "time_s", "model", "group", "loss", "examples"]
ON_THE_WAY = (names.KEPT, names.CARRIER, names.RELAY)
"""Kinds of models that are forgotten once nobody reads them any more."""


class NumPyClient(Protocol):
    """What is asked of a client, as of ``flwr.client.NumPyClient``."""

    def get_parameters(self, config: Config) -> Model:
        """Return its model."""

    def fit(self, parameters: Model, config: Config) -> tuple[Model, int, Config]:
        """Return a model trained from another, its samples, and metrics."""

    def evaluate(self, parameters: Model, config: Config) -> tuple[float, int, Config]:
        """Return the loss of a model, its samples, and metrics."""


@dataclass(frozen=True)
class Trained:
    """What clients have learned by a plan."""

    record: pd.DataFrame
    """A row for each evaluation, with the columns ``RECORD`` and those of metrics."""
    models: dict[str, Model]
    """The last models, by slot, such as ``region/Paris``."""


def run_clients(
    ops: pd.DataFrame,
    clients: Mapping[int, NumPyClient],
    first: Model | None = None,
    evaluators: Sequence[int] | None = None,
) -> Trained:
    """Return what clients learn when a plan asks them.

    ``ops`` are the operations of a plan (docs/tables.md), ``clients`` those that it
    names by number. All start from ``first``, by default the parameters of the lowest
    number. ``fit`` is told ``server_round``, ``local_steps``, ``proximal_mu`` and
    ``model``, the slot that it trains; results count by their numbers of samples.
    Models are evaluated by ``evaluators``, by default all clients, whose losses and
    numeric metrics are averaged by samples. Raises ``RunError`` for a client that is
    missing, one that returns another model than it got or has no samples, a model that
    is not finite, and for a plan that does not train whole models.
    """
    _check(ops, clients)
    start = first or clients[min(clients)].get_parameters({})
    slots: dict[str, Model] = {names.INITIAL: [np.asarray(own) for own in start]}
    judges = list(clients) if evaluators is None else list(evaluators)
    left = Counter(s for op in ops.itertuples(index=False) for s in slots_read(op))
    record = []
    for op in ops.itertuples(index=False):
        if op.op == "train":
            slots[op.target] = _fitted(op, slots[op.sources[0]], clients)
        elif op.op == "mix":
            models = [slots[source] for source in op.sources]
            slots[op.target] = _sum(models, op.weights)
        else:
            own = {number: clients[number] for number in judges}
            record.append(_evaluated(op, slots[op.target], own))
        for slot in slots_read(op):
            left[slot] -= 1
            if not left[slot] and names.kind_of(slot) in ON_THE_WAY:
                del slots[slot]
    table = pd.DataFrame(record)
    more = [column for column in table if column not in RECORD]
    return Trained(table.reindex(columns=[*RECORD, *more]), slots)


def _check(ops: pd.DataFrame, clients: Mapping[int, NumPyClient]) -> None:
    """Raise ``RunError`` unless the clients can do what the plan asks."""
    asked = {int(c) for own in ops.loc[ops["op"] == "train", "clients"] for c in own}
    missing = sorted(asked - set(clients))
    if missing:
        raise RunError(
            f"the plan trains client {missing[0]}, which is not among the "
            f"{len(clients)} given; give a client for each number of the plan."
        )
    parts = sorted({part for scope in ops["scope"] for part in scope} - {*ALL})
    if parts:
        raise RunError(
            f"the plan trains or mixes the part {parts[0]!r} of models, and Flower's "
            "clients have whole models; take a plan that learns all."
        )
    others = sorted(set(ops.loc[ops["op"] == "evaluate", "part"]) - {TEST})
    if others:
        raise RunError(
            f"the plan evaluates on {others[0]!r}, and clients evaluate on samples of "
            "their own; take a plan that evaluates on all test samples."
        )


def _fitted(op: Any, start: Model, clients: Mapping[int, NumPyClient]) -> Model:
    """Return the mean of what clients make of a model, weighted by samples."""
    config = {
        "server_round": int(op.round),
        "local_steps": int(op.steps),
        "proximal_mu": float(op.proximal),
        "model": op.target,
    }
    models, samples = [], []
    for number in map(int, op.clients):
        copies = [own.copy() for own in start]  # clients may train in place
        found, count, _ = clients[number].fit(copies, dict(config))
        found = [np.asarray(own) for own in found]
        if [own.shape for own in found] != [own.shape for own in start]:
            raise RunError(
                f"client {number} returns arrays of the shapes "
                f"{[own.shape for own in found]} from fit, but got "
                f"{[own.shape for own in start]}; return the model that it got."
            )
        models.append(found)
        samples.append(count)
    if min(samples) <= 0:
        raise RunError(
            f"client {op.clients[int(np.argmin(samples))]} returns {min(samples)} "
            "samples from fit, so that its model cannot be weighed; return how many it "
            "has."
        )
    mean = _sum(models, [count / math.fsum(samples) for count in samples])
    if not all(np.isfinite(own).all() for own in mean):
        raise RunError(
            f"the model {op.target} is not finite after round {op.round}; lower the "
            "learning rate of the clients."
        )
    return mean


def _sum(models: Sequence[Model], weights: Sequence[float]) -> Model:
    """Return the weighted sum of models, in the number formats of the first."""
    return [
        sum(w * own for w, own in zip(weights, arrays, strict=True)).astype(
            arrays[0].dtype, copy=False
        )
        for arrays in zip(*models, strict=True)
    ]


def _evaluated(
    op: Any, model: Model, clients: Mapping[int, NumPyClient]
) -> dict[str, Any]:
    """Return the row of an evaluation: means over clients, weighted by samples."""
    told = [
        client.evaluate([own.copy() for own in model], {"server_round": int(op.round)})
        for client in clients.values()
    ]
    samples = [count for _, count, _ in told]
    total = math.fsum(samples)

    def mean(values: Sequence[float]) -> float:
        terms = (n * value for n, value in zip(samples, values, strict=True))
        return math.fsum(terms) / total

    row = {
        "round": int(op.round),
        "time_s": op.end_s,
        "model": op.target,
        "group": names.kind_of(op.target),
        "loss": mean([loss for loss, _, _ in told]),
        "examples": int(total),
    }
    shared = [key for key in told[0][2] if all(key in metrics for *_, metrics in told)]
    return row | {key: mean([float(m[key]) for *_, m in told]) for key in shared}
