"""Ground stations compared: global averages with each of them alone, on a map."""

from collections.abc import Collection

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from fedorbit.report.figures.map import PLACE, draw_world
from fedorbit.report.figures.names import name_beside
from fedorbit.report.figures.style import plain, set_title, use_style

COLORS = "YlGnBu"
BEST = 2
"""How many of the best stations have their names, besides the study's own."""
OWN_COLOR = "#D55E00"  # vermilion of the palette of Okabe and Ito
DOT = {"linestyle": "none", "markersize": 5}


def plot_stations(
    table: pd.DataFrame,
    own: Collection[str],
    regions: pd.DataFrame,
    coastlines: pd.DataFrame,
    title: str,
) -> Figure:
    """Return a map of stations by their averages, and how many have how many.

    ``table`` is ``tables/stations.csv`` of a study, the best first; ``own`` are the
    names of the study's stations, which have rings. Stations that see no satellite
    are crosses, and are not counted.
    """
    use_style()
    figure, (world, counts) = plt.subplots(
        1, 2, figsize=(7.2, 3.1), width_ratios=[2.4, 1]
    )
    draw_world(world, coastlines)
    seen, unseen = table[table["passes"] > 0], table[table["passes"] == 0]
    _draw_sites(world, regions, "s", "region", color="black", mfc="none")
    if len(unseen):
        _draw_sites(world, unseen, "x", "station without satellites", color="0.5")
    chosen = seen[seen["station"].isin([*seen["station"][:BEST], *own])]
    most = int(table["averages"].max())
    shades = plt.get_cmap(COLORS, most + 1)
    for averages, some in seen.groupby("averages"):
        color = shades(int(averages))
        label = "station, by averages" if averages == most else None
        _draw_sites(world, some, "o", label, color=color, mec="0.3", mew=0.5)
        counts.barh(averages, len(some), color=color, edgecolor="0.3", linewidth=0.5)
        names = chosen["station"][chosen["averages"] == averages]
        words = str(len(some))
        if len(names):
            words += f"{'' if len(names) == len(some) else ' with'} {', '.join(names)}"
        place = {"xytext": (3, 0), "textcoords": "offset points", "va": "center"}
        counts.annotate(plain(words), (len(some), averages), size=7, **place)
    ringed = seen[seen["station"].isin(own)]
    if len(ringed):
        ring = {"color": OWN_COLOR, "mfc": "none", "mew": 1.4, "markersize": 9}
        _draw_sites(world, ringed, "o", "the study's own", **ring)
    counts.set(
        xlabel=f"stations; the median has {seen['averages'].median():g}",
        ylabel="global averages",
    )
    counts.yaxis.set_major_locator(MaxNLocator(integer=True))
    counts.margins(x=0.7)
    counts.grid(axis="y", visible=False)
    figure.legend(loc="outside lower center", ncols=4)
    set_title(figure, title)
    places = [*chosen[PLACE].to_numpy()]
    taken = table.loc[~table.index.isin(chosen.index), PLACE].to_numpy()
    name_beside(world, places, [*chosen["station"]], ["black"] * len(places), taken)
    return figure


def _draw_sites(
    axes: plt.Axes, sites: pd.DataFrame, marker: str, label: str | None, **style
) -> None:
    """Draw sites as markers, with a label in the legend unless it is ``None``."""
    axes.plot(*sites[PLACE].to_numpy().T, marker=marker, label=label, **DOT | style)
