"""The ladder as a picture: errors of windows by theory of motion and by age."""

from collections.abc import Mapping
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from fedorbit.orbits.matching import INVENTED, MATCHED, MISSED
from fedorbit.report.figures.style import Looks, dashes, use_style
from fedorbit.report.numbers.ladder import ERRORS, summarise_windows, window_errors_s

LEAST_S = 0.1  # where the axis of errors begins
MISSING = {MISSED: ("0.35", "", "o"), INVENTED: ("0.62", "////", "s")}
"""Colour, hatch and marker of passes that one table lacks."""
OFF_LABEL = "rise or set wrong by (s)"


def plot_ladder(
    rungs: pd.DataFrame, ages: pd.DataFrame, ageing: pd.DataFrame, looks: Looks
) -> Figure:
    """Return errors of rise and set, and passes missed and invented, in two rows.

    ``rungs`` and ``ages`` are the matched passes of all cases, ``ageing`` the table
    of pairs of snapshots. The upper row is by theory of motion, the lower by age; if
    no ages could be compared it has the note of that table.
    """
    use_style()
    figure, panels = plt.subplots(2, 3, figsize=(7.2, 4.7))
    matched = set(rungs.loc[rungs["status"] == MATCHED, "case"])
    rung_cases = {r: looks[r] for r in looks if r in set(rungs["case"])}
    seen = {case: look for case, look in rung_cases.items() if case in matched}
    _draw_shares(panels[0, 0], rungs, seen)
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    _draw_hours(panels[0, 1], rungs, seen)
    _draw_rung_losses(panels[0, 2], rungs, rung_cases)
    pairs = ageing[ageing["matched"] > 0]
    if pairs.empty:
        for axes in panels[1]:
            axes.set_axis_off()
        notes = [note for note in ageing["note"].dropna() if note]
        why = notes[0] if notes else "not compared: no pass is in both tables"
        note = fill(f"Ages of elements are {why}.", 70)
        figure.text(0.5, 0.25, note, ha="center", va="center", in_layout=False)
        return figure
    _draw_shares(panels[1, 0], ages, _age_looks(pairs))
    panels[1, 0].legend(loc="upper left", handlelength=2.4)
    _draw_ages(panels[1, 1], pairs)
    _draw_age_losses(panels[1, 2], pairs)
    return figure


def _age_looks(pairs: pd.DataFrame) -> dict[str, Mapping[str, Any]]:
    """Return looks of up to four ages, evenly spread: the older, the darker."""
    chosen = np.unique(np.linspace(0, len(pairs) - 1, min(4, len(pairs))).astype(int))
    styles = [":", "-.", "--", "-"][-len(chosen) :]
    greys = np.linspace(0.6, 0.0, len(chosen))
    return {
        pairs["case"].iloc[k]: {
            "label": f"{pairs['age_days'].iloc[k]:.0f} days",
            "color": str(grey),
            "linestyle": style,
        }
        for k, grey, style in zip(chosen, greys, styles, strict=True)
    }


def _draw_shares(axes: plt.Axes, windows: pd.DataFrame, cases: Looks) -> None:
    """Draw which share of all rises and sets is wrong by no more than a time."""
    for case, look in cases.items():
        off_s = np.abs(window_errors_s(windows[windows["case"] == case]))
        shares = np.linspace(0, 100, 201)
        axes.plot(
            np.maximum(np.percentile(off_s, shares), LEAST_S),
            shares,
            color=look["color"],
            linestyle=dashes(look),
            label=look["label"],
        )
    axes.set(xscale="log", xlim=(LEAST_S, 4000), ylim=(0, 100))
    axes.set(xlabel=OFF_LABEL, ylabel="share of matched\nrises and sets (%)")


def _draw_hours(axes: plt.Axes, windows: pd.DataFrame, cases: Looks) -> None:
    """Draw the median error by the hour of the scenario."""
    matched = windows[windows["status"] == MATCHED]
    off_s = matched[ERRORS].abs().mean(axis=1)
    hour = (matched["culmination_s"] // 3600).rename("hour")
    medians = off_s.groupby([matched["case"], hour]).median()
    for case, look in cases.items():
        curve = medians[case]
        axes.plot(curve.index + 0.5, curve, color=look["color"], linestyle=dashes(look))
    axes.set(yscale="log", ylim=(LEAST_S, 4000), xlim=(0, None))
    axes.set(xlabel="simulated time (h)", ylabel=f"median {OFF_LABEL}")


def _draw_rung_losses(axes: plt.Axes, windows: pd.DataFrame, cases: Looks) -> None:
    """Draw passes missed and invented as bars, by theory of motion."""
    for row, case in enumerate(cases):
        summary = summarise_windows(windows[windows["case"] == case])
        for place, (status, (color, hatch, _)) in enumerate(MISSING.items()):
            percent = summary[f"{status}_percent"]
            y = row + 0.36 * (place - 0.5)
            axes.barh(
                y,
                percent,
                height=0.32,
                color=color,
                hatch=hatch,
                edgecolor="white",
                linewidth=0,
                label=status if row == 0 else None,
            )
            axes.text(percent + 2, y, f"{percent:.1f}", va="center", size=7)
    axes.set(xlim=(0, 115), xlabel="passes (% of SGP4's)")
    axes.set(xticks=range(0, 101, 25))
    axes.set(yticks=range(len(cases)))
    axes.set_yticklabels([look["label"] for look in cases.values()])
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)
    axes.legend(loc="lower right")


def _draw_ages(axes: plt.Axes, pairs: pd.DataFrame) -> None:
    """Draw median and 90th percentile of the errors by age."""
    for column, marker, label in (
        ("error_p90_s", "^", "90th percentile"),
        ("error_p50_s", "o", "median"),
    ):
        axes.plot(
            pairs["age_days"],
            pairs[column],
            marker=marker,
            color="black",
            markersize=4,
            linestyle="--" if marker == "^" else "-",
            linewidth=1,
            label=label,
        )
    axes.set(yscale="log", ylim=(10, 4000), xlim=(0, None))
    axes.set(xlabel="age of elements (days)", ylabel=OFF_LABEL)
    axes.legend(loc="lower right")


def _draw_age_losses(axes: plt.Axes, pairs: pd.DataFrame) -> None:
    """Draw passes missed and invented by age."""
    for status, (color, _, marker) in MISSING.items():
        axes.plot(
            pairs["age_days"],
            pairs[f"{status}_percent"],
            marker=marker,
            markersize=4,
            color=color,
            linestyle="-" if status == MISSED else "--",
            linewidth=1,
            label=status,
        )
    axes.set(xlim=(0, None), ylim=(0, None))
    axes.set(
        xlabel="age of elements (days)", ylabel="passes (% of those\nby new elements)"
    )
    axes.legend(loc="upper left")
