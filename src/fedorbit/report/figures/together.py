"""Studies beside one another: accuracy over time, over bits, and bits by link."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from fedorbit.report.figures.accuracy import (
    curves_of,
    draw_curve,
    draw_over_bits,
    limits,
    show_what_ends_soon,
)
from fedorbit.report.figures.names import name_ends
from fedorbit.report.figures.quantities import BITS_PER_GIGABYTE, LINK_LABELS
from fedorbit.report.figures.style import (
    Looks,
    dashes,
    ink,
    plain,
    rounded,
    say_at_bar,
    set_title,
    use_style,
)

ROW_IN = 2.9  # height of a row
LINKS = {
    "bits_access": ("#525252", ""),
    "bits_feeder": ("#969696", "////"),
    "bits_isl": ("#D9D9D9", "...."),
}
"""How bits of a link look: a grey and a hatching."""
BOUND = {"color": "0.25", "linewidth": 0.9, "linestyle": (0, (4, 2))}
START = {"color": "0.25", "linewidth": 0.9, "linestyle": (0, (1, 2))}


@dataclass(frozen=True)
class Row:
    """One study of the figure."""

    title: str
    rounds: pd.DataFrame
    """What ``read_curves`` returns."""
    metrics: pd.DataFrame
    """The table of the study's metrics, at its own values."""
    looks: Looks
    hours: float
    group: str
    """What a group of clients is called."""
    bound: str | None
    """The strategy that is drawn as a line."""


def plot_together(rows: Sequence[Row], title: str) -> Figure:
    """Return three panels for each study: over hours, over bits, and bits by link.

    Lines are means over seeds with 95 % intervals. A dotted line is the model that all
    start from, a dashed one the bound of the row at its end. Strategies of a row may be
    compared with one another, those of different rows may not.
    """
    use_style()
    figure, panels = plt.subplots(
        len(rows),
        3,
        figsize=(10.5, 0.9 + ROW_IN * len(rows)),
        squeeze=False,
        width_ratios=[1.25, 1, 1],
    )
    for row, (left, middle, right) in zip(rows, panels, strict=True):
        _draw_accuracy(row, left, middle)
        _draw_bits_by_link(row, right)
        left.set_title(plain(row.title), loc="left", fontsize=9)
    handles = [
        Patch(facecolor=color, hatch=hatch, edgecolor="0.2", label=LINK_LABELS[link])
        for link, (color, hatch) in LINKS.items()
    ]
    figure.legend(handles=handles, loc="outside lower right", ncols=len(handles))
    set_title(figure, title)
    return figure


def _draw_accuracy(row: Row, left: plt.Axes, middle: plt.Axes) -> None:
    """Draw accuracy over hours and over what ground and satellites have sent."""
    curves = curves_of(row.rounds)
    named = [s for s in row.looks if s != row.bound]
    drawn = {s: curves[curves["strategy"] == s] for s in named}
    drawn = {s: curve for s, curve in drawn.items() if len(curve)}
    styles = {s: _style(row.looks[s]) for s in drawn}
    for strategy, curve in drawn.items():
        last = curve.iloc[-1:].assign(hours=row.hours)
        draw_curve(left, pd.concat([curve, last]), "hours", styles[strategy])
    low, high = limits(curves)
    draw_over_bits(middle, drawn, styles)
    start = float(curves.loc[curves["round"] == 0, "mean"].mean())
    lines = {start: START}
    bound = curves[curves["strategy"] == row.bound]
    if len(bound):
        lines[float(bound["mean"].iloc[-1])] = BOUND
    for axes in (left, middle):
        axes.set_ylim(low, high)
        for level, look in lines.items():
            axes.axhline(level, zorder=1, **look)
    left.set(
        xlabel="simulated time (h)",
        ylabel=f"test accuracy (%),\nmean over {row.group}s",
        xlim=(0, row.hours),
    )
    show_what_ends_soon(left, curves[curves["strategy"].isin(drawn)], row.hours)
    middle.tick_params(labelleft=False)
    labels = {s: row.looks[s]["label"] for s in drawn}
    ends = {labels[s]: curve["mean"].iloc[-1] for s, curve in drawn.items()}
    colors = {labels[s]: ink(styles[s]["color"]) for s in drawn}
    ends["start, pretrained"], colors["start, pretrained"] = start, "0.25"
    if len(bound):
        name = row.looks[row.bound]["label"]
        ends[name], colors[name] = float(bound["mean"].iloc[-1]), "0.25"
    name_ends(left, list(ends.values()), list(ends), list(colors.values()), ROW_IN - 1)


def _style(look: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "color": look["color"],
        "linestyle": dashes(look),
        "linewidth": 1.5,
        "marker": look["marker"],
        "markersize": 5,
        "zorder": 3,
    }


def _draw_bits_by_link(row: Row, axes: plt.Axes) -> None:
    """Draw what each strategy sends by the end, and how long its clients are idle."""
    own = row.metrics.set_index("strategy")
    present = [s for s in row.looks if s in own.index and s != row.bound]
    own = own.loc[present]
    left = pd.Series(0.0, index=own.index)
    for link, (color, hatch) in LINKS.items():
        width = own[link].astype(float) / BITS_PER_GIGABYTE
        bars = {"color": color, "hatch": hatch, "edgecolor": "0.2", "linewidth": 0.5}
        axes.barh(range(len(own)), width, left=left, height=0.62, **bars)
        left = left + width
    for place, (strategy, total) in enumerate(left.items()):
        idle = own.loc[strategy, "idle_share"]
        words = rounded(total) + ("" if pd.isna(idle) else f", idle {100 * idle:.0f} %")
        say_at_bar(axes, total, place, words)
    axes.set_yticks(range(len(own)), [row.looks[s]["label"] for s in own.index], size=7)
    axes.set(
        xlabel="sent by the end (GB)",
        ylim=(len(own) - 0.4, -0.6),
        xlim=(0, 1.5 * left.max()),
    )
    axes.grid(axis="y", visible=False)
