"""The numbers that a declared figure draws, from the tables of a study."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from numbers import Number
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from fedorbit.report.figures.declared import Figure, SweepFigure
from fedorbit.report.figures.quantities import (
    END,
    EQUAL_ROUNDS,
    GRID_COLUMNS,
    LOCAL_STEPS,
    QUANTITIES,
    RATIO,
    REGIONS,
    STATIONS,
    TARGET,
    THEORY_X,
    TOPOLOGY,
)
from fedorbit.report.numbers.infeasible import are_infeasible
from fedorbit.report.numbers.metrics import (
    RUN,
    at_end,
    at_equal_rounds,
    join_cells,
    metrics,
    per_run,
    with_common_seeds,
)
from fedorbit.report.numbers.rounds import WHOLE, group_means, last_of_all, over_seeds
from fedorbit.report.numbers.theory import best_objectives, second_eigenvalue

ROLES = ("x", "y", "panels", "series", "names")
SITES = {REGIONS: "region", STATIONS: "station"}
WORDS = {"True": "yes", "False": "no"}
INTERVALS = ["mean", "low", "high"]


@dataclass(frozen=True)
class Tables:
    """What a figure is drawn from; what it does not need is left out."""

    cells: pd.DataFrame
    """``sweep, cell, strategy, setting`` and a column for each swept key."""
    rounds: pd.DataFrame | None = None
    """The tidy rounds."""
    metrics: pd.DataFrame | None = None
    """One row per strategy and setting."""
    scmr: Mapping[str, Any] | None = None
    """The solution of SC-MR with the study's own values."""
    law: Mapping[str, Any] = field(default_factory=dict)
    """What our law has found in each cell of the sweep, by the name of the cell."""
    sites: Mapping[str, pd.DataFrame] | None = None
    """Regions or stations by the file that lists them."""
    values: Mapping[str, Any] | None = None
    """The study's own values of the figure's ``keys``."""
    infeasible: pd.DataFrame | None = None
    """``strategy, setting`` of what cannot be planned."""
    group: str = "region"
    """What a group of clients is called."""


@dataclass(frozen=True)
class Axis:
    """The values of a key in a figure: numbers rise, others are as in the sweep."""

    values: list[Any]
    texts: list[str]
    """The values as they are written."""
    is_numeric: bool


@dataclass(frozen=True)
class Layout:
    """Where the cells of a figure stand."""

    cells: pd.DataFrame
    """``sweep, cell, strategy, setting``, and for each role the number of its value;
    0 for a role that no key has. ``infeasible`` says whether there is no plan."""
    axes: dict[str, Axis]
    """By role."""

    @property
    def planned(self) -> pd.DataFrame:
        """Return the cells in which the strategy could be planned."""
        return self.cells[~self.cells["infeasible"]]


def layout(figure: Figure, tables: Tables) -> Layout:
    """Return where each cell that a figure draws stands."""
    cells = tables.cells[tables.cells["sweep"] == figure.sweep]
    for key, value in figure.where.items():
        cells = cells[[_plain(own) == _plain(value) for own in cells[key]]]
    placed = cells[["sweep", "cell", "strategy", "setting"]].copy()
    placed["infeasible"] = False
    if tables.infeasible is not None:
        placed["infeasible"] = are_infeasible(placed, tables.infeasible)
    axes, keys = {}, figure.roles()
    for role in ROLES:
        column = cells[keys[role]] if role in keys else pd.Series("", cells.index)
        if role == "x" and figure.x in THEORY_X:
            column = _eigenvalues(cells, tables)
        given = [_plain(value) for value in column]
        axes[role] = _axis(given, keys.get(role), tables)
        placed[role] = [axes[role].values.index(value) for value in given]
    return Layout(placed, axes)


def points(figure: SweepFigure, y: str, tables: Tables, where: Layout) -> pd.DataFrame:
    """Return mean, low and high of a quantity in each cell, in the units of its axis.

    Columns ``strategy, cell, at``, the roles of ``Layout`` and ``mean, low, high``; low
    and high are those of 95 % intervals over seeds, and empty without any. Seeds are
    those that all runs of the figure have. There are no rows where nothing could be
    planned.
    """
    quantity = QUANTITIES[y]
    columns = ["strategy", "cell", "at", *ROLES, *INTERVALS]
    if where.planned.empty:
        return pd.DataFrame(columns=columns)
    if quantity.table == "metrics":
        table = _of_runs(tables, where) if quantity.is_of_runs else tables.metrics
        found = join_cells(table, where.planned, figure.sweep).assign(at=END)
        found["mean"] = found[y]
        for end in ("low", "high"):
            found[end] = found.get(f"{y}_{end}", float("nan"))
    else:
        levels = joined_levels(figure.sweep, tables, where)
        some = []
        for at, read in ((END, at_end), (EQUAL_ROUNDS, at_equal_rounds)):
            if at in figure.at:
                runs = read(levels)
                if at == END and y in WHOLE:
                    # The last may be of a round that no group gets.
                    ends = last_of_all(tables.rounds)[[y]]
                    runs = runs.drop(columns=y).join(ends, on=RUN)
                if y == "accuracy_lost":
                    runs = runs.assign(accuracy_lost=accuracy_lost(runs))
                some.append(over_seeds(runs, ["strategy", "cell"], y).assign(at=at))
        found = pd.concat(some).merge(where.cells, on=["strategy", "cell"])
    found[INTERVALS] *= quantity.factor
    return found[columns]


