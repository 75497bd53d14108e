"""Accuracies that do not hang on when in its cycle a model was looked at.

A model that regions have just mixed is better than it is before the next exchange,
after rounds alone. So a run has, besides the accuracy at its end, means over time.
Between two evaluations without an exchange accuracy is taken to change evenly; before
an exchange, and after the last evaluation until the scenario ends, a model is as it was
last seen.
"""

from collections import Counter

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedorbit.plans import names

PHASE = ["exchanges", "weight_s"]
"""How many exchanges a model has had, and the seconds that an evaluation stands for."""
MEANS = ["accuracy_last_cycle", "accuracy_over_time"]


def phase_of(record: pd.DataFrame, ops: pd.DataFrame, horizon_s: float) -> pd.DataFrame:
    """Return the columns ``PHASE`` for the rows of the record of a plan, of all seeds.

    An exchange is a mix into the model's slot; the initial model is none.
    """
    seeds = record["seed"].nunique()
    table = record[["seed", "model", "part", "time_s"]].copy()
    table["exchanges"] = np.tile(_exchanges(ops), seeds).astype("int64")
    table["weight_s"] = 0.0
    for rows in table.groupby(["seed", "model", "part"]).indices.values():
        own = table.iloc[rows]
        weights = _weights(own["time_s"].values, own["exchanges"].values, horizon_s)
        table.iloc[rows, table.columns.get_loc("weight_s")] = weights
    return table[PHASE]


def _exchanges(ops: pd.DataFrame) -> list[int]:
    """Return for each evaluation how many exchanges its model had before."""
    had: Counter[str] = Counter()
    found = []
    for op, target, sources in zip(
        ops["op"], ops["target"], ops["sources"], strict=True
    ):
        if op == "evaluate":
            found.append(had[target])
        elif op == "mix" and list(sources) != [names.INITIAL]:
            had[target] += 1
    return found


def _weights(time_s: NDArray, exchanges: NDArray, horizon_s: float) -> NDArray:
    """Return the seconds that each evaluation of a model stands for.

    A gap within a cycle is halved between its ends, by the rule of trapezoids.
    """
    gaps = np.diff(time_s, append=horizon_s)
    within = exchanges[1:] == exchanges[:-1]
    weights = np.where(np.append(within, False), gaps / 2, gaps)
    weights[1:] += np.where(within, gaps[:-1] / 2, 0.0)
    return weights


def phase_means(own: pd.DataFrame, run: list[str]) -> pd.DataFrame:
    """Return the columns ``MEANS`` of each run, means over its models.

    ``own`` are rows of the tidy table of models that count, ``run`` the columns that
    name a run. The last cycle of a model is the time from its last but one exchange,
    or from the start, to its last; that of a model that is never exchanged is its last
    evaluation.
    """
    models = own.groupby([*run, "model", "part"], sort=False)
    last = models["exchanges"].transform("last")
    earlier = own["exchanges"].where(own["exchanges"] < last)
    key = [own[column] for column in [*run, "model", "part"]]
    before = earlier.groupby(key, sort=False).transform("max")
    is_last = models.cumcount(ascending=False) == 0
    in_cycle = (own["exchanges"] == before) * own["weight_s"]
    weights = {
        "accuracy_last_cycle": in_cycle.where(before.notna(), is_last.astype(float)),
        "accuracy_over_time": own["weight_s"],
    }
    found = {}
    for name, weight in weights.items():
        sums = pd.DataFrame({"of": own["accuracy"] * weight, "all": weight})
        each = sums.groupby(key, sort=False).sum()
        found[name] = (each["of"] / each["all"]).groupby(level=run, sort=False).mean()
    return pd.DataFrame(found)
