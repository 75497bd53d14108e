"""Pictures of who holds which samples."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from fedorbit.data.partition import group_column
from fedorbit.report.figures.style import plain, use_style

# One hue from light to dark, so that it reads in grey, too; white is for no samples.
SHADES = ListedColormap(plt.get_cmap("Blues")(np.linspace(0.15, 1, 200)))
WIDTH_INCHES = 7.2
LETTER_INCHES = 0.075  # about the mean width of a letter of a region's name
GAP = 0.012  # between regions, as a share of all clients


def plot_partition(
    partition: pd.DataFrame, labels: np.ndarray, regions: Sequence[str]
) -> Figure:
    """Return how many samples of each class each client holds, a column for each.

    ``partition`` is that of one seed, ``labels`` are the classes of all samples.
    Clients stand region by region in the order of ``regions``; a cell without samples
    is white.
    """
    use_style()
    counts = pd.crosstab(labels[partition["sample"]], partition["client"].to_numpy())
    counts = counts.reindex(range(labels.max() + 1), fill_value=0)
    of_client = partition.drop_duplicates("client").set_index("client")
    homes = of_client[group_column(partition)]
    figure, axes = plt.subplots(figsize=(WIDTH_INCHES, 1.2 + 0.16 * len(counts)))
    gap = GAP * counts.shape[1]
    slots = counts.shape[1] + gap * (len(regions) - 1)
    left, ticks = 0.0, {}
    for region in regions:
        own = counts[homes.index[homes == region].sort_values()]
        edges = left + np.arange(own.shape[1] + 1)
        shades = axes.pcolormesh(
            edges,
            np.arange(len(counts) + 1) - 0.5,
            own.where(own > 0),
            cmap=SHADES,
            vmin=1,
            vmax=counts.to_numpy().max(),
            edgecolor="0.92",
            linewidth=0.5,
        )
        axes.plot(edges[[0, -1]], [-0.9, -0.9], color="0.3", linewidth=1)
        _name_region(axes, region, edges, slots)
        ticks |= dict(zip(own.columns, edges[:-1] + 0.5, strict=True))
        left = edges[-1] + gap
    _set_axes(axes, ticks, slots, len(counts))
    bar = figure.colorbar(
        shades, ax=axes, pad=0.02, aspect=14, ticks=MaxNLocator(6, integer=True)
    )
    bar.set_label("samples")
    bar.outline.set_visible(False)
    bar.solids.set(rasterized=False, edgecolor="face")
    return figure


def _name_region(axes: plt.Axes, region: str, edges: np.ndarray, slots: float) -> None:
    """Write a region's name above its clients, slanting where there is no room."""
    room = 0.8 * WIDTH_INCHES * (edges[-1] - edges[0]) / slots
    fits = len(region) * LETTER_INCHES < room
    axes.annotate(
        plain(region),
        (edges[[0, -1]].mean(), -0.9),
        xytext=(0, 3),
        textcoords="offset points",
        ha="center" if fits else "left",
        va="bottom",
        rotation=0 if fits else 35,
        rotation_mode="anchor",
        size=8,
    )


def _set_axes(
    axes: plt.Axes, ticks: dict[int, float], slots: float, classes: int
) -> None:
    """Put a number at every class, and at as many clients as have room."""
    every = next(n for n in (1, 2, 5, 10, 20, 50, 100, 10**9) if len(ticks) <= 26 * n)
    shown = [client for client in ticks if client % every == 0]
    axes.set(
        xlabel="client",
        ylabel="class",
        xlim=(0, slots),
        ylim=(classes - 0.5, -0.9),
        xticks=[ticks[client] for client in shown],
        xticklabels=shown,
        yticks=range(0, classes, -(-classes // 20)),
    )
    axes.grid(visible=False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
