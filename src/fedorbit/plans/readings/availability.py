"""Which model a client at any place can get, who is in no region.

A satellite that has collected the updates of a round has the region's model of that
round on board, and so has one that carries it. One that brings the model of a server at
the ground to a region has that on board. They fly on over the whole Earth. A
client below it downloads the model, if that is newer than its own. Downloads take
seconds, which are neglected here, and satellites forget nothing.
"""

from collections.abc import Iterable

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

    ``made_s`` is the end of the round that made it. A server's model has ``ground`` as
    its region, and the round and the time of the mix that made it.
    """
    regions = names.names_of(regional_trainings(plan.ops)["target"], names.REGION)
    carried = _carried(plan.ops, regions.unique())
    found = [_of_regions(plan, carried), _of_server(plan, carried)]
    every = pd.concat([some for some in found if len(some)] or found[:1])
    every = every[["satellite", "from_s", *VERSION]].drop_duplicates()
    return every.sort_values(["from_s", "satellite"], ignore_index=True)


def _carried(ops: pd.DataFrame, regions: Iterable[str]) -> pd.DataFrame:
    """Return ``satellite, from_s, region, round`` of the copies on board.

    The region of a server's model is ``ground``, that of its answer to Paris
    ``reply/Paris``, as slots are called. Names may have slashes, so the longest counts.
    """
    replies = ops[names.are_of_kind(ops["target"], names.REPLY)]
    answers = {
        slot.removesuffix(f"/{round_number}")
        for slot, round_number in zip(replies["target"], replies["round"], strict=True)
    }
    origins = sorted([*regions, names.GROUND, *answers], key=len, reverse=True)
    rows = []
    for op in ops[names.are_of_kind(ops["target"], names.CARRIER)].itertuples():
        own = (o for o in origins if op.target.endswith(f"/{o}/{op.round}"))
        if (origin := next(own, None)) is not None:
            satellite = names.satellite_of(op.target, origin, op.round)
            rows.append((satellite, op.end_s, origin, op.round))
    return pd.DataFrame(rows, columns=["satellite", "from_s", "region", "round"])


def _of_regions(plan: Plan, carried: pd.DataFrame) -> pd.DataFrame:
    """Return who has which model that a region has trained, with ``VERSION``."""
    trains = regional_trainings(plan.ops)
    made = trains[["round", "end_s"]].rename(columns={"end_s": "made_s"})
    made["region"] = names.names_of(trains["target"], names.REGION)
    access = plan.ledger[plan.ledger["link"] == "access"]
    up = access[names.are_of_kind(access["sender"], names.CLIENT)]
    collects = up.groupby("op")["receiver"].first().rename("satellite")
    collected = made.join(collects, how="inner")
    loaded = carried.merge(made, on=["region", "round"])
    return pd.concat([collected.assign(from_s=collected["made_s"]), loaded])


def _of_server(plan: Plan, carried: pd.DataFrame) -> pd.DataFrame:
    """Return who has which model that a server has sent up, with ``VERSION``.

    What comes of the first model alone is left out, as nobody has trained it.
    """
    ops = plan.ops
    replied_s = ops[names.are_of_kind(ops["target"], names.REPLY)]
    replied_s = replied_s.set_index("target")["end_s"].to_dict()
    sent = [
        (row.satellite, row.from_s, replied_s.get(f"{row.region}/{row.round}"))
        for row in carried.itertuples()
        if row.region == names.GROUND or f"{row.region}/{row.round}" in replied_s
    ]
    feeder = plan.ledger[plan.ledger["link"] == "feeder"]
    flown = feeder.join(ops[["target", "sources"]], on="op")
    flown = flown[names.are_of_kind(flown["target"], names.REGION)]
    sent += [
        (r.receiver, r.end_s, replied_s.get(r.sources[0])) for r in flown.itertuples()
    ]
    is_first = [list(sources) == [names.INITIAL] for sources in ops["sources"]]
    made = ops[
        (ops["target"] == names.GROUND)
        & (ops["op"] != "evaluate")
        & ~np.array(is_first, bool)
    ]
    rows = []
    for satellite, from_s, answered_s in sent:
        before = made[made["end_s"] <= (from_s if answered_s is None else answered_s)]
        if len(before):
            last = before.iloc[-1]
            rows.append((satellite, from_s, names.GROUND, last["round"], last["end_s"]))
    return pd.DataFrame(rows, columns=["satellite", "from_s", *VERSION])


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