def curves(figure: SweepFigure, y: str, tables: Tables, where: Layout) -> pd.DataFrame:
    """Return mean, low and high of a quantity over the ``hours`` of each cell.

    Columns and seeds as those of ``points``, with ``hours`` in place of ``at``.
    """
    columns = ["strategy", "cell", "hours", *ROLES, *INTERVALS]
    if where.planned.empty:
        return pd.DataFrame(columns=columns)
    levels = joined_levels(figure.sweep, tables, where)
    found = over_seeds(levels, ["strategy", "cell", "round", "time_s"], y)
    found = found.merge(where.cells, on=["strategy", "cell"])
    found[INTERVALS] *= QUANTITIES[y].factor
    found["hours"] = found["time_s"] / 3600
    return found[columns]


def joined_levels(sweep: str, tables: Tables, where: Layout) -> pd.DataFrame:
    """Return the rows of ``group_means`` of the cells that a figure draws.

    Only the seeds are in it that all runs of these cells have.
    """
    means = group_means(tables.rounds)
    return with_common_seeds(join_cells(means, where.planned, sweep))


def _of_runs(tables: Tables, where: Layout) -> pd.DataFrame:
    """Return the metrics of the runs that a figure draws, over their common seeds."""
    own = where.planned[RUN[:2]].drop_duplicates()
    rounds = with_common_seeds(tables.rounds.merge(own, on=RUN[:2]))
    return metrics(per_run(rounds, tables.values[TARGET]), own)


def objectives(tables: Tables, where: Layout) -> pd.DataFrame:
    """Return the least objective of theory by interval, as ``best_objectives`` does."""
    regions = len(tables.sites[tables.values[REGIONS]])
    steps = tables.values[LOCAL_STEPS]
    return best_objectives(tables.scmr, steps, regions, where.axes["x"].values)


def accuracy_lost(runs: pd.DataFrame) -> pd.Series:
    """Return what the best cell of its panel and series has more than each run.

    The best is that with the highest mean over seeds, of the same strategy; each run
    is compared with the best one's of the same seed.
    """
    group = ["strategy", "panels", "series"]
    means = runs.groupby([*group, "cell"])["accuracy"].mean().reset_index()
    best = means.loc[means.groupby(group)["accuracy"].idxmax(), [*group, "cell"]]
    best_runs = runs.merge(best, on=[*group, "cell"])
    best_of = best_runs.set_index([*group, "seed"])["accuracy"]
    keys = pd.MultiIndex.from_frame(runs[[*group, "seed"]])
    return best_of.loc[keys].to_numpy() - runs["accuracy"]


def _eigenvalues(cells: pd.DataFrame, tables: Tables) -> pd.Series:
    """Return the second eigenvalue of the mixing matrix in each cell."""
    found = []
    for cell in cells.to_dict("records"):
        values = {**tables.values, **cell}
        names = list(tables.sites[values[REGIONS]]["name"])
        grid = values[TOPOLOGY], values[GRID_COLUMNS]
        found.append(second_eigenvalue(names, *grid, values[RATIO]))
    return pd.Series(found, cells.index)


def _axis(given: list[Any], key: str | None, tables: Tables) -> Axis:
    values = list(dict.fromkeys(given))
    is_numeric = all(isinstance(value, Number) for value in values)
    values = sorted(values) if is_numeric else values
    texts = [_text(value, key, tables) for value in values]
    return Axis(values, texts if key in SITES else shortened(texts), is_numeric)


def shortened(texts: list[str]) -> list[str]:
    """Return texts without the last parts that all of several parts have in common.

    So ``none, urban-s-0, dense_urban-s-0`` become ``none, urban, dense urban``.
    """
    parts = [text.split("-") for text in texts]
    several = [own for own in parts if len(own) > 1]
    ends = list(zip(*(own[:0:-1] for own in several), strict=False))
    same = len(list(takewhile(lambda end: len(set(end)) == 1, ends)))
    if len(several) < 2 or not same:
        return texts
    kept = [own[:-same] if len(own) > 1 else own for own in parts]
    return ["-".join(own).replace("_", " ") for own in kept]


def _plain(value: Any) -> float | str:
    """Return a value of a table as a number or a text, an empty one as ``none``.

    A table has numbers as texts in a column where other values are texts.
    """
    if value is None or value is pd.NA or value != value:
        return "none"
    try:
        number = str(value) if isinstance(value, bool | np.bool_) else float(value)
    except ValueError:
        return str(value)
    return number


def _text(value: Any, key: str | None, tables: Tables) -> str:
    """Return a value as a figure writes it, a file of sites with how many it lists."""
    if not isinstance(value, str):
        return f"{value:g}"
    text = PurePosixPath(value).stem if "/" in value else WORDS.get(value, value)
    if key not in SITES:
        return text
    count = len(tables.sites[value])
    return f"{text}: {count} {SITES[key]}{'s' if count > 1 else ''}"
