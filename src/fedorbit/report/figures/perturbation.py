"""Old elements: what they do to exchanges between regions, and to accuracy, by age."""

from collections.abc import Iterable
from typing import Any

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, ScalarFormatter

from fedorbit.plans.readings.exchanges import summarise_exchanges
from fedorbit.report.figures.style import use_style
from fedorbit.report.numbers.rounds import group_means, over_seeds

MODEL, SNAPSHOTS = "drift", "snapshots"
SOURCES = {
    MODEL: {"label": "ideal shell that drifts", "color": "#0072B2", "marker": "o"},
    SNAPSHOTS: {"label": "real satellites", "color": "#D55E00", "marker": "s"},
}
"""Looks by where the ages come from; colours of the palette of Okabe and Ito."""
CASE = ["case", "source", "age_days", "patience_s"]
AGES_DAYS = (0, 1, 3, 7, 14, 30, 90)
AGE_LABEL = "age of elements (days)"


def perturbation_table(
    cases: Iterable[dict[str, Any]], exchanges: Iterable[pd.DataFrame]
) -> pd.DataFrame:
    """Return a row for each flown plan, by patience, source and age.

    A case has the keys ``CASE``, where ``source`` is one of ``SOURCES``; its table is
    that of ``exchanges``. The further columns are those of ``summarise_exchanges``.
    """
    rows = [
        {key: case[key] for key in CASE} | summarise_exchanges(table)
        for case, table in zip(cases, exchanges, strict=True)
    ]
    ordered = pd.DataFrame(rows).sort_values(["patience_s", "source", "age_days"])
    return ordered.reset_index(drop=True).round(3)


def accuracy_by_age(rounds: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    """Return the last accuracy of each case, mean over regions, with its interval.

    ``rounds`` is the tidy table of a study, and ``cases`` has the columns ``setting``,
    ``source`` and ``age_days``. The columns of the result are those of ``cases`` and
    ``mean, low, high``, the 95 % interval over seeds.
    """
    by = ["strategy", "setting", "seed"]
    ends = group_means(rounds).groupby(by, as_index=False, sort=False).last()
    spread = over_seeds(ends, ["setting"], "accuracy")
    return cases.merge(spread.round(4), on="setting", validate="one_to_one")


def plot_perturbation(table: pd.DataFrame) -> Figure:
    """Return lost carries, shifts of flight times and longer waits, against age.

    ``table`` is that of ``perturbation_table`` for one patience.
    """
    use_style()
    figure, (lost, shift, idle) = plt.subplots(1, 3, figsize=(7.2, 2.7))
    for source, look in SOURCES.items():
        own = table[table["source"] == source]
        if own.empty:
            continue
        style = {"color": look["color"], "marker": look["marker"], "markersize": 4}
        ages = own["age_days"]
        lost.plot(ages, own["lost_percent"], label=look["label"], **style)
        lost.plot(ages, own["lost_alone_percent"], linestyle=":", **style)
        shift.errorbar(
            ages,
            own["shift_p50_s"],
            [
                own["shift_p50_s"] - own["shift_p5_s"],
                own["shift_p95_s"] - own["shift_p50_s"],
            ],
            capsize=2,
            elinewidth=1,
            **style,
        )
        idle.plot(ages, own["idle_added_mean_s"], **style)
    handles, labels = lost.get_legend_handles_labels()
    dotted = plt.Line2D([], [], color="0.35", linestyle=":")
    figure.legend(
        [*handles, dotted],
        [*labels, "if regions were as far as planned"],
        loc="outside upper center",
        ncols=3,
    )
    lost.set(ylabel="carries lost (%)", ylim=(-2, 102))
    shift.axhline(0, color="0.35", linewidth=0.8)
    shift.set(ylabel="flight time, flown less\nplanned (s), 5 to 95 %")
    idle.axhline(0, color="0.35", linewidth=0.8)
    idle.set(ylabel="waiting added\nper exchange (s)")
    for axes in (lost, shift, idle):
        _scale_ages(axes, table["age_days"].max())
    return figure


def plot_accuracy_by_age(table: pd.DataFrame) -> Figure:
    """Return accuracy at the end against age, with 95 % intervals over seeds.

    ``table`` is that of ``accuracy_by_age``.
    """
    use_style()
    figure, axes = plt.subplots(figsize=(3.5, 2.7))
    for source, look in SOURCES.items():
        own = table[table["source"] == source]
        if own.empty:
            continue
        percent = 100 * own[["mean", "low", "high"]]
        axes.errorbar(
            own["age_days"],
            percent["mean"],
            [percent["mean"] - percent["low"], percent["high"] - percent["mean"]],
            color=look["color"],
            marker=look["marker"],
            markersize=4,
            elinewidth=1,
            capsize=2,
            label=look["label"],
        )
    axes.set(ylabel="test accuracy (%),\nmean over regions")
    _scale_ages(axes, table["age_days"].max())
    axes.legend(loc="lower left")
    return figure


def _scale_ages(axes: plt.Axes, oldest_days: float) -> None:
    """Set an axis of ages that is linear up to a day and logarithmic beyond."""
    axes.set_xscale("symlog", linthresh=1.0, linscale=0.5)
    axes.xaxis.set_major_locator(
        FixedLocator([a for a in AGES_DAYS if a <= oldest_days])
    )
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.set(xlabel=AGE_LABEL, xlim=(-0.15, 1.25 * max(1.0, oldest_days)))
