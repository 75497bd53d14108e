"""Sweeps as lines: accuracy against interval, ratio, time limit and participation.

All take rounds or runs that ``join_cells`` has joined with the cells of their sweep,
where a column named by its dotted key holds the value of each cell.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from fedorbit.report.figures.style import Looks, dashes, set_title, use_style
from fedorbit.report.numbers.rounds import over_seeds

INTERVAL = "strategies.fedmeld.round_interval"
RATIO = "strategies.fedmeld.mixing_ratio"
PARTICIPANTS = "clients.participants_per_round"
HOURS = "scenario.hours"
ACCURACY = "test accuracy (%),\nmean over regions"
COLUMNS = 5  # of panels side by side


def draw_sweep(
    axes: plt.Axes,
    runs: pd.DataFrame,
    x: str,
    y: str,
    look: Mapping[str, Any],
    **line: Any,
) -> pd.DataFrame:
    """Draw means over seeds of a column with their 95 % intervals, and return them.

    Accuracies are drawn in percent.
    """
    points = over_seeds(runs, [x], y).sort_values(x)
    levels = points[["mean", "low", "high"]] * (1 if y == "loss" else 100)
    axes.errorbar(
        points[x],
        levels["mean"],
        yerr=[levels["mean"] - levels["low"], levels["high"] - levels["mean"]],
        capsize=2,
        elinewidth=0.9,
        **{
            "color": look["color"],
            "linestyle": dashes(look),
            "marker": "o",
            "markersize": 3.5,
            "label": look["label"],
            **line,
        },
    )
    return points


def plot_staleness(
    at_end: pd.DataFrame,
    at_equal_rounds: pd.DataFrame,
    bounds: pd.DataFrame,
    look: Mapping[str, Any],
    title: str,
) -> Figure:
    """Return accuracy, and the theory's f, against FedMeld's round interval.

    ``at_end`` and ``at_equal_rounds`` are runs of the sweep at the end and after
    equally many rounds. ``bounds`` has ``round_interval``, ``label`` and ``f``, a
    curve for each label; f is drawn relative to its value at the least interval.
    """
    use_style()
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, 2.9))
    draw_sweep(left, at_end, INTERVAL, "accuracy", look, label="at equal time")
    hollow = {"linestyle": "--", "markerfacecolor": "white"}
    draw_sweep(
        left,
        at_equal_rounds,
        INTERVAL,
        "accuracy",
        look,
        label="after equally many rounds",
        **hollow,
    )
    left.set(ylabel=ACCURACY)
    _draw_bounds(right, bounds)
    for axes in (left, right):
        axes.set(xscale="log", xlabel="round interval delta (rounds)")
        _tick_values(axes, at_end[INTERVAL])
    left.legend(loc="best")
    set_title(figure, title)
    return figure


def _draw_bounds(axes: plt.Axes, bounds: pd.DataFrame) -> None:
    """Draw the objective of the theory, or say that there is none."""
    axes.set(yscale="log", ylabel="theory's objective f,\nover f at the least delta")
    if bounds.empty:
        words = "SC-MR has no solution"
        axes.text(0.5, 0.5, words, ha="center", transform=axes.transAxes, size=8)
        return
    for k, (label, curve) in enumerate(bounds.groupby("label", sort=False)):
        curve = curve.sort_values("round_interval")
        axes.plot(
            curve["round_interval"],
            curve["f"] / curve["f"].iloc[0],
            color="black",
            linestyle=["-", "--", ":"][k % 3],
            label=label,
        )
    axes.legend(loc="best")


def plot_mixing(
    runs: pd.DataFrame,
    over: str,
    over_label: str,
    alphas: Mapping[str, float],
    looks: Looks,
    title: str,
) -> Figure:
    """Return accuracy against the mixing ratio, a panel for each value of ``over``.

    ``alphas`` are ratios of theory by name, drawn as vertical lines. A ring marks
    FedMeld's best ratio in each panel. Strategies without a ratio are level.
    """
    use_style()
    values = sorted(runs[over].unique())
    rows = -(-len(values) // COLUMNS)
    figure, panels = plt.subplots(
        rows,
        min(COLUMNS, len(values)),
        figsize=(7.2, 0.9 + 2.1 * rows),
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    for axes in panels.flat[len(values) :]:
        axes.set_axis_off()
    for axes, value in zip(panels.flat, values, strict=False):
        here = runs[runs[over] == value]
        for strategy in (s for s in looks if s in set(here["strategy"])):
            own = here[here["strategy"] == strategy]
            points = draw_sweep(axes, own, RATIO, "accuracy", looks[strategy])
            if strategy == "fedmeld":
                best = points.loc[points["mean"].idxmax()]
                axes.plot(
                    best[RATIO],
                    100 * best["mean"],
                    "o",
                    markersize=9,
                    markerfacecolor="none",
                    markeredgecolor="black",
                    label="best ratio",
                )
        for (name, alpha), style in zip(
            alphas.items(), ("--", ":", "-."), strict=False
        ):
            axes.axvline(alpha, color="0.35", linestyle=style, linewidth=1, label=name)
        axes.set_title(f"{over_label} {value:g}", fontsize=8)
        axes.tick_params(labelbottom=True)
        axes.set(xlim=(-0.04, 1.04), xlabel="mixing ratio alpha")
    for row in panels:
        row[0].set(ylabel=ACCURACY)
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5)
    set_title(figure, title)
    return figure


def plot_time_limit(runs: pd.DataFrame, looks: Looks, title: str) -> Figure:
    """Return accuracy and loss at the end against the time limit, by strategy."""
    use_style()
    figure, panels = plt.subplots(1, 2, figsize=(7.2, 3.0))
    present = [s for s in looks if s in set(runs["strategy"])]
    for axes, column, label in zip(
        panels,
        ("accuracy", "loss"),
        (ACCURACY, "test loss (nats),\nmean over regions"),
        strict=True,
    ):
        for strategy in present:
            own = runs[runs["strategy"] == strategy]
            draw_sweep(axes, own, HOURS, column, looks[strategy])
        axes.set(xscale="log", xlabel="time limit T_max (h)", ylabel=label)
        _tick_values(axes, runs[HOURS])
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(present))
    set_title(figure, title)
    return figure


def plot_participation(
    runs: pd.DataFrame,
    levels: pd.DataFrame,
    looks: Looks,
    title: str,
) -> Figure:
    """Return accuracy against the clients that take part, at the end and over time.

    ``levels`` is that of ``group_means`` for the same sweep; on the right are FedMeld's
    curves, the darker the more clients take part.
    """
    use_style()
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.0), sharey=True)
    for strategy in (s for s in looks if s in set(runs["strategy"])):
        own = runs[runs["strategy"] == strategy]
        draw_sweep(left, own, PARTICIPANTS, "accuracy", looks[strategy])
    _tick_values(left, runs[PARTICIPANTS])
    left.set(xlabel="clients of a region that take part in a round", ylabel=ACCURACY)
    left.legend(loc="best")
    own = levels[levels["strategy"] == "fedmeld"]
    curves = over_seeds(own, [PARTICIPANTS, "round", "time_s"], "accuracy")
    counts = sorted(curves[PARTICIPANTS].unique())
    greys = np.linspace(0.7, 0, len(counts))
    for k, (count, grey) in enumerate(zip(counts, greys, strict=True)):
        curve = curves[curves[PARTICIPANTS] == count]
        _draw_curve(
            right, curve, str(grey), ["-", "--", "-.", ":"][k % 4], f"{count:g}"
        )
    right.set(xlabel="simulated time (h)", xlim=(0, None))
    right.legend(title="clients, FedMeld", title_fontsize=8, loc="lower right")
    set_title(figure, title)
    return figure


def _draw_curve(
    axes: plt.Axes, curve: pd.DataFrame, color: str, style: str, label: str
) -> None:
    """Draw accuracy over hours as a line, and its interval as a band."""
    hours = curve["time_s"] / 3600
    axes.plot(
        hours,
        100 * curve["mean"],
        color=color,
        linestyle=style,
        linewidth=1.2,
        label=label,
    )
    axes.fill_between(
        hours, 100 * curve["low"], 100 * curve["high"], color=color, alpha=0.12, lw=0
    )


def _tick_values(axes: plt.Axes, values: Sequence[float]) -> None:
    """Put ticks at the values of a sweep and nowhere else."""
    ticks = sorted(set(values))
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
