"""Constellations compared: a map of all cells, what satellites buy, and forecasts."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from fedorbit.report.figures.style import Looks, pale, plain, set_title, use_style
from fedorbit.report.numbers.designs import front

NO_PLAN = "#E4E4E4"  # lighter than any colour of the map
MAP = "viridis_r"
SATELLITES = ["planes", "satellites_per_plane"]
GROUND = ["altitude_km", "pattern", "inclination_deg", "min_elevation_deg"]
ROW_IN = 0.085  # height of a row of the map
PALE = 0.65  # the share of white in points that are not on a front
HOURS = "hours_per_average"


def plot_designs(table: pd.DataFrame, looks: Looks, title: str) -> Figure:
    """Return a map of the hours from one global average to the next in all cells.

    ``table`` is ``tables/designs.csv``. Columns are planes and satellites in each, rows
    the rest, a panel for each strategy. One that has the same hours with any number of
    stations has no rows for them. Cells without a plan are grey.
    """
    use_style()
    names = [name for name in looks if name in set(table["strategy"])]
    grids = {name: _grid(table[table["strategy"] == name]) for name in names}
    heights = [len(grid) for grid in grids.values()]
    canvas, panels = plt.subplots(
        len(names),
        figsize=(7.2, 1.9 + ROW_IN * sum(heights) + 0.35 * len(names)),
        height_ratios=heights,
        squeeze=False,
        sharex=True,
    )
    known = table[HOURS].dropna()
    norm = LogNorm(known.min(), known.max()) if len(known) else LogNorm(0.1, 1)
    for axes, (name, grid) in zip(panels[:, 0], grids.items(), strict=True):
        axes.set_facecolor(NO_PLAN)
        values = np.ma.masked_invalid(grid.to_numpy(float))
        mesh = axes.pcolormesh(values, norm=norm, cmap=MAP)
        axes.grid(visible=False)
        axes.set_title(plain(looks[name]["label"]), loc="left")
        _label_rows(axes, grid.index)
    columns = grids[names[0]].columns
    words = [f"{planes}\nx {each}" for planes, each in columns]
    last = panels[-1, 0]
    last.set_xticks(np.arange(len(words)) + 0.5, words)
    last.set_xlabel("planes x satellites in each")
    canvas.colorbar(
        mesh,
        ax=list(panels[:, 0]),
        label="hours from one global average to the next; grey: no average",
        orientation="horizontal",
        location="bottom",
        aspect=45,
        shrink=0.8,
    )
    set_title(canvas, title)
    return canvas


def _grid(own: pd.DataFrame) -> pd.DataFrame:
    """Return hours by the rows and columns of the map."""
    hours = own[HOURS].fillna(np.inf)  # no average is as good as none at any time
    kinds = hours.groupby([own[key] for key in [*SATELLITES, *GROUND]]).nunique()
    rows = GROUND if kinds.max() == 1 else [*GROUND, "stations"]
    some = own.drop_duplicates([*SATELLITES, *rows])
    grid = some.pivot(index=rows, columns=SATELLITES, values=HOURS)
    return grid.sort_index().sort_index(axis=1)


def _label_rows(axes: plt.Axes, index: pd.MultiIndex) -> None:
    """Write what the rows of a panel are, once where only stations differ."""
    rows = index.to_frame(index=False)
    groups = rows.groupby(GROUND, sort=False)
    ticks, words = [], []
    for (altitude_km, pattern, inclination_deg, mask_deg), some in groups:
        ticks.append(some.index.to_numpy().mean() + 0.5)
        text = f"{altitude_km:g} km, {pattern} {inclination_deg:g}°, mask {mask_deg:g}°"
        if "stations" in some:
            low, high = some["stations"].min(), some["stations"].max()
            text += f"\n{low} to {high} stations, upwards"
            axes.axhline(some.index.min(), color="white", linewidth=1.2)
        words.append(text)
    axes.set_yticks(ticks, words, size=5.5)
    axes.tick_params(length=0)


def plot_pareto(table: pd.DataFrame, looks: Looks, title: str) -> Figure:
    """Return numbers of satellites against hours, with the fronts of all strategies.

    Left are hours from one global average to the next, right those to the target by
    the forecast. A point is a cell; those on the line are beaten by no other cell of
    the strategy in both, satellites and hours.
    """
    use_style()
    canvas, panels = plt.subplots(1, 2, figsize=(7.2, 3.4), sharex=True)
    names = [name for name in looks if name in set(table["strategy"])]
    table = table.assign(satellites=table["planes"] * table["satellites_per_plane"])
    labels = {
        HOURS: "hours from one global\naverage to the next",
        "hours_to_target": "hours to the target (forecast)",
    }
    for axes, (column, label) in zip(panels, labels.items(), strict=True):
        for name in names:
            own = table[(table["strategy"] == name) & table["reason"].isna()]
            own, look = own.dropna(subset=[column]), looks[name]
            axes.plot(
                *own[["satellites", column]].to_numpy().T,
                linestyle="none",
                marker=look["marker"],
                markersize=2.5,
                color=pale(look["color"], PALE),
            )
            best = front(own, "satellites", column)
            axes.plot(
                *best[["satellites", column]].to_numpy().T,
                drawstyle="steps-post",
                marker=look["marker"],
                markersize=4.5,
                color=look["color"],
                label=plain(look["label"]),
            )
        axes.set(xscale="log", yscale="log", xlabel="satellites", ylabel=label)
    handles, words = panels[0].get_legend_handles_labels()
    canvas.legend(handles, words, loc="outside lower center", ncols=len(names))
    set_title(canvas, title)
    return canvas


def plot_forecasts(
    table: pd.DataFrame, looks: Looks, target_accuracy: float, title: str
) -> Figure:
    """Return trained hours to the target against those of the forecast.

    ``table`` is ``tables/forecasts.csv``. The line is where both are equal. What either
    side does not reach before the horizon has no point; the legend counts.
    """
    use_style()
    canvas, axes = plt.subplots(figsize=(5.6, 3.4))
    pair = ["forecast_hours", "trained_hours"]
    known = table[pair].dropna().to_numpy(float)
    ends = (known.min(), known.max()) if known.size else (1.0, 10.0)
    axes.plot(ends, ends, color="0.6", linewidth=0.8)
    for name, look in looks.items():
        own = table.loc[table["strategy"] == name, pair]
        if own.empty:
            continue
        both = own.dropna()
        axes.plot(
            *both.to_numpy(float).T,
            linestyle="none",
            marker=look["marker"],
            color=look["color"],
            alpha=0.8,
            label=plain(f"{look['label']}\n({len(both)} of {len(own)} cells)"),
        )
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="hours to the target, forecast",
        ylabel="hours to the target, trained",
    )
    canvas.legend(loc="outside right center")
    set_title(canvas, f"target: {100 * target_accuracy:g} % test accuracy\n{title}")
    return canvas
