"""Pictures of the sky: satellites in view, passes over regions, flights of models."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from fedorbit.orbits.ladder import REFERENCE
from fedorbit.plans.readings.flights import ALL_HOPS, hops
from fedorbit.report.figures.style import Looks, plain, use_style

# Of the palette of Okabe and Ito, in the order of their brightness.
SHADES = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]
DASHES = ["-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (1, 3))]
CARRIER = "#D55E00"
LANE_INCHES = 0.028


def plot_in_view(table: pd.DataFrame, regions: pd.DataFrame) -> Figure:
    """Return satellites in view by latitude, a curve for each elevation mask.

    ``table`` is that of ``count_in_view``: lines are means over time, bands reach
    from the 5th to the 95th percentile. Ticks at the top mark the regions.
    """
    use_style()
    figure, axes = plt.subplots(figsize=(5.4, 3.1))
    for k, (mask_deg, curve) in enumerate(table.groupby("mask_deg")):
        color = SHADES[k % len(SHADES)]
        latitude = curve["latitude_deg"]
        axes.fill_between(
            latitude, curve["low"], curve["high"], color=color, alpha=0.2, linewidth=0
        )
        axes.plot(
            latitude,
            curve["mean"],
            color=color,
            linestyle=DASHES[k % len(DASHES)],
            label=f"above {mask_deg:g}°",
        )
    for site in regions.itertuples():
        axes.axvline(site.latitude_deg, 0.97, 1.0, color="black", linewidth=0.8)
    axes.plot([], [], "|", color="black", markersize=6, label="a region")
    axes.set(
        xlabel="latitude (degrees north)",
        ylabel="satellites in view",
        xlim=(-90, 90),
        xticks=range(-90, 91, 30),
        ylim=(0, None),
    )
    axes.margins(y=0.1)
    figure.legend(loc="outside right upper")
    return figure


def plot_passes(
    contacts: pd.DataFrame,
    regions: Sequence[str],
    carriers: Sequence[str],
    minutes: float,
) -> Figure:
    """Return the passes over each region in the first minutes, as bars in lanes.

    A pass has the first lane that is free, and is darker the higher the satellite
    climbs. ``carriers`` are the satellites that take a model from each region to the
    next: their passes there are coloured, and lines are their flights.
    """
    use_style()
    shown = contacts[contacts["rise_s"] < minutes * 60]
    figure, axes = plt.subplots(figsize=(7.2, 1))
    lowest_deg = math.floor(shown["max_elevation_deg"].min())
    base, ends, ticks = 0, {}, []
    for region in regions:
        passes = shown[shown["site"] == region]
        lanes = free_lanes(passes["rise_s"].to_numpy(), passes["set_s"].to_numpy())
        for lane, one in zip(lanes, passes.itertuples(), strict=True):
            bar = (one.rise_s / 60, min(one.set_s / 60, minutes), base + lane)
            ends.setdefault((one.satellite, region), bar)
            _draw_pass(axes, bar, _grey(one.max_elevation_deg, lowest_deg))
        used = int(lanes.max(initial=0)) + 1
        ticks.append(base + (used - 1) / 2)
        base += used + 3
    for satellite, (origin, target) in zip(carriers, hops(regions), strict=True):
        _draw_flight(axes, ends, satellite, origin, target)
    figure.set_size_inches(7.2, 0.9 + LANE_INCHES * base)
    axes.set(
        xlabel="simulated time (min)",
        xlim=(0, minutes),
        ylim=(base - 2, -1.5),
        yticks=ticks,
        yticklabels=[plain(region) for region in regions],
    )
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)
    degrees = [lowest_deg, round((lowest_deg + 90) / 2), 90]
    colors = [*(_grey(d, lowest_deg) for d in degrees), CARRIER]
    handles = [plt.Line2D([], [], color=color, linewidth=2.2) for color in colors]
    labels = [f"pass up to {d}°" for d in degrees]
    labels.append("with a model for the next region")
    figure.legend(handles, labels, loc="outside upper right", ncols=4)
    return figure


def _grey(elevation_deg: float, lowest_deg: float) -> str:
    """Return black for the zenith and a light grey for the lowest elevation."""
    return str(0.8 * (90 - elevation_deg) / (90 - lowest_deg))


def free_lanes(rise_s: np.ndarray, set_s: np.ndarray) -> np.ndarray:
    """Return for each pass, in order of rising, the first lane that is free."""
    lanes: list[float] = []  # when each becomes free
    taken = np.empty(len(rise_s), dtype=int)
    for row, (begin, end) in enumerate(zip(rise_s, set_s, strict=True)):
        free = (k for k, until in enumerate(lanes) if until <= begin)
        lane = next(free, len(lanes))
        if lane == len(lanes):
            lanes.append(end)
        lanes[lane] = end
        taken[row] = lane
    return taken


def _draw_pass(axes: plt.Axes, bar: tuple[float, float, float], color: str) -> None:
    begin, end, lane = bar
    axes.plot([begin, end], [lane, lane], color=color, linewidth=1.3, zorder=2)


def _draw_flight(
    axes: plt.Axes, ends: dict, satellite: str, origin: str, target: str
) -> None:
    """Colour a satellite's first passes over two regions and join them by a line."""
    own = [
        ends[satellite, site] for site in (origin, target) if (satellite, site) in ends
    ]
    for begin, end, lane in own:
        axes.plot([begin, end], [lane, lane], color=CARRIER, linewidth=2.6, zorder=4)
    if len(own) == 2:
        (_, end, lane), (begin, _, there) = own
        axes.plot([end, begin], [lane, there], color=CARRIER, linewidth=0.9, zorder=3)


