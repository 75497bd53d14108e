"""Where does which strategy win? A map over two swept keys, as declared."""

from collections.abc import Collection, Sequence
from textwrap import fill
from typing import Any

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from fedorbit.report.figures.declared import SweepMap, TickMetric
from fedorbit.report.figures.points import Layout, Tables, layout
from fedorbit.report.figures.quantities import QUANTITIES
from fedorbit.report.figures.style import (
    Looks,
    is_dark,
    pale,
    plain,
    set_title,
    use_style,
)
from fedorbit.report.numbers.metrics import (
    SENT,
    at_bits,
    at_end,
    join_cells,
    with_common_seeds,
)
from fedorbit.report.numbers.rounds import group_means
from fedorbit.report.numbers.statistics import paired

SIGNIFICANT = 0.05
PALE = 0.7  # the share of white in a cell that is not significant
ROWS = {"time": "at equal time", "bits": "for equal bits"}
LETTERS = 17  # of small print on an inch
TITLE = 0.7  # part of these that a title of a panel has
LEGEND = f"""Colour and name: the strategy with the best test accuracy.
Number: its lead over the next, in percentage points.
Star, strong colour: p < {SIGNIFICANT:g} in a paired t test of the two; pale: it is not.
The same seeds choose the two, and p is not corrected for the number of cells."""
WINS_NOWHERE = "{}: best in no cell"
INFEASIBLE = "#EDEDED"
LEFT_IN = 1.4  # of the words beside the panels


def win_table(levels: pd.DataFrame, strategies: Sequence[str]) -> pd.DataFrame:
    """Return the best of some strategies in each cell of a sweep, and its lead.

    ``levels`` is that of ``group_means``, with the cells. Columns ``cell``, ``at``
    (``time``: at the end of the scenario; ``bits``: when each has sent, on links,
    what the thriftiest of them sends until the end), ``best``, ``second`` and mean,
    low, high and p_value of the paired difference in accuracy between these two over
    seeds, those that all runs have. A cell with one strategy has no lead, one without
    any has no row.
    """
    rows = []
    levels = with_common_seeds(levels[levels["strategy"].isin(strategies)])
    for number, cell in levels.groupby("cell", sort=False):
        budget = cell.groupby("strategy")[SENT].max().sum(axis=1).min()
        ends = {"time": at_end(cell), "bits": at_bits(cell, budget)}
        for at, runs in ends.items():
            own = {name: runs[runs["strategy"] == name] for name in strategies}
            own = {n: r.set_index("seed")["accuracy"] for n, r in own.items() if len(r)}
            best, *others = sorted(own, key=lambda name: -own[name].mean())
            row = {"cell": number, "at": at, "best": best}
            if others:
                row |= {"second": others[0]} | vars(paired(own[best], own[others[0]]))
            rows.append(row)
    columns = ["cell", "at", "best", "second", "mean", "low", "high", "p_value"]
    return pd.DataFrame(rows, columns=columns)


def order(
    role: str,
    by: TickMetric | None,
    metrics: pd.DataFrame | None,
    where: Layout,
    words_of: Sequence[str] = (),
) -> dict[int, str]:
    """Return the numbers of the values of an axis in their order, and their words.

    ``words_of`` are words above the values. ``metrics`` are those of the sweep with the
    roles of its cells. Where they order
    the values, the median over the cells of a value rises, and is written below it;
    values for which nothing could be planned come last.
    """
    texts = where.axes[role].texts
    if words_of:
        texts = [f"{w}\n({t})" for w, t in zip(words_of, texts, strict=True)]
    if by is None:
        return dict(enumerate(texts))
    own = metrics[metrics["strategy"] == by.strategy]
    read, unit = own[by.metric] * QUANTITIES[by.metric].factor, by.metric
    words = f" {QUANTITIES[unit].unit}"
    if by.over is not None:
        read, words = own[by.metric] / own[by.over], ""
    words = words if by.label is None else f" {by.label}"
    medians = read.groupby(own[role]).median().sort_values()
    told = {code: f"{texts[code]}\n{m:.2g}{words}" for code, m in medians.items()}
    return told | {c: text for c, text in enumerate(texts) if c not in told}


