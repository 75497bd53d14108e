"""Figures, drawn from tidy tables, contacts and plans alone.

``looks`` maps each strategy to its ``label``, ``color`` and ``linestyle``, in the
order of legends; a strategy looks the same in all figures.
"""

from collections.abc import Mapping, Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")

import matplotlib.pyplot as plt  # noqa: E402
import pandas as pd  # noqa: E402
import seaborn as sns  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from fedorbit.files import whole  # noqa: E402
from fedorbit.report.tables import BITS, over_seeds, regional  # noqa: E402

Looks = Mapping[str, Mapping[str, Any]]

PLACE = ["longitude_deg", "latitude_deg"]
TRACK_COLOR = "#009E73"  # of the palette of Okabe and Ito, and no strategy's
LINK_LABELS = {
    "bits_access": "access links",
    "bits_feeder": "feeder links",
    "bits_isl": "inter-satellite links",
    "bits_carried": "carried on board",
}


def use_style() -> None:
    """Set the look that all figures share."""
    sns.set_theme(context="paper", style="ticks")
    with as_file(files(__package__) / "style.mplstyle") as style:
        plt.style.use(style)


def save(figure: Figure, path: str | Path) -> None:
    """Write a figure whole or not at all, with the same bytes every time."""
    with whole(path) as unfinished:
        figure.savefig(unfinished, metadata={"Date": None})
    plt.close(figure)


def plot_accuracy(
    rounds: pd.DataFrame, looks: Looks, hours: float, title: str
) -> Figure:
    """Return accuracy over simulated hours, and the bits that each strategy sent.

    Lines are means over seeds of the mean accuracy of the regional models, bands
    their 95 % intervals; a level lasts until the next evaluation.
    """
    use_style()
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(7.2, 2.9), width_ratios=[1.7, 1]
    )
    curves = over_seeds(regional(rounds), ["strategy", "round", "time_s"], "accuracy")
    present = [s for s in looks if s in set(curves["strategy"])]
    for strategy in present:
        curve = curves[curves["strategy"] == strategy]
        curve = pd.concat([curve, curve.iloc[-1:].assign(time_s=3600 * hours)])
        look = looks[strategy]
        left.plot(
            curve["time_s"] / 3600,
            100 * curve["mean"],
            drawstyle="steps-post",
            color=look["color"],
            linestyle=dashes(look),
            label=look["label"],
        )
        left.fill_between(
            curve["time_s"] / 3600,
            100 * curve["low"],
            100 * curve["high"],
            color=look["color"],
            step="post",
            alpha=0.2,
            linewidth=0,
        )
    left.set(
        xlabel="simulated time (h)",
        ylabel="test accuracy (%),\nmean over regions",
        xlim=(0, hours),
        ylim=(0, 100),
    )
    left.legend(loc="lower right")
    _plot_bits(right, rounds, present, looks)
    figure.suptitle(title, fontsize=8, color="0.35")
    return figure


def _plot_bits(axes: plt.Axes, rounds: pd.DataFrame, present: list[str], looks: Looks):
    """Draw the bits on each kind of link at the end, on a logarithmic axis."""
    ends = rounds.groupby("strategy")[list(BITS.values())].max() / 8e9
    height = 0.8 / len(present)
    smallest, largest = ends[ends > 0].min().min() / 10, ends.max().max()
    for place, strategy in enumerate(present):
        look = looks[strategy]
        for row, column in enumerate(LINK_LABELS):
            y = row + (place - (len(present) - 1) / 2) * height
            gigabytes = ends.loc[strategy, column]
            if gigabytes > 0:
                axes.barh(
                    y,
                    gigabytes,
                    height=0.9 * height,
                    color=look["color"],
                    hatch="" if place % 2 == 0 else "///",
                    edgecolor="white",
                    linewidth=0,
                )
                axes.text(
                    gigabytes * 1.15,
                    y,
                    _rounded(gigabytes),
                    va="center",
                    size=6.5,
                )
            else:
                axes.text(
                    1.2 * smallest,
                    y,
                    "none",
                    va="center",
                    size=6.5,
                    color=look["color"],
                )
    axes.set(
        xscale="log",
        xlim=(smallest, largest * 6),
        yticks=range(len(LINK_LABELS)),
        yticklabels=LINK_LABELS.values(),
        xlabel="sent or carried by the end (GB)",
    )
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)


def _rounded(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 else f"{number:.1f}"


def plot_timeline(
    plans: Mapping[str, Any],
    regions: Sequence[str],
    stations: Sequence[str],
    looks: Looks,
    hours: float,
    clients_per_region: int,
) -> Figure:
    """Return who trains, sends, waits and flies in the first hours of each plan.

    ``plans`` maps strategies to their plans. Each has a row for each region and
    each station that takes part; a sloping line is a model on board a satellite, from
    where it was loaded to where it arrives.
    """
    use_style()
    present = [s for s in looks if s in plans]
    rows = {s: _rows(plans[s], regions, stations) for s in present}
    home = {
        f"client/{number * clients_per_region + client}": region
        for number, region in enumerate(regions)
        for client in range(clients_per_region)
    }
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


ACTIVITIES = {
    "send": ("0.25", "models sent"),
    "train": ("0.68", "clients train"),
    "wait": ("white", "region waits"),
}


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
    trains = plan.ops[plan.ops["op"] == "train"]
    trains = trains[trains["target"].str.startswith("region/")]
    first = plan.ledger[plan.ledger["start_s"] <= hours * 3600]
    ends = trains.groupby("target")["end_s"].max()
    for target, end_s in ends.items():
        _bar(axes, place[target.removeprefix("region/")], 0, end_s, "wait")
    for site, start_s, end_s in _local_work(first, trains):
        _bar(axes, place[site], start_s, end_s, "train")
    # Transfers between satellites take place at no site.
    sends = first[first["link"].isin(["access", "feeder"])].drop_duplicates(
        ["op", "start_s", "receiver"]
    )
    loaded = {}
    for move in sends.itertuples():
        down = move.receiver in place
        ground = move.receiver if down else home.get(move.sender, move.sender)
        _bar(axes, place[ground], move.start_s, move.end_s, "send")
        if not down:
            loaded[move.receiver, move.end_s] = ground
    for carry in first[first["link"] == "carry"].itertuples():
        op = plan.ops.iloc[carry.op]
        origin = loaded[carry.sender, carry.start_s]
        target = _destination(plan, op, carry, place)
        axes.plot(
            [carry.start_s / 3600, carry.end_s / 3600],
            [place[origin], place[target]],
            color=look["color"],
            linewidth=1.0,
            marker="o",
            markersize=1.8,
        )
    axes.set(yticks=range(len(rows)), yticklabels=rows, title=look["label"])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)


