"""A picture of what a plan does in its first hours, site by site."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from fedorbit.data.homes import Homes
from fedorbit.plans import names
from fedorbit.plans.readings.activity import local_work, regional_trainings
from fedorbit.plans.readings.carries import destination
from fedorbit.report.figures.style import Looks, in_front, plain, use_style

ACTIVITIES = {
    "send": ("0.25", "models sent"),
    "train": ("0.68", "clients train"),
    "wait": ("white", "waits"),
}


def plot_timeline(
    plans: Mapping[str, Any],
    homes: Homes,
    stations: Sequence[str],
    looks: Looks,
    hours: float,
) -> Figure:
    """Return who trains, sends, waits and flies in the first hours of each plan.

    ``plans`` maps strategies to their plans, of which those in front are drawn. Each
    has a row for each region and each station that takes part; a sloping line is a
    model on board a satellite, from where it was loaded to where it arrives.
    """
    use_style()
    present = [s for s in in_front(looks) if s in plans]
    rows = {s: _rows(plans[s], homes.names, stations) for s in present}
    home = names.client_nodes(homes)
    figure, panels = plt.subplots(
        len(present),
        1,
        figsize=(7.2, 0.5 + 0.27 * sum(len(r) + 2 for r in rows.values())),
        height_ratios=[len(rows[s]) + 1 for s in present],
        sharex=True,
        squeeze=False,
    )
    for axes, strategy in zip(panels[:, 0], present, strict=True):
        look = looks[strategy]
        _plot_plan(axes, plans[strategy], rows[strategy], home, look, hours)
    panels[-1, 0].set(xlabel="simulated time (h)", xlim=(0, hours))
    handles = [
        plt.Rectangle((0, 0), 1, 1, facecolor=color, edgecolor="0.3", linewidth=0.4)
        for color, _ in ACTIVITIES.values()
    ]
    handles.append(plt.Line2D([], [], color="0.2", linewidth=1.2))
    figure.legend(
        handles,
        [label for _, label in ACTIVITIES.values()] + ["model on board a satellite"],
        loc="outside upper right",
        ncols=4,
    )
    return figure


def _rows(plan: Any, regions: Sequence[str], stations: Sequence[str]) -> list[str]:
    """Return the sites that a plan uses, from top to bottom."""
    nodes = {*plan.ledger["sender"], *plan.ledger["receiver"]}
    return [*regions, *(s for s in stations if s in nodes)]


def _plot_plan(
    axes: plt.Axes,
    plan: Any,
    rows: list[str],
    home: Mapping[str, str],
    look: Mapping[str, Any],
    hours: float,
) -> None:
    """Draw the first hours of one plan as bars for sites and lines for flights."""
    place = {site: row for row, site in enumerate(rows)}
    trains = regional_trainings(plan.ops)
    first = plan.ledger[plan.ledger["start_s"] <= hours * 3600]
    ends = trains.groupby("target")["end_s"].max()
    trains = trains[trains["start_s"] <= hours * 3600]
    spans: dict[tuple[str, int], list[tuple[float, float]]] = defaultdict(list)

    def add(activity: str, site: str, start_s: float, end_s: float) -> None:
        span = (start_s / 3600, (end_s - start_s) / 3600)
        spans[activity, place[site]].append(span)

    for target, end_s in ends.items():
        add("wait", names.name_of(target), 0, end_s)
    for work in local_work(first, trains).itertuples():
        add("train", work.region, work.start_s, work.end_s)
    # Transfers between satellites take place at no site.
    sends = first[first["link"].isin(["access", "feeder"])].drop_duplicates(
        ["op", "start_s", "receiver"]
    )
    loaded = {}
    for move in sends.itertuples():
        down = move.receiver in place
        ground = move.receiver if down else home.get(move.sender, move.sender)
        add("send", ground, move.start_s, move.end_s)
        if not down:
            loaded[move.receiver, move.end_s] = ground
    for (activity, row), bars in spans.items():
        axes.broken_barh(
            bars,
            (row - 0.31, 0.62),
            facecolor=ACTIVITIES[activity][0],
            edgecolor="0.6" if activity == "wait" else "none",
            linewidth=0.5,
            rasterized=True,  # thousands of bars
        )
    for carry in first[first["link"] == "carry"].itertuples():
        origin = loaded.get((carry.sender, carry.start_s))
        if origin is None:  # it came from another satellite, which has no row
            continue
        target = destination(plan, carry)
        axes.plot(
            [carry.start_s / 3600, carry.end_s / 3600],
            [place[origin], place[target]],
            color=look["color"],
            linewidth=1.0,
            marker="o",
            markersize=1.8,
        )
    axes.set(yticks=range(len(rows)), yticklabels=[plain(row) for row in rows])
    axes.set_title(look["label"] if len(plan.ops) else f"{look['label']}: infeasible")
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)