def plot_flights(flights: pd.DataFrame, looks: Looks, costs: pd.DataFrame) -> Figure:
    """Return how long models fly over each hop, and what wrong times of passes cost.

    ``flights`` is that of ``compare_flights`` for the theories of motion, ``costs``
    the table of flights, of which the rows over all hops are drawn, and its column
    ``label``.
    """
    use_style()
    costs = costs[costs["origin"] == ALL_HOPS]
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(7.2, 3.2), width_ratios=[1.5, 1]
    )
    own = flights[flights["case"] == REFERENCE]
    names = []
    for row, (hop, some) in enumerate(
        own.groupby(["origin", "destination"], sort=False)
    ):
        names.append(f"{hop[0]} to {hop[1]}")
        minutes = some["planned_s"][np.isfinite(some["planned_s"])] / 60
        _draw_distribution(left, minutes.to_numpy(), row)
    for place, (rung, look) in enumerate(looks.items()):
        if rung == REFERENCE:
            continue
        some = flights[(flights["case"] == rung) & np.isfinite(flights["planned_s"])]
        medians = some.groupby(["origin", "destination"], sort=False)[
            "planned_s"
        ].median()
        left.plot(
            medians / 60,
            np.arange(len(medians)) + 0.18 + 0.11 * place,
            "v^D"[place % 3],
            markerfacecolor="white",
            markeredgecolor=look["color"],
            markersize=4,
            label=look["label"],
        )
    left.set(xlabel="from readiness to arrival (min)", xlim=(0, None))
    left.set(yticks=range(len(names)), yticklabels=[plain(name) for name in names])
    left.invert_yaxis()
    left.grid(axis="y", visible=False)
    left.legend(title="medians by", loc="upper right", title_fontsize=8)
    _draw_costs(right, costs)
    return figure


def _draw_distribution(axes: plt.Axes, minutes: np.ndarray, row: int) -> None:
    """Draw every flight as a dot, and a box from quartile to quartile."""
    jitter = np.random.default_rng(row).uniform(-0.38, -0.16, len(minutes))
    axes.plot(minutes, row + jitter, ".", color="0.6", markersize=2, markeredgewidth=0)
    axes.boxplot(
        minutes,
        positions=[row],
        orientation="horizontal",
        widths=0.2,
        whis=(5, 95),
        showfliers=False,
        manage_ticks=False,
        medianprops={"color": "black", "linewidth": 1.6},
    )


def _draw_costs(axes: plt.Axes, costs: pd.DataFrame) -> None:
    """Draw lost flights as bars, with the mean delay of the others as words."""
    rows = np.arange(len(costs))
    axes.barh(rows, costs["lost_percent"], height=0.6, color="0.72")
    for row, cost in zip(rows, costs.itertuples(), strict=True):
        axes.text(
            cost.lost_percent + 2,
            row,
            f"+{cost.late_mean_min:.1f} min",
            va="center",
            size=7,
        )
    axes.set(
        yticks=rows,
        yticklabels=costs["label"],
        xlim=(0, 130),
        xticks=range(0, 101, 25),
        xlabel="flights lost (%),\nmean delay of the others",
    )
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)
