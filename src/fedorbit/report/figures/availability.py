"""Models that clients anywhere on Earth can get: how old and how good they are."""

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from fedorbit.report.figures.map import PLACE, draw_world
from fedorbit.report.figures.style import (
    Looks,
    dashes,
    plain,
    set_title,
    use_style,
)

COLORS = "viridis_r"
BAND = 0.12
"""How opaque the range over places is."""


def plot_availability(
    table: pd.DataFrame,
    places: pd.DataFrame,
    regions: pd.DataFrame,
    coastlines: pd.DataFrame,
    looks: Looks,
    title: str,
) -> Figure:
    """Return a map of ages at the end for each strategy, and ages and accuracy by hour.

    ``table`` and ``places`` are ``tables/availability.csv`` and ``tables/places.csv``
    of a study. Lines are medians over places, bands reach from the 5th to the 95th
    percentile.
    """
    use_style()
    strategies = [name for name in looks if name in set(table["strategy"])]
    columns = max(2, len(strategies))
    figure = plt.figure(figsize=(3.6 * columns, 5.0))
    above, below = figure.subfigures(2, 1, height_ratios=[1, 1])
    maps = above.subplots(1, columns, squeeze=False)[0]
    scale = Normalize(0, max(1.0, float(places["age_h"].max(skipna=True))))
    for axes, strategy in zip(maps, strategies, strict=False):
        draw_world(axes, coastlines)
        own = places[places["strategy"] == strategy]
        shown = {"c": own["age_h"], "cmap": COLORS, "norm": scale, "s": 16}
        points = axes.scatter(*own[PLACE].to_numpy().T, **shown, zorder=3)
        corners = regions[PLACE].to_numpy().T
        axes.plot(*corners, "s", color="black", mfc="none", markersize=5, zorder=4)
        axes.set(title=plain(looks[strategy]["label"]), ylabel="", xlabel="")
    if strategies:
        label = "age of the newest\nmodel at the end (h)"
        above.colorbar(points, ax=list(maps), label=label, shrink=0.8)
    for axes in maps[len(strategies) :]:
        axes.set_axis_off()
    ages, accuracies = below.subplots(1, 2)
    for strategy in strategies:
        own, look = table[table["strategy"] == strategy], looks[strategy]
        for axes, column, factor in ((ages, "age_h", 1), (accuracies, "accuracy", 100)):
            style = {"color": look["color"], "linestyle": dashes(look)}
            hours = own["hour"]
            axes.plot(hours, factor * own[column], label=look["label"], **style)
            low, high = (factor * own[f"{column}_{part}"] for part in ("p5", "p95"))
            axes.fill_between(hours, low, high, color=look["color"], alpha=BAND, lw=0)
    ages.set(ylabel="age of the newest\nmodel (h)", ylim=(0, None))
    accuracies.set(ylabel="its test accuracy (%)")
    for axes in (ages, accuracies):
        axes.set(xlabel="simulated time (h)")
    lines = ages.get_legend_handles_labels()
    below.legend(*lines, loc="outside lower center", ncols=4)
    set_title(figure, title)
    return figure
