"""The look that all figures share, and accuracy over simulated time.

``looks`` maps each strategy to its ``label``, ``color`` and ``linestyle``, in the
order of legends; a strategy looks the same in all figures.
"""

from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")

import matplotlib.pyplot as plt  # noqa: E402
import pandas as pd  # noqa: E402
import seaborn as sns  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from fedorbit.base.files import whole  # noqa: E402
from fedorbit.report.figures.quantities import LINK_LABELS  # noqa: E402
from fedorbit.report.figures.svg import settled  # noqa: E402
from fedorbit.report.numbers.rounds import BITS, group_means, group_of, over_seeds  # noqa: E402

LETTERS = 14  # of a legend on an inch
HANDLE_LETTERS = 8  # as wide as a line before a label
SOON = 0.05
"""Part of the scenario: if a strategy is done before, the axis is logarithmic."""
GROUPS = {"region": "region", "orbit": "plane", "cluster": "cluster"}
"""What a group of clients is called."""
Looks = Mapping[str, Mapping[str, Any]]

STYLE = {
    # Matplotlib brings it; seaborn would take Arial first where that is installed.
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.labelsize": 9,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "0.9",
    "grid.linewidth": 0.6,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "figure.constrained_layout.use": True,
    "savefig.dpi": 200,
    "svg.hashsalt": "fedorbit",
    "svg.fonttype": "none",
}


def use_style() -> None:
    """Set the look that all figures share, whatever the user's own settings are."""
    plt.rcdefaults()
    sns.set_theme(context="paper", style="ticks", rc=STYLE)


def save(figure: Figure, path: str | Path) -> None:
    """Write a figure as SVG whole or not at all, with the same bytes every time."""
    drawn = StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None})
    with whole(path) as unfinished:
        unfinished.write_text(settled(drawn.getvalue()), encoding="utf-8")
    plt.close(figure)


def dashes(look: Mapping[str, Any]) -> Any:
    """Return a look's line style as matplotlib takes it."""
    style = look["linestyle"]
    return style if isinstance(style, str) else (0, tuple(style))


def groups_of(rounds: pd.DataFrame | None) -> str:
    """Return what a group of clients is called in figures, such as ``region``."""
    if rounds is None or rounds.empty:
        return "group"
    return GROUPS.get(group_of(rounds), "group")


def plain(name: str) -> str:
    """Return a name as matplotlib draws it letter by letter, dollars too."""
    return name.replace("$", r"\$")


def set_title(figure: Figure, title: str) -> None:
    """Write what learns and at which scale above a figure, in small letters."""
    figure.suptitle(plain(title), fontsize=8, color="0.35")


def rounded(number: float) -> str:
    """Return a number of gigabytes, of which few digits matter."""
    if number < 0.1:
        return f"{number:.1g}"
    return f"{number:,.0f}" if number >= 10 else f"{number:.1f}"


def plot_accuracy(
    rounds: pd.DataFrame, looks: Looks, hours: float, title: str
) -> Figure:
    """Return accuracy over simulated hours, and the bits that each strategy sent.

    Lines are means over seeds of the mean accuracy of the models of groups, bands
    their 95 % intervals; a level lasts until the next evaluation. Hours are on a
    logarithmic axis where a strategy ends long before the scenario. Of a study with
    sweeps, the runs with its own values are drawn. Strategies without any are named
    as infeasible.
    """
    use_style()
    rounds = rounds[rounds["setting"] == "default"]
    strategies = len(looks)
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(7.2, 2.4 + 0.3 * strategies), width_ratios=[1.6, 1]
    )
    curves = over_seeds(
        group_means(rounds), ["strategy", "round", "time_s"], "accuracy"
    )
    present = [s for s in looks if s in set(curves["strategy"])]
    for strategy in looks:
        if strategy not in present:
            label = f"{looks[strategy]['label']}: infeasible"
            left.plot([], [], color="white", label=label)
    for strategy in present:
        curve = curves[curves["strategy"] == strategy]
        curve = pd.concat([curve, curve.iloc[-1:].assign(time_s=3600 * hours)])
        look = looks[strategy]
        left.plot(
            curve["time_s"] / 3600,
            100 * curve["mean"],
            drawstyle="steps-post",
            color=look["color"],
            linestyle=dashes(look),
            label=look["label"],
        )
        left.fill_between(
            curve["time_s"] / 3600,
            100 * curve["low"],
            100 * curve["high"],
            color=look["color"],
            step="post",
            alpha=0.12,
            linewidth=0,
        )
    left.set(
        xlabel="simulated time (h)",
        ylabel=f"test accuracy (%),\nmean over {groups_of(rounds)}s",
        xlim=(0, hours),
        ylim=(0, 100),
    )
    first_end_s = curves.groupby("strategy")["time_s"].max().min()
    if first_end_s < SOON * 3600 * hours:
        least_s = curves.loc[curves["time_s"] > 0, "time_s"].min()
        left.set(xscale="log", xlim=(least_s / 3600 / 2, hours))
    _, labels = left.get_legend_handles_labels()
    columns = _legend_columns(labels, figure.get_figwidth())
    figure.legend(loc="outside lower center", ncols=columns, handlelength=4)
    if present:
        _plot_bits(right, rounds, present, looks)
    else:
        right.set_axis_off()
    set_title(figure, title)
    return figure


def _legend_columns(labels: list[str], width_in: float) -> int:
    """Return how many columns of a legend fit beside one another, four at most.

    Labels run down the columns, each of which is as wide as its longest one.
    """
    for columns in range(min(4, len(labels)), 1, -1):
        rows = -(-len(labels) // columns)
        longest = [
            max(map(len, labels[first : first + rows]))
            for first in range(0, len(labels), rows)
        ]
        if sum(longest) + HANDLE_LETTERS * len(longest) <= LETTERS * width_in:
            return columns
    return 1


def _plot_bits(axes: plt.Axes, rounds: pd.DataFrame, present: list[str], looks: Looks):
    """Draw the bits on each kind of link at the end, on a logarithmic axis."""
    ends = rounds.groupby("strategy")[list(BITS.values())].max() / 8e9
    links = [column for column in LINK_LABELS if ends[column].max() > 0]
    height = 0.8 / len(present)
    smallest, largest = ends[ends > 0].min().min() / 10, ends.max().max()
    for place, strategy in enumerate(present):
        look = looks[strategy]
        for row, column in enumerate(links):
            y = row + (place - (len(present) - 1) / 2) * height
            gigabytes = ends.loc[strategy, column]
            if gigabytes > 0:
                axes.barh(
                    y,
                    gigabytes,
                    height=0.9 * height,
                    color=look["color"],
                    hatch="" if place % 2 == 0 else "///",
                    edgecolor="white",
                    linewidth=0,
                )
                axes.text(
                    gigabytes * 1.15,
                    y,
                    rounded(gigabytes),
                    va="center",
                    size=6.5,
                )
            else:
                axes.text(
                    1.2 * smallest,
                    y,
                    "none",
                    va="center",
                    size=6.5,
                    color=look["color"],
                )
    axes.set(
        xscale="log",
        xlim=(smallest, largest * 6),
        yticks=range(len(links)),
        yticklabels=[LINK_LABELS[column] for column in links],
        xlabel="sent or carried by the end (GB)",
    )
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)
