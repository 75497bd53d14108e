"""Which experts clusters have, and how much their gates use each, from a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from fedorbit.base.errors import InputError
from fedorbit.base.files import read_table
from fedorbit.theory.experts.assignment import Assigned
from fedorbit.theory.experts.numbering import NUMBERED

Trains = Literal["all", "assigned"]
"""Whether a cluster trains all experts, as in conventional learning, or its own."""


@dataclass(frozen=True)
class Splitting:
    """Arrays of shape (clusters, experts), in the order of the groups of clients."""

    assigned: Assigned
    """Which experts a cluster has, by their new numbers."""
    mass: NDArray
    """Mean gate of an expert on the data of a cluster, over all seeds."""

    @classmethod
    def read(cls, path: str | Path, clusters: Sequence[str]) -> Self:
        """Return what ``assign_experts`` has found for the clusters of these names.

        Raises ``InputError`` if the table is none of its.
        """
        table = read_table(path)
        if list(table.columns) != NUMBERED or set(table["cluster"]) != set(clusters):
            raise InputError(
                f"{path}: not the experts of the clusters {', '.join(clusters)}; "
                "remove it, so that it is made anew."
            )
        means = table.groupby(["cluster", "number"])[["assigned", "mass"]].mean()
        wide = means.unstack("number").loc[list(clusters)]
        return cls(wide["assigned"].to_numpy(float) == 1, wide["mass"].to_numpy(float))

    def trained(self, trains: Trains) -> Assigned:
        """Return which experts clusters train."""
        return np.ones_like(self.assigned) if trains == "all" else self.assigned
