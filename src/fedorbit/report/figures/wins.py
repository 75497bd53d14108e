"""Where does one strategy beat another? A map over two swept keys, as declared."""

from collections.abc import Iterable
from textwrap import fill
from typing import Any

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from fedorbit.report.figures.declared import SweepMap, TickMetric
from fedorbit.report.figures.points import Layout, Tables, layout
from fedorbit.report.figures.quantities import QUANTITIES
from fedorbit.report.figures.style import Looks, plain, set_title, use_style
from fedorbit.report.numbers.metrics import SENT, at_bits, at_end, join_cells
from fedorbit.report.numbers.rounds import group_means
from fedorbit.report.numbers.statistics import paired

SIGNIFICANT = 0.05
PALE = 0.7  # the share of white in a cell that is not significant
ROWS = {"time": "equal time", "bits": "equal bits"}
LETTERS = 12  # of small print on an inch


def win_table(levels: pd.DataFrame, strategy: str, baseline: str) -> pd.DataFrame:
    """Return how far two strategies are apart in each cell of a sweep.

    ``levels`` is that of ``group_means``, with the cells. Columns ``cell``, ``at``
    (``time``: at the end of the scenario; ``bits``: when both have sent, on links,
    what the thriftier of them sends until the end) and mean, low, high and p_value of
    the paired difference in accuracy over seeds; no row for a cell without both.
    """
    rows = []
    for number, cell in levels.groupby("cell", sort=False):
        if not {strategy, baseline} <= set(cell["strategy"]):
            continue
        by = cell.groupby("strategy")
        budget = by[SENT].max().sum(axis=1)[[strategy, baseline]].min()
        ends = {"time": at_end(cell), "bits": at_bits(cell, budget)}
        for at, runs in ends.items():
            sides = (
                runs[runs["strategy"] == name].set_index("seed")["accuracy"]
                for name in (strategy, baseline)
            )
            rows.append({"cell": number, "at": at} | vars(paired(*sides)))
    columns = ["cell", "at", "mean", "low", "high", "p_value"]
    return pd.DataFrame(rows, columns=columns)


def order(
    role: str, by: TickMetric | None, metrics: pd.DataFrame | None, where: Layout
) -> dict[int, str]:
    """Return the numbers of the values of an axis in their order, and their words.

    ``metrics`` are those of the sweep with the roles of its cells. Where they order
    the values, the median over the cells of a value rises, and is written below it;
    values for which nothing could be planned come last.
    """
    texts = where.axes[role].texts
    if by is None:
        return dict(enumerate(texts))
    own = metrics[metrics["strategy"] == by.strategy]
    read, unit = own[by.metric] * QUANTITIES[by.metric].factor, by.metric
    words = f" {QUANTITIES[unit].unit}"
    if by.over is not None:
        read, words = own[by.metric] / own[by.over], ""
    medians = read.groupby(own[role]).median().sort_values()
    told = {code: f"{texts[code]}\n{m:.2g}{words}" for code, m in medians.items()}
    return told | {c: text for c, text in enumerate(texts) if c not in told}