def plot_wins(figure: SweepMap, tables: Tables, looks: Looks, title: str) -> Figure:
    """Return the map: a column of panels for each value of ``panels``, rows by ``at``.

    A cell has the colour and the name of the best strategy, and by how many percentage
    points it leads the next; it is pale if the lead is not significant. Strategies that
    cannot be planned in a cell do not compete there.
    """
    use_style()
    where = layout(figure, tables)
    levels = join_cells(group_means(tables.rounds), where.planned, figure.sweep)
    places = where.cells.drop_duplicates("cell").drop(columns="infeasible")
    table = win_table(levels, figure.strategies)
    wins = places.merge(table.astype({"cell": places["cell"].dtype}), "left", "cell")
    metrics = None
    if figure.needs["metrics"]:
        metrics = join_cells(tables.metrics, where.planned, figure.sweep)
    words = figure.words_of
    across = order("x", figure.x_by, metrics, where, words.get("x", ()))
    up = order("y", figure.y_by, metrics, where, words.get("y", ()))
    panels = order("panels", None, metrics, where, words.get("panels", ())).values()
    canvas, grid = plt.subplots(
        len(figure.at),
        len(panels),
        figsize=(7.2, 1.9 + len(figure.at) * (0.35 + 0.42 * len(up))),
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    width_in = canvas.get_figwidth() - LEFT_IN
    letters = int(LETTERS * width_in / len(panels) / len(across))
    for row, at in zip(grid, figure.at, strict=True):
        for panel, axes in enumerate(row):
            is_here = wins["at"].eq(at) | wins["at"].isna()
            here = wins[(wins["panels"] == panel) & is_here]
            for cell in here.itertuples():
                place = [*across].index(cell.x), [*up].index(cell.y)
                _draw_cell(axes, place, cell, looks, letters)
            _clear(axes)
        row[0].set_ylabel(ROWS[at])
    width = int(LETTERS * width_in / len(panels))
    if figure.panels is not None:
        for text, axes in zip(panels, grid[0], strict=True):
            words = fill(f"{figure.words('panels')} {text}", int(TITLE * width))
            axes.set_title(plain(words))
    grid[0, 0].set(xlim=(-0.5, len(across) - 0.5), ylim=(-0.5, len(up) - 0.5))
    grid[0, 0].set_xticks(range(len(across)), across.values())
    grid[0, 0].set_yticks(range(len(up)), up.values())
    middle = grid[-1, len(panels) // 2]
    middle.set_xlabel(plain(fill(figure.words("x"), width)), fontsize=8)
    canvas.supylabel(plain(figure.words("y")), fontsize=8)
    shown = {s: look for s, look in looks.items() if s in figure.strategies}
    _add_legend(canvas, shown, {*wins.loc[wins["at"].isin(figure.at), "best"]})
    set_title(canvas, f"Which strategy is best where?\n{title}")
    return canvas


def _draw_cell(
    axes: plt.Axes, place: tuple[int, int], cell: Any, looks: Looks, letters: int
) -> None:
    """Draw one cell: its best strategy and the lead, or that nothing is feasible."""
    if pd.isna(cell.best):
        color, words = INFEASIBLE, "infeasible"
    else:
        sure = cell.p_value < SIGNIFICANT
        color = looks[cell.best]["color"]
        color = color if sure else pale(color, PALE)
        lead = "" if pd.isna(cell.mean) else f"\n+{100 * cell.mean:.1f}"
        name = fill(looks[cell.best]["label"], letters)
        words = f"{plain(name)}{lead}{'*' if sure else ''}"
    x, y = place
    corner = (x - 0.5, y - 0.5)
    axes.add_patch(plt.Rectangle(corner, 1, 1, facecolor=color, edgecolor="white"))
    ink = "white" if is_dark(color) else "black"
    axes.text(x, y, words, ha="center", va="center", size=6.5, color=ink)


def _clear(axes: plt.Axes) -> None:
    """Take away what a panel of cells does not need."""
    axes.grid(visible=False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _add_legend(canvas: Figure, looks: Looks, best: Collection[str]) -> None:
    """Write below the map what colours, numbers and stars mean, and who wins nowhere.

    ``best`` are the strategies that are the best of some cell.
    """
    handles = [
        plt.Rectangle((0, 0), 1, 1, facecolor=look["color"]) for look in looks.values()
    ]
    labels = {s: plain(look["label"]) for s, look in looks.items()}
    canvas.legend(
        handles,
        [
            label if s in best else WINS_NOWHERE.format(label)
            for s, label in labels.items()
        ],
        loc="outside lower center",
        ncols=min(4, len(looks)),
        title=LEGEND,
        title_fontsize=8,
    )
