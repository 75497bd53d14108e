"""Where does FedMeld win? A map over speeds of rounds and ground stations."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from fedorbit.report.figures.style import Looks, set_title, use_style
from fedorbit.report.numbers.metrics import SENT, at_bits, at_end
from fedorbit.report.numbers.statistics import Difference, paired

STATIONS = "scenario.stations.file"
SPEED = "clients.compute_flop_s"
MIX = "partition.region_concentration"
PLACE = [MIX, STATIONS, SPEED]
SIGNIFICANT = 0.05
PALE = 0.7  # the share of white in a cell that is not significant
ROWS = {"time": "equal time", "bits": "equal bits"}


def win_table(levels: pd.DataFrame, strategy: str, baseline: str) -> pd.DataFrame:
    """Return how far two strategies are apart in each cell of the sweep.

    ``levels`` is that of ``group_means``, joined with the cells. Columns ``PLACE``,
    ``at`` (``time``: at the end of the scenario; ``bits``: when both have sent, on
    links, what the thriftier of them sends until the end) and mean, low, high and
    p_value of the paired difference in accuracy over seeds.
    """
    rows = []
    for place, cell in levels.groupby(PLACE):
        by = cell.groupby("strategy")
        budget = by[SENT].max().sum(axis=1)[[strategy, baseline]].min()
        ends = {"time": at_end(cell), "bits": at_bits(cell, budget)}
        for at, runs in ends.items():
            sides = (
                runs[runs["strategy"] == name].set_index("seed")["accuracy"]
                for name in (strategy, baseline)
            )
            found = paired(*sides)
            rows.append(dict(zip(PLACE, place, strict=True)) | {"at": at} | vars(found))
    return pd.DataFrame(rows)


def speeds_of(metrics: pd.DataFrame, strategy: str) -> dict[float, str]:
    """Return the ratio of flight to round, as words, of each speed of clients.

    ``metrics`` are those of the sweep, with its cells; medians over them, rising.
    """
    own = metrics[metrics["strategy"] == strategy]
    ratio = (own["flight_s"] / own["round_s"]).groupby(own[SPEED]).median()
    return {speed: f"{value:.2g}" for speed, value in ratio.sort_values().items()}


def stations_of(metrics: pd.DataFrame, baseline: str) -> dict[str, str]:
    """Return the name and the ground delay, as words, of each list of stations.

    As ``speeds_of``, but falling.
    """
    own = metrics[metrics["strategy"] == baseline]
    delay_h = own.groupby(STATIONS)["exchange_s"].median() / 3600
    delay_h = delay_h.sort_values(ascending=False)
    return {file: f"{Path(file).stem}\n{h:.2g} h" for file, h in delay_h.items()}


def plot_wins(
    wins: pd.DataFrame,
    names: tuple[str, str],
    looks: Looks,
    speeds: Mapping[float, str],
    stations: Mapping[str, str],
    title: str,
) -> Figure:
    """Return the map: a column of panels for each mix of data, rows by ``at``.

    ``wins`` is that of ``win_table`` for the strategies ``names``. ``speeds`` and
    ``stations`` give the words for the values of both axes, in their order. A cell
    has the colour and the first letter of the better strategy, and by how many
    percentage points; it is pale if the difference is not significant.
    """
    use_style()
    mixes = sorted(wins[MIX].unique())
    figure, panels = plt.subplots(
        len(ROWS),
        len(mixes),
        figsize=(7.2, 1.9 + 2 * (0.35 + 0.42 * len(stations))),
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    for row, (at, words) in zip(panels, ROWS.items(), strict=True):
        for axes, mix in zip(row, mixes, strict=True):
            here = wins[(wins["at"] == at) & (wins[MIX] == mix)]
            _draw_cells(axes, here, names, looks, list(speeds), list(stations))
            axes.set_title(f"concentration {mix:g}" if at == "time" else "")
        row[0].set_ylabel(f"{words},\nstation, delay", fontsize=8)
    first = panels[0, 0]
    first.set(xlim=(-0.5, len(speeds) - 0.5), ylim=(-0.5, len(stations) - 0.5))
    first.set_xticks(range(len(speeds)), speeds.values())
    first.set_yticks(range(len(stations)), stations.values())
    for axes in panels[-1]:
        axes.set_xlabel("flight over round time,\nT_fly / tau_r", fontsize=8)
    figure.legend(
        *_legend(names, looks),
        loc="outside lower center",
        ncols=2,
        title="better by so many percentage points of test accuracy",
        title_fontsize=8,
    )
    set_title(figure, f"Where does {looks[names[0]]['label']} win?\n{title}")
    return figure


def _draw_cells(
    axes: plt.Axes,
    here: pd.DataFrame,
    names: tuple[str, str],
    looks: Looks,
    speeds: list[float],
    stations: list[str],
) -> None:
    """Draw the cells of one panel."""
    for cell in here.to_dict("records"):
        x, y = speeds.index(cell[SPEED]), stations.index(cell[STATIONS])
        found = Difference(*(cell[k] for k in ("mean", "low", "high", "p_value")))
        winner = looks[names[0] if found.mean >= 0 else names[1]]
        sure = found.p_value < SIGNIFICANT
        color = winner["color"] if sure else _pale(winner["color"])
        axes.add_patch(
            plt.Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=color, edgecolor="white")
        )
        axes.text(
            x,
            y,
            f"{winner['label'][0]}\n{100 * abs(found.mean):.1f}{'*' if sure else ''}",
            ha="center",
            va="center",
            size=7,
            color="white" if sure else "black",
        )
    axes.grid(visible=False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _pale(color: str) -> tuple[float, ...]:
    return tuple(PALE + (1 - PALE) * part for part in to_rgb(color))


def _legend(names: tuple[str, str], looks: Looks) -> tuple[list[Any], list[str]]:
    """Return what the colours mean."""
    handles, labels = [], []
    for name in names:
        look = looks[name]
        letter = look["label"][0]
        for color, words in (
            (look["color"], f"{letter}*: {look['label']}, p < {SIGNIFICANT:g}"),
            (_pale(look["color"]), f"{letter}: {look['label']}, not significant"),
        ):
            handles.append(plt.Rectangle((0, 0), 1, 1, facecolor=color))
            labels.append(words)
    return handles, labels
