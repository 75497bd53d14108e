"""Old elements: what they do to exchanges between regions, and to accuracy, by age."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, ScalarFormatter

from fedorbit.report.figures.style import set_title, use_style

MARKERS = "oX^vPD"
"""Of patiences, in rising order; then from the first again."""


def plot_perturbation(
    table: pd.DataFrame, trained_s: float, look: Mapping[str, Any], title: str
) -> Figure:
    """Return four panels against age: losses, flight times, waits and accuracy.

    ``table`` is that of ``perturbation_table``. Losses and waits have a line for each
    patience, which for ``trained_s`` is in the strategy's colour; flight times and
    accuracy are those with that patience alone.
    """
    use_style()
    figure, panels = plt.subplots(2, 2, figsize=(7.2, 5.0), sharex=True)
    (lost, shift), (wait, accuracy) = panels
    for number, (patience_s, own) in enumerate(table.groupby("patience_s")):
        is_trained = patience_s == trained_s
        line = {
            "color": look["color"] if is_trained else "0.45",
            "linestyle": "-" if is_trained else "--",
            "marker": MARKERS[number % len(MARKERS)],
            "markersize": 4,
        }
        ages = own["age_days"]
        label = f"waits {patience_s:g} s longer than planned"
        lost.plot(ages, own["lost_percent"], label=label, **line)
        wait.plot(ages, own["idle_added_mean_s"], **line)
        if is_trained:
            label = f"{patience_s:g} s, if regions were as far as planned"
            dotted = line | {"linestyle": ":", "label": label}
            lost.plot(ages, own["lost_alone_percent"], **dotted)
            _draw_bars(shift, own, ("shift_p50_s", "shift_p5_s", "shift_p95_s"), line)
            percent = own.assign(**(100 * own.filter(like="accuracy")))
            columns = ("accuracy", "accuracy_low", "accuracy_high")
            _draw_bars(accuracy, percent, columns, line)
    lost.set(ylabel="exchanges lost (%)", ylim=(-2, 102))
    shift.set(ylabel="flight time, flown less\nplanned (s), 5 to 95 %")
    wait.set(ylabel="waiting added\nper exchange (s)")
    accuracy.set(ylabel="test accuracy (%),\nmean over regions")
    for axes in (shift, wait):
        axes.axhline(0, color="0.35", linewidth=0.8)
    if table.empty:
        title = f"{look['label']} is infeasible; {title}"
    for axes in (wait, accuracy) if len(table) else ():
        _scale_ages(axes, table["age_days"])
    lines = lost.get_legend_handles_labels()
    figure.legend(*lines, loc="outside lower center", ncols=2)
    set_title(figure, title)
    return figure


def _draw_bars(
    axes: plt.Axes, own: pd.DataFrame, columns: tuple[str, ...], line: dict[str, Any]
) -> None:
    """Draw a column as a line with bars from the second to the third."""
    middle, low, high = (own[column] for column in columns)
    reach = [middle - low, high - middle]
    axes.errorbar(own["age_days"], middle, reach, capsize=2, elinewidth=0.9, **line)


def _scale_ages(axes: plt.Axes, ages_days: pd.Series) -> None:
    """Set an axis of ages that is linear up to a day and logarithmic beyond."""
    axes.set_xscale("symlog", linthresh=1.0, linscale=0.5)
    axes.xaxis.set_major_locator(FixedLocator(sorted(ages_days.unique())))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(ScalarFormatter())
    oldest_days = max(1.0, ages_days.max())
    axes.set(xlabel="age of elements (days)", xlim=(-0.15, 1.25 * oldest_days))
