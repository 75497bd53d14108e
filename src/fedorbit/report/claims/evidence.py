"""What claims are judged by: the tables of a study, and values with intervals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from fedorbit.report.numbers.metrics import join_cells, per_run
from fedorbit.report.numbers.rounds import group_means, interval


class NotTested(Exception):
    """The study has not what a claim needs; the message says what."""


@dataclass(frozen=True)
class Value:
    """A value with the ends of its interval over seeds."""

    value: float
    low: float
    high: float


def ratio_to_target(
    one: pd.DataFrame, other: pd.DataFrame, at_target: list[str], at_end: list[str]
) -> Value:
    """Return what one strategy takes to the target over what another takes, by seed.

    Rows are runs by seed, of which ``reached`` says whether they are at the target; the
    columns of each list are summed. It is an upper bound where the other never reaches
    the target: what it takes by its end then stands for more, and the interval begins
    at 0. If only the first never reaches it, the ratio is infinite.
    """
    least = other[at_target].sum(axis=1)
    least = least.where(other["reached"], other[at_end].sum(axis=1))
    ratio = (one[at_target].sum(axis=1) / least).where(one["reached"], np.inf)
    if np.isinf(ratio).any():
        return Value(np.inf, float(ratio.min()), np.inf)
    mean, low, high = interval(ratio)
    return Value(mean, low if other["reached"].all() else 0.0, high)


@dataclass(frozen=True)
class Evidence:
    """The tables of a study that claims are judged by."""

    rounds: pd.DataFrame
    """Columns ``ROUNDS``."""
    cells: pd.DataFrame
    """``sweep, cell, strategy, setting`` and a column for each swept key, of the runs
    that could be planned."""
    target_accuracy: float
    """What costs and times to a target refer to, from 0 to 1."""
    convex_bound: pd.DataFrame | None = None
    """The table of ``theory.convex_check``, if there is one."""
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """Other tables of the study, by name: legs, totals, payloads, devices, checks."""
    speed_flop_s: float | None = None
    """How fast clients compute."""

    def table(self, name: str) -> pd.DataFrame:
        """Return one of the other tables."""
        if name not in self.tables:
            raise NotTested(f"the study has no table of {name}")
        return self.tables[name]

    def pair(self, strategy: str, baseline: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the runs of two strategies at the study's own values, by seed.

        Raises ``NotTested`` if with some seed neither reaches the target.
        """
        one, other = (
            self.of(name, None, self.runs).set_index("seed")
            for name in (strategy, baseline)
        )
        other = other.loc[one.index]
        if not (one["reached"] | other["reached"]).all():
            percent = f"{100 * self.target_accuracy:g} %"
            raise NotTested(f"with some seeds neither strategy reaches {percent}")
        return one, other

    @cached_property
    def levels(self) -> pd.DataFrame:
        """Return means over regions, as ``group_means`` does."""
        return group_means(self.rounds)

    @cached_property
    def runs(self) -> pd.DataFrame:
        """Return one row per run, as ``per_run`` does."""
        return per_run(self.rounds, self.target_accuracy)

    def of(self, strategy: str, sweep: str | None, table: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of a strategy in a sweep, or with the study's own values."""
        table = table[table["strategy"] == strategy]
        if sweep is None:
            table = table[table["setting"] == "default"]
        elif sweep not in set(self.cells["sweep"]):
            raise NotTested(f"the study has no sweep {sweep!r}")
        else:
            own = self.cells[self.cells["strategy"] == strategy]
            if sweep not in set(own["sweep"]):
                raise NotTested(f"the sweep {sweep!r} has no run of {strategy}")
            table = join_cells(table, own, sweep)
        if self.rounds["seed"].nunique() == 1:
            raise NotTested("a single seed has no interval")
        if table.empty:
            raise NotTested(f"the study has no run of {strategy}")
        return table
