"""The picture of what clusters use of which experts, before training."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from fedorbit.report.figures.style import plain, set_title, use_style
from fedorbit.theory.experts.leakage import LARGEST_LEAKAGE, leakage

LIGHT = 0.5  # of a gate mass, above which its number is written in white


def plot_leakage(experts: pd.DataFrame, clusters: Sequence[str], title: str) -> Figure:
    """Return a map of the gate mass, a row for each cluster, means over seeds.

    ``experts`` has the columns ``cluster, number, mass, assigned``. Frames are around
    the experts that a cluster has; beside a row stands what it leaks.
    """
    use_style()
    means = experts.groupby(["cluster", "number"])[["mass", "assigned"]].mean()
    wide = means.unstack("number").loc[list(clusters)]
    mass = wide["mass"].to_numpy(float)
    assigned = wide["assigned"].to_numpy(float) == 1
    figure, axes = plt.subplots(figsize=(7.2, 1.3 + 0.35 * len(clusters)))
    axes.pcolormesh(mass, cmap="Blues", vmin=0, vmax=1, edgecolor="0.92", linewidth=0.5)
    for (row, column), value in np.ndenumerate(mass):
        color = "white" if value > LIGHT else "0.2"
        place = (column + 0.5, row + 0.5)
        axes.text(*place, f"{value:.2f}", color=color, ha="center", va="center")
    for row, column in np.argwhere(assigned):
        frame = Rectangle((column, row), 1, 1, fill=False, edgecolor="#D55E00", lw=1.6)
        axes.add_patch(frame)
    leaked = leakage(mass, assigned)
    names = [plain(name) for name in clusters]
    axes.set_yticks(np.arange(len(clusters)) + 0.5, names)
    axes.set_xticks(np.arange(mass.shape[1]) + 0.5, range(mass.shape[1]))
    axes.set_xlabel("expert, by its new number")
    axes.invert_yaxis()
    beside = axes.secondary_yaxis("right")
    beside.set_yticks(np.arange(len(clusters)) + 0.5, [f"{v:.2f}" for v in leaked])
    beside.set_ylabel("leakage")
    field = "beyond" if leaked.mean() > LARGEST_LEAKAGE else "within"
    told = f"mean leakage {leaked.mean():.2f}, {field} the field of EMS-FL"
    set_title(figure, f"{told} ({LARGEST_LEAKAGE:g})\n{title}")
    return figure
