"""What strategies take to reach a target accuracy: time, and bits by link."""

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from fedorbit.report.figures.quantities import BITS_PER_GIGABYTE, LINK_LABELS
from fedorbit.report.figures.style import (
    BEHIND,
    Looks,
    in_front,
    pale,
    rounded,
    say_at_bar,
    set_title,
    use_style,
)
from fedorbit.report.numbers.infeasible import REASON
from fedorbit.report.numbers.metrics import AT_TARGET

PALE = 0.7  # the share of white in bars of what is sent by the end
HEIGHT = 0.62  # of a bar


def plot_costs(
    metrics: pd.DataFrame, looks: Looks, target_accuracy: float, title: str
) -> Figure:
    """Return bars of the hours and gigabytes to the target, a row for each strategy.

    ``metrics`` are those of the study's own values. Behind the bars to the target are
    pale ones of what is sent by the end, with their number; links without any are left
    out. Whiskers are 95 % intervals over seeds, of which a single one has none. A
    strategy that some seeds do not bring to the target has pale bars alone, and says
    how many reached it, or that it is infeasible.
    """
    use_style()
    own = metrics.set_index("strategy")
    present = [s for s in looks if s in own.index]
    own = own.loc[present]
    front = in_front(looks)
    colors = [looks[s]["color"] if s in front else BEHIND for s in present]
    links = [link for link in LINK_LABELS if own[link].max() > 0]
    figure, panels = plt.subplots(
        1,
        1 + len(links),
        figsize=(7.2, 1.1 + 0.25 * len(present)),
        sharey=True,
        squeeze=False,
        width_ratios=[1.3] + [1] * len(links),
    )
    first, *others = panels[0]
    _draw_to_target(first, own, "hours_to_target", 1.0, colors)
    _say_hours(first, own["hours_to_target"], own["hours_to_target_high"])
    first.set_xlabel("simulated\ntime (h)", fontsize=8)
    for axes, link in zip(others, links, strict=True):
        _draw_ends(axes, own[link].astype(float) / BITS_PER_GIGABYTE, colors)
        _draw_to_target(axes, own, AT_TARGET[link], 1 / BITS_PER_GIGABYTE, colors)
        axes.set_xlabel(f"{LINK_LABELS[link]} (GB)".replace(" ", "\n", 1), fontsize=8)
    for axes in panels[0]:
        axes.set_xlim(left=0)
        axes.xaxis.set_major_locator(MaxNLocator(3))
        axes.grid(axis="y", visible=False)
        axes.tick_params(axis="y", length=0)
    first.set_yticks(range(len(present)), [looks[s]["label"] for s in present])
    first.set_ylim(len(present) - 0.4, -0.6)
    for row, strategy in enumerate(present):
        reached, seeds = own.loc[strategy, ["reached", "seeds"]]
        if pd.notna(own.loc[strategy, REASON]):
            say_at_bar(first, 0, row, "infeasible")
        elif reached < seeds:
            say_at_bar(first, 0, row, f"reached by {reached:g} of {seeds:g} seeds")
    target = f"solid: to {100 * target_accuracy:g} % test accuracy, pale: by the end"
    set_title(figure, f"{target}\n{title}")
    return figure


def _draw_to_target(
    axes: plt.Axes, own: pd.DataFrame, column: str, scale: float, colors: list[str]
) -> None:
    """Draw what all strategies take to the target, with whiskers."""
    means, lows, highs = (own[column + end] * scale for end in ("", "_low", "_high"))
    for row, (strategy, mean) in enumerate(means.items()):
        if mean > 0:
            reach = [[mean - max(lows[strategy], 0)], [highs[strategy] - mean]]
            axes.barh(
                row,
                mean,
                xerr=reach,
                height=HEIGHT,
                color=colors[row],
                error_kw={"elinewidth": 0.9, "capsize": 2, "ecolor": "0.2"},
            )


def _say_hours(axes: plt.Axes, means: pd.Series, highs: pd.Series) -> None:
    """Write the hours to the target behind bars and whiskers."""
    ends = highs.fillna(means)
    for row, (mean, end) in enumerate(zip(means, ends, strict=True)):
        if mean > 0:
            say_at_bar(axes, end, row, f"{mean:.2g}")
    axes.set_xlim(0, 1.2 * ends.max() if ends.max() > 0 else 1)


def _draw_ends(axes: plt.Axes, ends: pd.Series, colors: list[str]) -> None:
    """Draw the gigabytes that all strategies send by the end, and the numbers."""
    for row, gigabytes in enumerate(ends):
        if gigabytes > 0:
            color = pale(colors[row], PALE)
            axes.barh(row, gigabytes, height=HEIGHT, color=color)
            say_at_bar(axes, gigabytes, row, rounded(gigabytes))
        elif gigabytes == 0:
            say_at_bar(axes, 0, row, "none")
    axes.set_xlim(0, 1.35 * ends.max())
