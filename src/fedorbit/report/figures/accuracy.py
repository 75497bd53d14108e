"""Accuracy over simulated time, and over the bits that it takes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from fedorbit.report.figures.names import name_beside, name_ends
from fedorbit.report.figures.quantities import BITS_PER_GIGABYTE
from fedorbit.report.figures.style import (
    BEHIND,
    Looks,
    dashes,
    in_front,
    ink,
    plain,
    set_title,
    use_style,
)
from fedorbit.report.numbers.rounds import group_means, over_seeds

SOON = 0.05
"""Part of the scenario: if a strategy is done before, the axis is logarithmic."""
SKY_TO_GROUND = ["bits_access", "bits_feeder"]
LINE_IN = 0.16  # of a name at the end of a line
FRAME_IN = 1.0  # above and below the panels
IN_FRONT = 3  # the place in the heap of lines
MOST_EXCHANGES = 30
"""Of a model: the teeth between more of them would merge on paper."""


def plot_accuracy(
    rounds: pd.DataFrame,
    looks: Looks,
    hours: float,
    title: str,
    group: str = "region",
) -> Figure:
    """Return accuracy over simulated hours, and over what was sent to get there.

    Lines are means over seeds of the mean accuracy of the models of groups; a level
    lasts until the next evaluation. Of a strategy with more than ``MOST_EXCHANGES`` the
    line is the mean over each cycle, from one exchange to the next, and its band goes
    from the lowest to the highest level of the cycle. Strategies in front have their
    colour and a band, of others the 95 % interval; those behind are grey. What is sent
    is all that goes between ground and satellites, on access and feeder links. Hours
    are on a logarithmic axis where a strategy ends long before the scenario. Of a study
    with sweeps, the runs with its own values are drawn. Strategies without any are
    named as infeasible.
    """
    use_style()
    curves = curves_of(rounds)
    height_in = max(3.4, FRAME_IN + LINE_IN * len(looks))
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, height_in), sharey=True)
    drawn = {s: curves[curves["strategy"] == s] for s in looks}
    drawn = {strategy: curve for strategy, curve in drawn.items() if len(curve)}
    _say_infeasible(left, [looks[s]["label"] for s in looks if s not in drawn])
    if not drawn:
        right.set_axis_off()
        set_title(figure, title)
        return figure
    styles = _styles(looks, drawn)
    ends = {s: curve["mean"].iloc[-1] for s, curve in drawn.items()}
    for strategy, curve in drawn.items():
        last = curve.iloc[-1:].assign(hours=hours)
        draw_curve(left, pd.concat([curve, last]), "hours", styles[strategy])
    left.set(
        xlabel="simulated time (h)",
        ylabel=f"test accuracy (%),\nmean over {group}s",
        xlim=(0, hours),
        ylim=limits(curves),
    )
    show_what_ends_soon(left, curves, hours)
    draw_over_bits(right, drawn, styles)
    name_ends(
        left,
        list(ends.values()),
        [looks[s]["label"] for s in ends],
        [ink(styles[s]["color"]) for s in ends],
        height_in - FRAME_IN,
    )
    set_title(figure, title)
    _name_front(right, drawn, looks, styles)
    return figure


def curves_of(rounds: pd.DataFrame) -> pd.DataFrame:
    """Return the curves of the runs with the study's own values.

    Columns ``strategy, round, time_s, hours``, ``sent`` in gigabytes, ``mean, low,
    high`` of the accuracy in percent over seeds, and ``cycle``, how many exchanges each
    model has had at least.
    """
    own = rounds[rounds["setting"] == "default"]
    levels = group_means(own)
    levels["sent"] = levels[SKY_TO_GROUND].sum(axis=1) / BITS_PER_GIGABYTE
    by = ["strategy", "round", "time_s", "sent"]
    curves = over_seeds(levels, by, "accuracy")
    curves["hours"] = curves["time_s"] / 3600
    curves[["mean", "low", "high"]] *= 100
    had = own.groupby(["strategy", "round"])["exchanges"].min().rename("cycle")
    return curves.join(had, on=["strategy", "round"])


def show_what_ends_soon(axes: plt.Axes, curves: pd.DataFrame, hours: float) -> None:
    """Make the hours logarithmic if a strategy ends long before the scenario."""
    first_end_s = curves.groupby("strategy")["time_s"].max().min()
    if first_end_s < SOON * 3600 * hours:
        least_s = curves.loc[curves["time_s"] > 0, "time_s"].min()
        axes.set(xscale="log", xlim=(least_s / 3600 / 2, hours))


def _styles(looks: Looks, drawn: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return how lines are drawn: those behind are grey and thin."""
    front = in_front(looks)
    styles = {}
    for strategy in drawn:
        look, is_front = looks[strategy], strategy in front
        styles[strategy] = {
            "color": look["color"] if is_front else BEHIND,
            "linestyle": dashes(look),
            "linewidth": 1.6 if is_front else 0.9,
            "marker": look["marker"],
            "markersize": 5 if is_front else 4,
            "zorder": IN_FRONT if is_front else IN_FRONT - 1,
        }
    return styles


