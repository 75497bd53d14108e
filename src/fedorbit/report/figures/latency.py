"""Split fine-tuning and time: legs, totals, and where learning on board is as fast.

Dots and bars are means over start times, whiskers and bands reach from the least to
the greatest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from fedorbit.plans.readings.latency import BETWEEN, DOWN
from fedorbit.report.figures.style import plain, set_title, use_style
from fedorbit.report.numbers.totals import (
    COMPARED,
    FULL,
    PARTS,
    SPLIT,
    ratios,
)

DEFAULT = "default"
COLORS = ["#0072B2", "#D55E00", "#000000", "#E69F00", "#56B4E9", "#CC79A7"]
HATCHES = ["", "///", "", "...", "\\\\\\", "xxx"]
MARKERS = "osD^vPX*<>"
PART_WORDS = {
    "on_board_s": "computing on board",
    "down_s": "gathering and way down",
    "ground_s": "computing on the ground",
    "up_s": "way up",
    "in_planes_s": "means in planes",
    "between_s": "means between planes",
}
WAY_WORDS = {
    "both_ways/optimal": "optimal",
    "both_ways/nearest": "nearest station",
    "both_ways/greedy": "greedy",
    "both_ways/random": "random",
    "both_ways/sink": "one sink a plane",
    "gateway/sink": "gateway",
    "none/own": "each for itself",
    "both_ways/relayed": "with relays",
    "earliest": "earliest arrival",
    "flood": "flooding",
    "fixed": "fixed neighbours",
    "chain": "chain of planes",
    "ground": "by ground",
}
LEVELS = (0.33, 0.67, 1.0)
"""Ratios with a line: what the paper's abstract says in two readings, and no gain."""
SHOWN = (0.02, 50.0)
TICKS = (0.03, 0.1, 0.33, 0.67, 1.0, 3.0, 10.0, 30.0)
CROWDED = 5.0
"""Rows that take so many times the split's have a panel of their own."""


@dataclass(frozen=True)
class Place:
    """What a setting of a study stands for."""

    setting: str
    stations: str
    constellation: str


def plot_latency(totals: pd.DataFrame, speed_flop_s: float, title: str) -> Figure:
    """Return stacked bars of all rounds, for satellites of one speed.

    Rows are the split, its variants with one leg flown in another way, and learning
    on board. Learners that take many times as long have a panel of their own.
    """
    use_style()
    own = totals[totals["setting"] == DEFAULT]
    own = own[own["speed_flop_s"] == speed_flop_s]
    again = np.where(own["cached"] | (own["learner"] == FULL), "", ", nothing kept")
    own = own.assign(row=own["learner"] + again)
    rows = own.groupby("row", sort=False)
    means, total = rows[PARTS].mean(), rows["total_s"]
    ends = pd.DataFrame({"low": total.min(), "high": total.max()})
    ends["all"] = total.apply(lambda values: values.notna().all())
    long = means.sum(axis=1) > CROWDED * means.loc[SPLIT].sum()
    parts = [means.index[~long], means.index[long]]
    parts = [names for names in parts if len(names)]
    heights = [len(names) + 1.5 for names in parts]
    figure, panels = plt.subplots(
        len(parts),
        1,
        figsize=(7.2, 1.1 + 0.23 * sum(heights)),
        height_ratios=heights,
        squeeze=False,
    )
    for axes, names in zip(panels[:, 0], parts, strict=True):
        _draw_bars(axes, means.loc[names], ends.loc[names])
    panels[-1, 0].set_xlabel("all rounds (s)")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    set_title(figure, title)
    return figure


def _draw_bars(axes: plt.Axes, means: pd.DataFrame, ends: pd.DataFrame) -> None:
    left = np.zeros(len(means))
    places = np.arange(len(means))
    for part, color, hatch in zip(PARTS, COLORS, HATCHES, strict=True):
        look = {"color": color, "hatch": hatch, "edgecolor": "white", "linewidth": 0.4}
        width = means[part].fillna(0.0).to_numpy()
        axes.barh(places, width, left=left, height=0.7, label=PART_WORDS[part], **look)
        left += width
    whiskers = np.clip([left - ends["low"], ends["high"] - left], 0.0, None)
    axes.errorbar(
        left, places, xerr=whiskers, fmt="none", ecolor="0.3", elinewidth=0.9, capsize=2
    )
    for place, finished in zip(places, ends["all"], strict=True):
        if not finished:
            axes.text(0, place, " does not end from every start", va="center", size=6.5)
    axes.set(yticks=places, yticklabels=means.index, xlim=(0, None))
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)


