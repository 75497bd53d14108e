"""What the topology of carriers costs in accuracy, beside how fast it mixes."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from fedorbit.report.figures.style import set_title, use_style
from fedorbit.report.numbers.rounds import over_seeds

TOPOLOGY = "strategies.fedmeld.topology"
REGIONS = "scenario.regions.file"


def plot_topology(
    runs: pd.DataFrame, mixing: pd.DataFrame, color: str, title: str
) -> Figure:
    """Return the accuracy that topologies lose, beside how slowly they mix.

    ``runs`` are FedMeld's; ``mixing`` has their two keys, ``second_eigenvalue`` (the
    second largest modulus of the mixing matrix) and ``regions`` (how many). Lost is
    what the best topology on the same regions has more, with the same seed.
    """
    use_style()
    lost = accuracy_lost(runs).merge(mixing, on=[REGIONS, TOPOLOGY], validate="1:1")
    figure, axes = plt.subplots(figsize=(5.4, 3.2))
    for k, (regions, some) in enumerate(lost.groupby(REGIONS)):
        axes.errorbar(
            some["second_eigenvalue"],
            100 * some["mean"],
            yerr=100 * np.abs(some[["low", "high"]].sub(some["mean"], axis=0)).T,
            color=color,
            linestyle="none",
            marker="os^Dv"[k % 5],
            markerfacecolor="white" if k % 2 else color,
            capsize=2,
            label=f"{Path(regions).stem}: {some['regions'].iloc[0]} regions",
        )
        for one in some.to_dict("records"):
            axes.annotate(
                one[TOPOLOGY],
                (one["second_eigenvalue"], 100 * one["mean"]),
                xytext=(6, -10 if k % 2 else 4),
                textcoords="offset points",
                size=7,
            )
    axes.set(
        xlabel="second eigenvalue of the mixing matrix (modulus)",
        ylabel="accuracy lost to the best topology\n(percentage points)",
    )
    axes.margins(0.15)
    axes.legend(loc="best")
    set_title(figure, title)
    return figure


def accuracy_lost(runs: pd.DataFrame) -> pd.DataFrame:
    """Return mean, low and high of what each topology loses to the best one."""
    lost = []
    for regions, some in runs.groupby(REGIONS):
        table = some.pivot_table("accuracy", TOPOLOGY, "seed")
        best = table.loc[table.mean(axis=1).idxmax()]
        long = (best - table).stack().rename("lost").reset_index()
        lost.append(long.assign(**{REGIONS: regions}))
    return over_seeds(pd.concat(lost), [REGIONS, TOPOLOGY], "lost")
