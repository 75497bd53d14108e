"""Experts numbered by the clusters that have them, so that one plan serves all seeds.

Central pretraining and the gate differ from seed to seed, and so does which expert a
cluster should have. But experts are alike to a plan: their bits and times depend on
how many a cluster has. So the experts of each seed get new numbers: the first cluster
has the first few, those that it uses most first, then come the second's, and in the
end those that nobody has. Models start with their experts in this order, and all seeds
have the same assignment.
"""

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedorbit.base.settings import Settings, between
from fedorbit.theory.experts.assignment import (
    Assigned,
    assign,
    assign_greedily,
    assign_overlapping,
    assign_randomly,
)

RANDOM_KEY = 13  # keeps the draw apart from others of the same seed
NUMBERED = ["seed", "cluster", "expert", "number", "mass", "assigned"]


class Assignment(Settings):
    """Which experts a cluster has."""

    rule: Literal["exact", "greedy", "random", "overlapping"]
    """The assignment of the greatest gate mass, one pair after the other by mass, or at
    random; or the experts that each cluster uses most, whoever else has them."""
    experts_per_cluster: between(int, 1, 10_000)
    """As many for each cluster."""


def number_experts(
    mass: pd.DataFrame, clusters: list[str], how: Assignment
) -> pd.DataFrame:
    """Return the new numbers of experts, and the assignment: columns ``NUMBERED``.

    ``mass`` has the columns ``seed, cluster, expert, mass``, the mean gate of each
    expert on a cluster's data. What is assigned is the same for all seeds; that of
    the rule ``overlapping`` goes by the mean of the seeds' masses. Raises
    ``SettingsError`` if the model has too few experts.
    """
    orders, masses = {}, []
    for seed, own in mass.groupby("seed"):
        table = own.pivot(index="cluster", columns="expert", values="mass")
        by_cluster = table.loc[clusters].to_numpy()
        orders[seed] = _order(by_cluster, _assigned(by_cluster, how, int(seed)))
        masses.append(by_cluster[:, orders[seed]])
    assigned = _numbered(np.mean(masses, axis=0), how)
    tables = []
    for (seed, order), own in zip(orders.items(), masses, strict=True):
        row, number = np.indices(own.shape).reshape(2, -1)
        columns = (np.array(clusters)[row], order[number], number, own[row, number])
        values = (seed, *columns, assigned[row, number])
        tables.append(pd.DataFrame(dict(zip(NUMBERED, values, strict=True))))
    return pd.concat(tables, ignore_index=True)


def _assigned(mass: NDArray, how: Assignment, seed: int) -> Assigned:
    """Return the assignment that sets the numbers, in which no expert is shared."""
    each = how.experts_per_cluster
    match how.rule:
        case "exact":
            return assign(mass, each, each)
        case "greedy":
            return assign_greedily(mass, each, each)
        case "random":
            rng = np.random.default_rng([seed, RANDOM_KEY])
            return assign_randomly(mass, each, each, rng)
        case "overlapping":
            most = mass.shape[1] // len(mass)
            return assign(mass, most, most)


def _order(mass: NDArray, assigned: Assigned) -> NDArray:
    """Return the experts, shape (experts,), in the order of their new numbers."""
    nobody = len(assigned)
    owner = np.where(assigned.any(axis=0), assigned.argmax(axis=0), nobody)
    used = np.vstack([mass, mass.sum(axis=0)])[owner, np.arange(len(owner))]
    return np.lexsort((-used, owner))


def _numbered(mass: NDArray, how: Assignment) -> Assigned:
    """Return the assignment by the new numbers, for the mean mass of all seeds."""
    each = how.experts_per_cluster
    if how.rule == "overlapping":
        return assign_overlapping(mass, each)
    clusters = np.arange(len(mass))[:, None]
    return np.arange(mass.shape[1]) // each == clusters
