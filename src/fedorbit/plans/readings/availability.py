"""Which regional model a client at any place can get, who is in no region.

A satellite that has collected the updates of a round has the region's model of that
round on board, and so has one that carries it. It flies on over the whole Earth. A
client below it downloads the model, if that is newer than its own. Downloads take
seconds, which are neglected here, and satellites forget nothing.
"""

import numpy as np
import pandas as pd

from fedorbit.base.settings import Name, Settings, between
from fedorbit.plans import names
from fedorbit.plans.plan import Plan
from fedorbit.plans.readings.activity import regional_trainings

VERSION = ["region", "round", "made_s"]
HIGHEST_DEG = 60
"""Of the latitudes of places, north and south."""


class Availability(Settings):
    """For which strategies, and on which grid of places."""

    strategies: list[Name]
    """Strategies of the study whose regions train."""
    step_deg: between(int, 5, 60)
    """From one place to the next in latitude and longitude."""


def places(settings: Availability, min_elevation_deg: float) -> pd.DataFrame:
    """Return a grid of sites on the Earth, from 60 degrees south to 60 north.

    They are at sea level, called by their coordinates, and have one mask.
    """
    step = settings.step_deg
    latitudes = range(-HIGHEST_DEG, HIGHEST_DEG + 1, step)
    grid = [(lat, lon) for lat in latitudes for lon in range(-180, 180, step)]
    sites = pd.DataFrame(grid, columns=["latitude_deg", "longitude_deg"], dtype=float)
    sites.insert(0, "name", [f"{lat}, {lon}" for lat, lon in grid])
    return sites.assign(altitude_m=0.0, min_elevation_deg=min_elevation_deg)


def versions_on_board(plan: Plan) -> pd.DataFrame:
    """Return ``satellite, from_s`` and ``VERSION``: who has which model from when on.

    ``made_s`` is the end of the round that made it.
    """
    trains = regional_trainings(plan.ops)
    made = trains[["round", "end_s"]].rename(columns={"end_s": "made_s"})
    made["region"] = names.names_of(trains["target"], names.REGION)
    access = plan.ledger[plan.ledger["link"] == "access"]
    up = access[names.are_of_kind(access["sender"], names.CLIENT)]
    collects = up.groupby("op")["receiver"].first().rename("satellite")
    collected = made.join(collects, how="inner")
    aboard = plan.ops[names.are_of_kind(plan.ops["target"], names.CARRIER)]
    carried = [
        (names.satellite_of(op.target, region, op.round), op.end_s, region, op.round)
        for op in aboard.itertuples()
        for region in made["region"].unique()
        if op.target.endswith(f"/{region}/{op.round}")
    ]
    columns = ["satellite", "from_s", "region", "round"]
    loaded = pd.DataFrame(carried, columns=columns).merge(made, on=["region", "round"])
    every = pd.concat([collected.assign(from_s=collected["made_s"]), loaded])
    every = every[["satellite", "from_s", *VERSION]].drop_duplicates()
    return every.sort_values(["from_s", "satellite"], ignore_index=True)


def newest_by_place(
    versions: pd.DataFrame, contacts: pd.DataFrame, times_s: np.ndarray
) -> pd.DataFrame:
    """Return ``site, time_s`` and ``VERSION``: the newest model that a place has had.

    ``contacts`` are the passes over the places. A place that has seen no satellite
    with a model until then has no row; one that has keeps the newest.
    """
    passes = contacts[["satellite", "site", "rise_s", "set_s"]]
    met = passes.merge(versions, on="satellite")
    met = met[met["from_s"] < met["set_s"]]
    met["got_s"] = np.maximum(met["rise_s"], met["from_s"])
    rows = []
    for time_s in times_s:
        had = met[met["got_s"] <= time_s]
        newest = had.sort_values(["site", "made_s", "region"]).groupby("site").tail(1)
        rows.append(newest[["site", *VERSION]].assign(time_s=float(time_s)))
    found = pd.concat(rows, ignore_index=True)
    return found[["site", "time_s", *VERSION]]
