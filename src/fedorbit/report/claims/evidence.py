"""What claims are judged by: the tables of a study, and values with intervals."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedorbit.report.claims.places import Place, at_place
from fedorbit.report.claims.reasons import NotTestable
from fedorbit.report.numbers.answers import Answers
from fedorbit.report.numbers.estimates import Estimate
from fedorbit.report.numbers.metrics import RUN, join_cells, per_run
from fedorbit.report.numbers.rounds import group_means

ROUNDING = 1e-9  # of an accuracy
SEEDS = "seeds"
SEEDS_AND_IMAGES = "seeds and test images"


@dataclass(frozen=True)
class Value:
    """What was found: a value and the ends of its 95 % interval.

    Without an ``estimate`` nothing was sampled: the value is as it is, and its ends are
    those of all that was found.
    """

    value: float
    low: float
    high: float
    estimate: Estimate | None = None
    is_at_most: bool = False
    """Whether the true value may be lower, by any amount."""
    is_at_least: bool = False
    """Whether the true value may be higher, by any amount."""
    covers: str = ""
    """What would have to be drawn anew for the value to move within its ends: seeds,
    for example. Nothing else is in the interval."""

    @classmethod
    def exact(cls, value: float) -> Self:
        """Return a value without any spread."""
        return cls(value, value, value)

    @classmethod
    def of(
        cls,
        estimate: Estimate,
        is_at_most: bool = False,
        is_at_least: bool = False,
        covers: str = SEEDS,
    ) -> Self:
        """Return an estimate; one that is a bound, of what is positive, is open."""
        low, high = estimate.ends()
        low, high = 0.0 if is_at_most else low, math.inf if is_at_least else high
        return cls(estimate.value, low, high, estimate, is_at_most, is_at_least, covers)

    def p_above(self, edge: float) -> float:
        """Return the p value with which the true value is above an edge below it."""
        return self._p(edge, self.is_at_most)

    def p_below(self, edge: float) -> float:
        """Return the p value with which the true value is below an edge above it."""
        return self._p(edge, self.is_at_least)

    def _p(self, edge: float, is_unknown: bool) -> float:
        if math.isinf(edge):
            return 0.0
        return 1.0 if is_unknown else self.estimate.p_beyond(edge)


def ratio_to_target(
    one: pd.DataFrame, other: pd.DataFrame, at_target: list[str], at_end: list[str]
) -> Value:
    """Return what one strategy takes to the target over what another takes, by seed.

    Rows are runs by seed, of which ``reached`` says whether they are at the target; the
    columns of each list are summed. It is an upper bound where the other never reaches
    the target: what it takes by its end then stands for more, and the interval begins
    at 0. If only the first never reaches it, the ratio is infinite; the interval then
    begins at the least ratio, or at 0 if some are bounds.
    """
    least = other[at_target].sum(axis=1)
    least = least.where(other["reached"], other[at_end].sum(axis=1))
    ratio = (one[at_target].sum(axis=1) / least).where(one["reached"], np.inf)
    is_at_most = not other["reached"].all()
    if np.isinf(ratio).any():
        low = 0.0 if is_at_most else float(ratio.min())
        return Value(np.inf, low, np.inf, covers=SEEDS)
    estimate = Estimate.over_seeds(ratio, limits=(0.0, np.inf))
    return Value.of(estimate, is_at_most=is_at_most)


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
    test_images: int
    """How many test images were drawn, each by itself."""
    convex_bound: pd.DataFrame | None = None
    """The table of ``theory.convex_check``, if there is one."""
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """Other tables of the study, by name: metrics, draws, legs, totals, crossovers,
    payloads, devices, checks."""
    speed_flop_s: float | None = None
    """How fast clients compute."""
    answers: Mapping[tuple[str, str], Mapping[str, Answers]] = field(
        default_factory=dict
    )
    """By strategy and setting, and by quantity: those at the end of its runs."""

    def table(self, name: str) -> pd.DataFrame:
        """Return one of the other tables."""
        if name not in self.tables:
            raise NotTestable(f"the study has no table of {name}")
        return self.tables[name]

    def pair(
        self, strategy: str, baseline: str, sweep: str | None, where: Place
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the runs of two strategies by seed, for a ratio to the target.

        Both are at the study's own values, but for a baseline of the one cell ``where``
        of a sweep. Raises ``NotTestable`` as ``of`` does, and if with some seed neither
        reaches the target.
        """
        one = self.of(strategy, None, self.runs).set_index("seed")
        other = at_place(self.of(baseline, sweep, self.runs), where, sweep or "")
        other = other.set_index("seed").loc[one.index]
        if not (one["reached"] | other["reached"]).all():
            percent = f"{100 * self.target_accuracy:g} %"
            raise NotTestable(f"with some seeds neither strategy reaches {percent}")
        return one, other

    def added_by_images(self, runs: pd.DataFrame, quantity: str) -> NDArray | None:
        """Return what each draw of a test image adds to the mean of a quantity of runs.

        It is known if the mean is that of the answers on record, so not of a mean over
        time, nor of rounds before the last.
        """
        some = [
            self.answers.get(run, {}).get(quantity)
            for run in runs[RUN[:2]].itertuples(index=False, name=None)
        ]
        if None in some:
            return None
        mean = np.mean([each.accuracy for each in some])
        is_same = abs(mean - runs[quantity].mean()) < ROUNDING
        return np.mean([each.added for each in some], axis=0) if is_same else None

    @cached_property
    def levels(self) -> pd.DataFrame:
        """Return means over regions, as ``group_means`` does."""
        return group_means(self.rounds)

    @cached_property
    def runs(self) -> pd.DataFrame:
        """Return one row per run, as ``per_run`` does."""
        return per_run(self.rounds, self.target_accuracy)

    def of(self, strategy: str, sweep: str | None, table: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of a strategy in a sweep, or with the study's own values.

        Raises ``NotTestable`` without any such rows, for a single seed, and for a sweep
        that has fewer seeds than the strategy has with the study's own values.
        """
        table = table[table["strategy"] == strategy]
        if sweep is None:
            table = table[table["setting"] == "default"]
        elif sweep not in set(self.cells["sweep"]):
            raise NotTestable(f"the study has no sweep {sweep!r}")
        else:
            own = self.cells[self.cells["strategy"] == strategy]
            if sweep not in set(own["sweep"]):
                raise NotTestable(f"the sweep {sweep!r} has no run of {strategy}")
            table = join_cells(table, own, sweep)
        if self.rounds["seed"].nunique() == 1:
            raise NotTestable("a single seed has no interval")
        if table.empty:
            raise NotTestable(f"the study has no run of {strategy}")
        if sweep is not None:
            self._check_seeds(strategy, table)
        return table

    def _check_seeds(self, strategy: str, table: pd.DataFrame) -> None:
        """Raise ``NotTestable`` if a cell of a sweep lacks seeds of the study.

        The study's own values may be a cell, with more seeds than its neighbours.
        """
        is_own = (self.rounds["strategy"] == strategy) & (
            self.rounds["setting"] == "default"
        )
        own = self.rounds[is_own] if is_own.any() else self.rounds
        has, all_seeds = table.groupby("cell")["seed"].nunique().min(), own["seed"]
        if has < all_seeds.nunique():
            raise NotTestable(
                f"the sweep has {has} of the study's {all_seeds.nunique()} seeds"
            )