def plot_downlink(latency: pd.DataFrame, places: Sequence[Place], title: str) -> Figure:
    """Return how soon all embeddings are down, by stations and associations."""
    constellation = next(p.constellation for p in places if p.setting == DEFAULT)
    names = {
        place.setting: f"{place.stations}"
        for place in places
        if place.constellation == constellation
    }
    ways = [way for way in WAY_WORDS if "/" in way]
    label = "from the start to the last embedding\nat a station (s)"
    return _dots(latency[latency["leg"] == DOWN], names, ways, label, title)


def plot_planes(latency: pd.DataFrame, places: Sequence[Place], title: str) -> Figure:
    """Return how soon all planes have the mean of all, by constellations and ways."""
    names: dict[str, str] = {}
    for place in places:
        if place.constellation not in names.values():
            names[place.setting] = place.constellation
    ways = [way for way in WAY_WORDS if "/" not in way]
    label = "from the heads of planes to the mean\nat all satellites (s)"
    return _dots(latency[latency["leg"] == BETWEEN], names, ways, label, title)


def _dots(
    legs: pd.DataFrame,
    names: Mapping[str, str],
    ways: Sequence[str],
    label: str,
    title: str,
) -> Figure:
    """Return dots with whiskers: settings side by side, and ways within each."""
    use_style()
    figure, axes = plt.subplots(figsize=(7.2, 3.6))
    for number, way in enumerate(ways):
        x = np.arange(len(names)) + 0.8 * ((number + 0.5) / len(ways) - 0.5)
        own = legs[legs["way"] == way].groupby("setting")["seconds"]
        mean, low, high = (
            own.agg(kind).reindex(names).to_numpy(float)
            for kind in ("mean", "min", "max")
        )
        # A mean over starts of which some do not end would be too small.
        ends = own.apply(lambda values: values.notna().all()).reindex(names)
        mean = np.where(ends.fillna(False).to_numpy(bool), mean, np.nan)
        axes.errorbar(
            x,
            mean,
            yerr=np.clip([mean - low, high - mean], 0.0, None),
            fmt=MARKERS[number],
            color=COLORS[number % len(COLORS)],
            markersize=4.5,
            markerfacecolor="white" if number % 2 else COLORS[number % len(COLORS)],
            elinewidth=0.9,
            capsize=2,
            label=WAY_WORDS[way],
        )
        for place in x[np.isnan(mean)]:
            axes.text(
                place,
                0.01,
                "does not end",
                rotation=90,
                size=6,
                color="0.35",
                ha="center",
                va="bottom",
                transform=axes.get_xaxis_transform(),
            )
    axes.set(yscale="log", ylabel=label)
    axes.set_xticks(range(len(names)), [plain(name) for name in names.values()])
    axes.grid(axis="x", visible=False)
    figure.legend(loc="outside lower center", ncols=4)
    set_title(figure, title)
    return figure


def plot_ratio(
    totals: pd.DataFrame, places: Sequence[Place], speed_flop_s: float, title: str
) -> Figure:
    """Return the split's time over that of learning on board, by satellites' speed.

    Panels are by what is trained on board and whether what is frozen is kept, lines
    by stations; the vertical line is the study's own speed.
    """
    use_style()
    constellation = next(p.constellation for p in places if p.setting == DEFAULT)
    own = [place for place in places if place.constellation == constellation]
    figure, panels = plt.subplots(1, 3, figsize=(7.2, 3.6), sharex=True, sharey=True)
    for axes, (against, cached) in zip(panels, COMPARED, strict=True):
        _draw_ratios(axes, ratios(totals, against, cached), own)
        axes.axvline(speed_flop_s, color="0.5", linewidth=0.8, linestyle=":")
        kept = "what is frozen is kept" if cached else "nothing is kept"
        axes.set_title(f"against {against};\n{kept}")
        axes.set_xlabel("speed of a satellite\n(FLOP/s)")
    panels[0].set_ylabel("time of the split\nover that on board")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5)
    set_title(figure, title)
    return figure


def _draw_ratios(axes: plt.Axes, found: pd.DataFrame, places: Sequence[Place]) -> None:
    for level in LEVELS:
        axes.axhline(level, color="0.6", linewidth=0.8)
    for number, place in enumerate(places):
        own = found[found["setting"] == place.setting]
        by = own.groupby("speed_flop_s")["ratio"]
        color = COLORS[number % len(COLORS)]
        axes.plot(
            by.median().index,
            by.median(),
            color=color,
            marker=MARKERS[number % len(MARKERS)],
            markersize=3.5,
            label=place.stations,
        )
        axes.fill_between(
            by.min().index, by.min(), by.max(), color=color, alpha=0.15, linewidth=0
        )
    axes.set(xscale="log", yscale="log", ylim=SHOWN)
    axes.set_yticks(TICKS, [f"{tick:g}" for tick in TICKS])
    axes.set_yticks([], minor=True)