def plot_wins(figure: SweepMap, tables: Tables, looks: Looks, title: str) -> Figure:
    """Return the map: a column of panels for each value of ``panels``, rows by ``at``.

    A cell has the colour and the letter of the better strategy, and by how many
    percentage points it is better; it is pale if the difference is not significant.
    """
    use_style()
    where = layout(figure, tables)
    names = (figure.strategy, figure.baseline)
    levels = join_cells(group_means(tables.rounds), where.planned, figure.sweep)
    places = where.cells.drop_duplicates("cell").drop(columns="infeasible")
    table = win_table(levels, *names).astype({"cell": places["cell"].dtype})
    wins = places.merge(table, on="cell")
    without = where.cells[where.cells["infeasible"]]
    metrics = None
    if figure.needs["metrics"]:
        metrics = join_cells(tables.metrics, where.planned, figure.sweep)
    across = order("x", figure.x_by, metrics, where)
    up = order("y", figure.y_by, metrics, where)
    panels = where.axes["panels"].texts
    canvas, grid = plt.subplots(
        len(figure.at),
        len(panels),
        figsize=(7.2, 1.9 + len(figure.at) * (0.35 + 0.42 * len(up))),
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    letters = _letters(names, looks)
    for row, at in zip(grid, figure.at, strict=True):
        for panel, axes in enumerate(row):
            here = wins[(wins["at"] == at) & (wins["panels"] == panel)]
            _draw_cells(axes, here, names, looks, letters, [*across], [*up])
            _draw_infeasible(axes, without[without["panels"] == panel], across, up)
        beside = plain(fill(figure.words("y"), 24))
        row[0].set_ylabel(f"{ROWS[at]},\n{beside}", fontsize=8)
    if figure.panels is not None:
        for text, axes in zip(panels, grid[0], strict=True):
            axes.set_title(plain(f"{figure.words('panels')} {text}"))
    grid[0, 0].set(xlim=(-0.5, len(across) - 0.5), ylim=(-0.5, len(up) - 0.5))
    grid[0, 0].set_xticks(range(len(across)), across.values())
    grid[0, 0].set_yticks(range(len(up)), up.values())
    for axes in grid[-1]:
        width = int(LETTERS * canvas.get_figwidth() / len(panels))
        axes.set_xlabel(plain(fill(figure.words("x"), width)), fontsize=8)
    canvas.legend(
        *_legend(names, looks, letters),
        loc="outside lower center",
        ncols=2,
        title="better by so many percentage points of test accuracy",
        title_fontsize=8,
    )
    set_title(canvas, f"Where does {looks[names[0]]['label']} win?\n{title}")
    return canvas


def _draw_cells(
    axes: plt.Axes,
    here: pd.DataFrame,
    names: tuple[str, str],
    looks: Looks,
    letters: tuple[str, str],
    across: list[int],
    up: list[int],
) -> None:
    """Draw the cells of one panel."""
    for cell in here.itertuples():
        x, y = across.index(cell.x), up.index(cell.y)
        winner = 0 if cell.mean >= 0 else 1
        sure = cell.p_value < SIGNIFICANT
        color = looks[names[winner]]["color"]
        axes.add_patch(
            plt.Rectangle(
                (x - 0.5, y - 0.5),
                1,
                1,
                facecolor=color if sure else _pale(color),
                edgecolor="white",
            )
        )
        axes.text(
            x,
            y,
            f"{letters[winner]}\n{100 * abs(cell.mean):.1f}{'*' if sure else ''}",
            ha="center",
            va="center",
            size=7,
            color="white" if sure else "black",
        )
    axes.grid(visible=False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _draw_infeasible(
    axes: plt.Axes, cells: pd.DataFrame, across: Iterable[int], up: Iterable[int]
) -> None:
    """Draw the cells in which a strategy cannot be planned."""
    across, up = list(across), list(up)
    for cell in cells.drop_duplicates("cell").itertuples():
        x, y = across.index(cell.x), up.index(cell.y)
        axes.add_patch(
            plt.Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor="0.93", edgecolor="white")
        )
        axes.text(x, y, "infeasible", ha="center", va="center", size=6, rotation=30)


def _pale(color: str) -> tuple[float, ...]:
    return tuple(PALE + (1 - PALE) * part for part in to_rgb(color))


def _letters(names: tuple[str, str], looks: Looks) -> tuple[str, str]:
    """Return a letter for each strategy: its initial, unless both have the same."""
    first, second = (looks[name]["label"][0] for name in names)
    return (first, second) if first != second else ("A", "B")


def _legend(
    names: tuple[str, str], looks: Looks, letters: tuple[str, str]
) -> tuple[list[Any], list[str]]:
    """Return what the colours mean."""
    handles, labels = [], []
    for name, letter in zip(names, letters, strict=True):
        look = looks[name]
        for color, words in (
            (look["color"], f"{letter}*: {look['label']}, p < {SIGNIFICANT:g}"),
            (_pale(look["color"]), f"{letter}: {look['label']}, not significant"),
        ):
            handles.append(plt.Rectangle((0, 0), 1, 1, facecolor=color))
            labels.append(words)
    return handles, labels
