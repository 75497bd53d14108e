"""One panel of a figure of a sweep: lines or points over x, or curves over time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from fedorbit.report.figures.declared import SweepFigure
from fedorbit.report.figures.points import Axis, Layout
from fedorbit.report.figures.quantities import (
    AT_WORDS,
    EQUAL_ROUNDS,
    QUANTITIES,
    THEORY_X,
)
from fedorbit.report.figures.style import Looks, dashes, pale, plain

MARKERS = "os^DvPX*"  # of the values of a series
STYLES = ("-", "--", "-.", ":")
ROW = 0.07  # of a panel's height, for a row of crosses above it
DODGE = 0.1  # between lines, where values without order are 1 apart
PALEST = 0.65  # the share of white in the palest curve over time
CROWDED = 0.04  # of an axis, for each panel beside it: ticks must be further apart


@dataclass(frozen=True)
class Sheet:
    """What all panels of a figure share."""

    figure: SweepFigure
    where: Layout
    looks: Looks

    @property
    def x(self) -> Axis:
        """Return the values along the horizontal axis."""
        return self.where.axes["x"]

    @property
    def has_order(self) -> bool:
        """Return whether lines may connect the points."""
        return self.x.is_numeric and self.figure.x not in THEORY_X

    def present(self, numbers: pd.DataFrame) -> list[str]:
        """Return the strategies of a table, in the order of legends."""
        return [name for name in self.looks if name in set(numbers["strategy"])]


def draw_over_x(axes: plt.Axes, numbers: pd.DataFrame, sheet: Sheet, y: str) -> None:
    """Draw those of ``points`` that belong to a panel, with a ring at the best."""
    lines = list(_lines(numbers, sheet))
    for k, (own, line) in enumerate(lines):
        own = own.sort_values("x")
        shift = 0.0 if sheet.x.is_numeric else DODGE * (k - (len(lines) - 1) / 2)
        places = _places(own["x"], sheet.x) + shift
        axes.errorbar(
            places,
            own["mean"],
            yerr=[own["mean"] - own["low"], own["high"] - own["mean"]],
            capsize=2,
            elinewidth=0.9,
            markersize=4,
            **line,
        )
        for place, row in zip(places, own.itertuples(), strict=True):
            if sheet.figure.names is not None:
                axes.annotate(
                    sheet.where.axes["names"].texts[row.names],
                    (place, row.mean),
                    xytext=(6, -10 if row.series % 2 else 4),
                    textcoords="offset points",
                    size=7,
                )
    if sheet.figure.names is not None:
        axes.margins(0.12)
    if sheet.figure.best is not None:
        _draw_ring(axes, numbers, sheet, y)
    if numbers["mean"].isna().all():
        say(axes, "no values")


def mark_infeasible(axes: plt.Axes, sheet: Sheet, panel: int) -> int:
    """Mark above a panel where strategies cannot be planned, a row for each.

    Returns the number of rows.
    """
    cells = sheet.where.cells
    cells = cells[cells["infeasible"] & (cells["panels"] == panel)]
    present = sheet.present(cells)
    for place, strategy in enumerate(present):
        own = cells[cells["strategy"] == strategy]
        look = sheet.looks[strategy]
        axes.plot(
            _places(own["x"], sheet.x),
            [1 + ROW * (place + 0.5)] * len(own),  # of the panel's height
            "x",
            color=look["color"],
            markersize=6,
            transform=axes.get_xaxis_transform(),
            clip_on=False,
            label=f"{look['label']}: infeasible",
        )
    return len(present)


def _lines(
    numbers: pd.DataFrame, sheet: Sheet
) -> Iterator[tuple[pd.DataFrame, dict[str, Any]]]:
    """Yield the points of each line, and how it looks."""
    strategies = sheet.present(numbers)
    groups = numbers.groupby(["strategy", "at", "series"], sort=False)
    for (strategy, at, series), own in sorted(
        groups, key=lambda group: strategies.index(group[0][0])
    ):
        look = sheet.looks[strategy]
        words = [look["label"]]
        if EQUAL_ROUNDS in sheet.figure.at:
            words.append(AT_WORDS[at])
        if sheet.figure.series is not None:
            words.append(sheet.where.axes["series"].texts[series])
        is_hollow = at == EQUAL_ROUNDS
        shape = look["marker"]
        if sheet.figure.series is not None:
            shape = MARKERS[series % len(MARKERS)]
        style = "--" if is_hollow else dashes(look)
        yield (
            own,
            {
                "label": ", ".join(words),
                "color": look["color"],
                "linestyle": style if sheet.has_order else "none",
                "marker": shape,
                "markerfacecolor": "white" if is_hollow else look["color"],
            },
        )


def _places(codes: pd.Series, axis: Axis) -> np.ndarray:
    """Return where values stand on an axis."""
    values = np.array(axis.values if axis.is_numeric else range(len(axis.values)))
    return values[codes.to_numpy()].astype(float)


def _draw_ring(axes: plt.Axes, numbers: pd.DataFrame, sheet: Sheet, y: str) -> None:
    """Draw a ring about the best point of the strategy that the figure names."""
    own = numbers[numbers["strategy"] == sheet.figure.best].dropna(subset="mean")
    if own.empty:
        return
    own = own[own["at"] == own["at"].iloc[0]]
    is_greatest = QUANTITIES[y].best == "greatest"
    best = own.loc[[own["mean"].idxmax() if is_greatest else own["mean"].idxmin()]]
    axes.plot(
        _places(best["x"], sheet.x),
        best["mean"],
        "o",
        markersize=10,
        markerfacecolor="none",
        markeredgecolor="black",
        label=f"best of {sheet.looks[sheet.figure.best]['label']}",
    )


def draw_over_time(axes: plt.Axes, numbers: pd.DataFrame, sheet: Sheet) -> None:
    """Draw those of ``curves`` of one strategy: the greater x, the darker the curve."""
    (strategy,) = numbers["strategy"].unique()
    color = sheet.looks[strategy]["color"]
    present = sorted(numbers["x"].unique())
    for k, white in enumerate(np.linspace(PALEST, 0, len(present))):
        own = numbers[numbers["x"] == present[k]].sort_values("hours")
        shade = pale(color, white)
        axes.plot(
            own["hours"],
            own["mean"],
            color=shade,
            linestyle=STYLES[k % len(STYLES)],
            linewidth=1.3,
            label=sheet.x.texts[present[k]],
        )
        axes.fill_between(
            own["hours"], own["low"], own["high"], color=shade, alpha=0.15, lw=0
        )
    axes.set(xlabel="simulated time (h)", xlim=(0, None))
    title = plain(fill(sheet.figure.words("x"), 24))
    axes.legend(title=title, title_fontsize=8, loc="best", handlelength=3)


def draw_objectives(axes: plt.Axes, numbers: pd.DataFrame) -> None:
    """Draw the objective of theory, or say that there is none."""
    axes.set(yscale="log")
    if numbers.empty:
        say(axes, "SC-MR has no solution")
        return
    for k, (label, curve) in enumerate(numbers.groupby("label", sort=False)):
        curve = curve.sort_values("round_interval")
        axes.plot(
            curve["round_interval"],
            curve["f"] / curve["f"].iloc[0],
            color="black",
            linestyle=STYLES[k % len(STYLES)],
            label=label,
        )
    axes.legend(loc="best")


def draw_vertical(axes: plt.Axes, values: Mapping[str, float]) -> None:
    """Draw values of theory as vertical lines, by their label."""
    for k, (label, value) in enumerate(values.items()):
        style = STYLES[1:][k % (len(STYLES) - 1)]
        axes.axvline(value, color="0.35", linestyle=style, linewidth=1, label=label)


def say(axes: plt.Axes, words: str) -> None:
    """Write words into an empty panel."""
    axes.text(0.5, 0.5, words, ha="center", transform=axes.transAxes, size=8)


def mark_values(axes: plt.Axes, sheet: Sheet, beside: int) -> None:
    """Put ticks at the values of x, unless these are numbers that crowd.

    ``beside`` is how many panels stand side by side.
    """
    axis, is_log = sheet.x, sheet.figure.x_scale == "log"
    axes.set_xscale(sheet.figure.x_scale)
    if not axis.is_numeric:
        letters = sum(map(len, axis.texts)) * beside
        turn = {"rotation": 30, "ha": "right"} if letters > 60 else {}
        axes.set_xticks(range(len(axis.values)), axis.texts, **turn)
        axes.set_xlim(-0.5, len(axis.values) - 0.5)
        return
    places = np.log(axis.values) if is_log else np.array(axis.values)
    gaps = np.diff(places)
    if sheet.has_order and (gaps >= CROWDED * beside * np.sum(gaps)).all():
        axes.set_xticks(axis.values, axis.texts)
        axes.minorticks_off()
