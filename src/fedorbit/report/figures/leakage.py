"""The picture of what clusters use of which experts, before and with their own."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from fedorbit.report.figures.style import plain, set_title, use_style
from fedorbit.theory.experts.leakage import LARGEST_LEAKAGE, leakage

LIGHT = 0.5  # of a use, above which its number is written in white
LEAST = 0.005  # of a use that is written
HEADS = {
    "before": "before: samples pass any expert",
    "after": "after: samples pass their cluster's own",
}


def plot_leakage(use: pd.DataFrame, clusters: Sequence[str], title: str) -> Figure:
    """Return two maps of what clusters use of experts, a row for each cluster.

    ``use`` has the columns ``cluster, number, assigned, before, after``, of several
    seeds, of which means are drawn. Frames are around the experts that a cluster has;
    beside a row stands what it leaks: its use of others before.
    """
    use_style()
    means = use.groupby(["cluster", "number"])[["assigned", *HEADS]].mean()
    wide = means.unstack("number").loc[list(clusters)]
    assigned = wide["assigned"].to_numpy(float) == 1
    size = (7.2, 1.4 + 0.35 * len(clusters))
    figure, panels = plt.subplots(1, 2, figsize=size, sharey=True)
    for axes, (column, head) in zip(panels, HEADS.items(), strict=True):
        _draw_map(axes, wide[column].to_numpy(float), assigned)
        axes.set_title(head, fontsize=8)
        axes.set_xlabel("expert, by its new number")
    left = panels[0]
    rows = np.arange(len(clusters)) + 0.5
    left.set_yticks(rows, [plain(name) for name in clusters])
    left.invert_yaxis()
    leaked = leakage(wide["before"].to_numpy(float), assigned)
    beside = left.secondary_yaxis("right")
    beside.set_yticks(rows, [f"{v:.2f}" for v in leaked])
    beside.set_ylabel("leakage")
    for axes in (*panels, beside):
        axes.tick_params(length=0)
    field = "beyond" if leaked.mean() > LARGEST_LEAKAGE else "within"
    told = f"mean leakage {leaked.mean():.2f}, {field} the field of EMS-FL"
    set_title(figure, f"{told} ({LARGEST_LEAKAGE:g})\n{title}")
    return figure


def _draw_map(axes: plt.Axes, use: NDArray, assigned: NDArray) -> None:
    """Draw one map with its numbers; those below 0.005 are left out."""
    axes.pcolormesh(use, cmap="Blues", vmin=0, vmax=1, edgecolor="0.92", linewidth=0.5)
    for (row, column), value in np.ndenumerate(use):
        if value >= LEAST:
            color = "white" if value > LIGHT else "0.2"
            words = f"{value:.2f}".removeprefix("0")
            place = (column + 0.5, row + 0.5)
            axes.text(*place, words, color=color, ha="center", va="center", size=7)
    for row, column in np.argwhere(assigned):
        frame = Rectangle((column, row), 1, 1, fill=False, edgecolor="#D55E00", lw=1.6)
        axes.add_patch(frame)
    axes.set_xticks(np.arange(use.shape[1]) + 0.5, range(use.shape[1]))
    axes.grid(visible=False)