def _bar(axes: plt.Axes, row: int, start_s: float, end_s: float, activity: str) -> None:
    axes.barh(
        row,
        (end_s - start_s) / 3600,
        left=start_s / 3600,
        height=0.62,
        color=ACTIVITIES[activity][0],
        edgecolor="0.6" if activity == "wait" else "none",
        linewidth=0.5,
    )


def _local_work(first: pd.DataFrame, trains: pd.DataFrame):
    """Yield region, start and end of the local steps of each round.

    They begin with the end of the broadcast. All take the same time, which is the
    shortest that any region lets pass before it uploads.
    """
    access = first[(first["link"] == "access") & first["op"].isin(trains.index)]
    down = ~access["sender"].str.startswith("client/")
    work = pd.DataFrame(
        {
            "start_s": access[down].groupby("op")["end_s"].max(),
            "upload_s": access[~down].groupby("op")["start_s"].min(),
        }
    ).dropna()
    longest_s = (work["upload_s"] - work["start_s"]).min()
    for op, row in work.iterrows():
        region = trains["target"][op].removeprefix("region/")
        yield region, row["start_s"], row["start_s"] + longest_s


def _destination(plan: Any, op: Any, carry: Any, place: Mapping[str, int]) -> str:
    """Return the site at which a carried model arrives."""
    target = op["target"].removeprefix("region/")
    if target in place:
        return target
    feeder = plan.ledger[
        (plan.ledger["op"] == carry.op) & (plan.ledger["sender"] == carry.sender)
    ]
    return feeder["receiver"].loc[feeder["link"] == "feeder"].iloc[0]


def plot_map(
    coastlines: pd.DataFrame,
    regions: pd.DataFrame,
    stations: pd.DataFrame,
    track: pd.DataFrame | None,
    satellite: str | None,
) -> Figure:
    """Return a map of regions and stations, and the ground track of one satellite.

    ``track`` has ``latitude_deg, longitude_deg`` at even times, and ``carrying``,
    true while the satellite has a model on board; ``None`` leaves it out.
    """
    use_style()
    figure, axes = plt.subplots(figsize=(7.2, 3.65))
    for _, line in coastlines.groupby("line"):
        for piece in _split_at_date_line(line):
            axes.plot(*piece[PLACE].to_numpy().T, color="0.72", linewidth=0.5)
    if track is not None:
        _plot_track(axes, track, satellite)
    for sites, marker, label in ((regions, "o", "region"), (stations, "^", "station")):
        axes.plot(
            sites["longitude_deg"],
            sites["latitude_deg"],
            linestyle="none",
            marker=marker,
            color="black",
            markersize=5,
            label=label,
        )
        for site in sites.itertuples():
            axes.annotate(
                site.name,
                (site.longitude_deg, site.latitude_deg),
                xytext=(5, 5),
                textcoords="offset points",
                size=8,
                bbox={
                    "facecolor": "white",
                    "alpha": 0.7,
                    "edgecolor": "none",
                    "pad": 1,
                },
            )
    axes.set(
        xlim=(-180, 180),
        ylim=(-75, 80),
        xticks=range(-180, 181, 60),
        yticks=range(-60, 61, 30),
        xlabel="longitude (degrees east)",
        ylabel="latitude (degrees north)",
        aspect="equal",
    )
    figure.legend(loc="outside lower center", ncols=4)
    return figure


def _plot_track(axes: plt.Axes, track: pd.DataFrame, satellite: str) -> None:
    for part in _split_at_date_line(track):
        axes.plot(
            part["longitude_deg"],
            part["latitude_deg"],
            color=TRACK_COLOR,
            linewidth=0.9,
            linestyle=":",
        )
        for _, piece in part.groupby((~part["carrying"]).cumsum()):
            piece = piece[piece["carrying"]]
            axes.plot(
                piece["longitude_deg"],
                piece["latitude_deg"],
                color=TRACK_COLOR,
                linewidth=2.4,
            )
    axes.plot([], [], color=TRACK_COLOR, linestyle=":", label=f"track of {satellite}")
    axes.plot([], [], color=TRACK_COLOR, linewidth=2.4, label="with a model on board")


def _split_at_date_line(path: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the pieces of a path that do not cross the 180th meridian."""
    jumps = path["longitude_deg"].diff().abs() > 180
    return [piece for _, piece in path.groupby(jumps.cumsum())]


def dashes(look: Mapping[str, Any]) -> Any:
    """Return a look's line style as matplotlib takes it."""
    style = look["linestyle"]
    return style if isinstance(style, str) else (0, tuple(style))
