"""What strategies take to reach a target accuracy: time, and bits by link."""

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from fedorbit.report.figures.quantities import BITS_PER_GIGABYTE, LINK_LABELS
from fedorbit.report.figures.style import Looks, set_title, use_style
from fedorbit.report.numbers.infeasible import REASON
from fedorbit.report.numbers.metrics import AT_TARGET


def plot_costs(
    metrics: pd.DataFrame, looks: Looks, target_accuracy: float, title: str
) -> Figure:
    """Return bars of the hours and gigabytes to the target, a row for each strategy.

    ``metrics`` are those of the study's own values. Whiskers are 95 % intervals over
    seeds, of which a single one has none. A strategy that some seeds do not bring to
    the target has no bars, but says how many reached it, or that it is infeasible.
    """
    use_style()
    own = metrics.set_index("strategy")
    present = [s for s in looks if s in own.index]
    units = {"hours_to_target": ("simulated time (h)", 1.0)}
    units |= {
        AT_TARGET[column]: (f"{label} (GB)", 1 / BITS_PER_GIGABYTE)
        for column, label in LINK_LABELS.items()
    }
    figure, panels = plt.subplots(
        1,
        len(units),
        figsize=(7.2, 1.1 + 0.27 * len(present)),
        sharey=True,
        width_ratios=[1.3, 1, 1, 1, 1],
    )
    for axes, (column, (label, scale)) in zip(panels, units.items(), strict=True):
        _draw_bars(axes, own.loc[present], column, scale, looks)
        axes.set_xlabel(label.replace(" ", "\n", 1), fontsize=8)
        axes.grid(axis="y", visible=False)
        axes.tick_params(axis="y", length=0)
    panels[0].set(yticks=range(len(present)))
    panels[0].set_yticklabels([looks[s]["label"] for s in present])
    panels[0].set_ylim(len(present) - 0.4, -0.6)
    for row, strategy in enumerate(present):
        reached, seeds = own.loc[strategy, ["reached", "seeds"]]
        if pd.notna(own.loc[strategy, REASON]):
            _say(panels[0], row, "infeasible")
        elif reached < seeds:
            _say(panels[0], row, f"reached by {reached:g} of {seeds:g} seeds")
    set_title(figure, f"to {100 * target_accuracy:g} % test accuracy; {title}")
    return figure


def _draw_bars(
    axes: plt.Axes, own: pd.DataFrame, column: str, scale: float, looks: Looks
) -> None:
    """Draw one quantity of all strategies, and the word none for nothing."""
    means = own[column] * scale
    lows, highs = own[f"{column}_low"] * scale, own[f"{column}_high"] * scale
    greatest = highs.fillna(means).max()
    for row, strategy in enumerate(own.index):
        mean = means[strategy]
        if mean > 0:
            axes.barh(
                row,
                mean,
                xerr=[[mean - max(lows[strategy], 0)], [highs[strategy] - mean]],
                height=0.62,
                color=looks[strategy]["color"],
                error_kw={"elinewidth": 0.9, "capsize": 2, "ecolor": "0.3"},
            )
        elif mean == 0:
            _say(axes, row, "none")
    axes.set_xlim(0, 1.05 * greatest if greatest > 0 else 1)
    if not greatest > 0:
        axes.set_xticks([0])


def _say(axes: plt.Axes, row: int, words: str) -> None:
    """Write words where a bar would begin."""
    axes.annotate(
        words,
        (0, row),
        xytext=(3, 0),
        textcoords="offset points",
        va="center",
        size=7,
        color="0.35",
    )