def draw_curve(
    axes: plt.Axes, curve: pd.DataFrame, x: str, style: Mapping[str, Any]
) -> None:
    """Draw the steps of one strategy, its band if it is in front, and its end."""
    end = curve.iloc[-1]
    curve = by_cycle(curve)
    line = {key: value for key, value in style.items() if not key.startswith("marker")}
    axes.plot(curve[x], curve["mean"], drawstyle="steps-post", **line)
    axes.plot(end[x], end["mean"], **style | {"linestyle": "none", "clip_on": False})
    if style["zorder"] == IN_FRONT:
        axes.fill_between(
            curve[x],
            curve["low"],
            curve["high"],
            color=style["color"],
            step="post",
            alpha=0.12,
            linewidth=0,
        )


def by_cycle(curve: pd.DataFrame) -> pd.DataFrame:
    """Return a curve with one level for each of its many cycles, or as it is.

    The level is the mean over the time of the cycle. It starts where the cycle does;
    low and high become the least and the greatest mean in it. What comes before the
    first exchange stays as it is.
    """
    if curve["cycle"].max() <= MOST_EXCHANGES:
        return curve
    curve = curve.reset_index(drop=True)
    lasts_h = curve["hours"].diff().shift(-1, fill_value=0.0)
    before = curve["cycle"] == 0
    rows = curve[before].to_dict("records")
    for _, own in curve[~before].groupby("cycle"):
        weights = lasts_h[own.index]
        mean = np.average(own["mean"], weights=weights if weights.any() else None)
        ends = {"low": own["mean"].min(), "high": own["mean"].max()}
        rows.append(own.iloc[0].to_dict() | {"mean": mean} | ends)
    rows.append(rows[-1] | curve.iloc[-1][["hours", "sent"]].to_dict())
    return pd.DataFrame(rows)


def limits(curves: pd.DataFrame) -> tuple[float, float]:
    """Return the ends of the axis of accuracies, in tens of percent."""
    low, high = curves["mean"].min(), curves["mean"].max()
    return 10 * np.floor(low / 10), min(100.0, 10 * np.ceil(high / 10))


def draw_over_bits(
    axes: plt.Axes, drawn: Mapping[str, pd.DataFrame], styles: Mapping[str, Any]
) -> None:
    """Draw accuracy over what was sent; what sends nothing stands at the left edge."""
    sent = pd.concat([curve["sent"] for curve in drawn.values()])
    if not (sent > 0).any():
        axes.text(0.5, 0.5, "nothing is sent", ha="center", transform=axes.transAxes)
        axes.set_xticks([])
        return
    edge = sent[sent > 0].min() / 2
    for strategy, curve in drawn.items():
        shown = curve.assign(sent=curve["sent"].clip(lower=edge))
        draw_curve(axes, shown, "sent", styles[strategy])
    axes.set(xscale="log", xlim=(edge, 3 * sent.max()))
    axes.set(xlabel="sent between ground\nand satellites (GB)")


def _name_front(
    axes: plt.Axes,
    drawn: Mapping[str, pd.DataFrame],
    looks: Looks,
    styles: Mapping[str, Any],
) -> None:
    """Write the names of strategies in front beside the ends of their lines."""
    if axes.get_xscale() != "log":
        return
    edge = axes.get_xlim()[0]
    ends = {
        s: (max(edge, curve["sent"].iloc[-1]), curve["mean"].iloc[-1])
        for s, curve in drawn.items()
    }
    front = [s for s in in_front(looks) if s in ends]
    name_beside(
        axes,
        [ends[s] for s in front],
        [looks[s]["label"] for s in front],
        [ink(styles[s]["color"]) for s in front],
        taken=[ends[s] for s in ends if s not in front],
    )


def _say_infeasible(axes: plt.Axes, labels: list[str]) -> None:
    """Name strategies that cannot be planned in the lower right corner."""
    if labels:
        axes.text(
            0.98,
            0.02,
            "\n".join(["infeasible:", *map(plain, labels)]),
            ha="right",
            va="bottom",
            size=7,
            transform=axes.transAxes,
        )
