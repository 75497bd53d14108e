"""A map of regions and stations, and of the track of a satellite."""

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from fedorbit.report.figures.style import plain, use_style

PLACE = ["longitude_deg", "latitude_deg"]
TRACK_COLOR = "#009E73"  # of the palette of Okabe and Ito, and no strategy's


def plot_map(
    coastlines: pd.DataFrame,
    regions: pd.DataFrame | None,
    stations: pd.DataFrame | None,
    track: pd.DataFrame | None,
    satellite: str | None,
) -> Figure:
    """Return a map of regions and stations, and the ground track of one satellite.

    ``track`` has ``latitude_deg, longitude_deg`` at even times, and ``carrying``,
    true while the satellite has a model on board; what is ``None`` is left out.
    """
    use_style()
    figure, axes = plt.subplots(figsize=(7.2, 3.65))
    draw_world(axes, coastlines)
    if track is not None:
        _plot_track(axes, track, satellite)
    for sites, marker, label in ((regions, "o", "region"), (stations, "^", "station")):
        if sites is None:
            continue
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
                plain(site.name),
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
    figure.legend(loc="outside lower center", ncols=4)
    return figure


def draw_world(axes: plt.Axes, coastlines: pd.DataFrame) -> None:
    """Draw coastlines in pale grey, and set the axes to degrees of the whole Earth."""
    for _, line in coastlines.groupby("line"):
        for piece in _split_at_date_line(line):
            axes.plot(*piece[PLACE].to_numpy().T, color="0.72", linewidth=0.5)
    axes.set(
        xlim=(-180, 180),
        ylim=(-75, 80),
        xticks=range(-180, 181, 60),
        yticks=range(-60, 61, 30),
        xlabel="longitude (degrees east)",
        ylabel="latitude (degrees north)",
        aspect="equal",
    )


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
    label = f"track of {plain(satellite)}"
    axes.plot([], [], color=TRACK_COLOR, linestyle=":", label=label)
    axes.plot([], [], color=TRACK_COLOR, linewidth=2.4, label="with a model on board")


def _split_at_date_line(path: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the pieces of a path that do not cross the 180th meridian."""
    jumps = path["longitude_deg"].diff().abs() > 180
    return [piece for _, piece in path.groupby(jumps.cumsum())]
