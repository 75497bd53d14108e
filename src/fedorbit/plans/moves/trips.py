"""Volumes of planes on their way to the stations and back, with rings and antennas.

A volume is what all satellites of a plane make together: embeddings on the way down,
features on the way up, gradients of both. On the way down satellites first share what
they have, so that any of them can send any part. On the way up any satellite receives
any part, and passes it on around the ring.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from fedorbit.base.errors import Infeasible, SettingsError, TooShort
from fedorbit.base.settings import Settings, between
from fedorbit.orbits.constants import SPEED_OF_LIGHT_M_S
from fedorbit.orbits.links import Link
from fedorbit.plans.crossings import Crossings
from fedorbit.plans.moves.fleet import Fleet, Sent, over_ring
from fedorbit.plans.moves.flows.associations import (
    associate,
    at_random,
    each_for_itself,
    greedy,
    nearest,
    one_sink,
)
from fedorbit.plans.moves.flows.programme import soonest
from fedorbit.plans.moves.flows.relays import window_relays
from fedorbit.plans.moves.flows.views import (
    Demand,
    Views,
    demand_of,
    slot_edges,
    views_of,
)
from fedorbit.plans.moves.rings import (
    Gathered,
    all_gather,
    broadcast_in_turn,
    relay_to_gateway,
)

LOOKED_AT_S = (900.0, 3600.0, 10800.0, 32400.0)
"""How far ahead is planned first, before the whole scenario is."""
MARGINS = (1e-3, 1e-2, 1e-1, 1.0)
"""By which more is planned than there is, the least that is enough."""
RANDOM_SEED = 0


class Roads(Settings):
    """How volumes get from satellites to the ground and back."""

    gather: Literal["both_ways", "one_way", "in_turn", "gateway", "none"]
    """How satellites of a plane share what they have: around the ring in one or two
    directions, one satellite after the other, or all to one, the gateway."""
    association: Literal[
        "optimal", "relayed", "nearest", "greedy", "random", "sink", "own"
    ]
    """Who sends to which station: the soonest of all plans, perhaps over other planes;
    the nearest, the best or any station in each slot; one satellite for its plane; or
    each satellite for itself."""
    slot_s: between(float, 0.1, 3600.0)
    """Length of the slots in which satellites are associated with stations."""


@dataclass(frozen=True)
class Arrival:
    """When a volume is where it is wanted, and what was sent for it."""

    end_s: float
    sent: list[Sent]
    gathered_s: float
    """When the satellites of all planes have what is to be sent, or, on the way up,
    when the last plane has received it."""
    ready_s: dict[str, float]
    """On the way up, from when on each satellite has its part, by satellite."""


def check_roads(fleet: Fleet, roads: Roads) -> None:
    """Raise ``SettingsError`` unless the parts of the roads suit one another."""
    scene = fleet.scene
    if not scene.stations or scene.antennas_per_station is None:
        raise SettingsError(
            "satellites are to send to ground stations, but scenario.stations or "
            "scenario.antennas_per_station is not given; add both."
        )
    alone = {"none": "own", "gateway": "sink"}
    wanted = alone.get(roads.gather)
    if wanted is not None and roads.association != wanted:
        raise SettingsError(
            f"gather is {roads.gather!r}, after which association can only be "
            f"{wanted!r}, not {roads.association!r}; change one of them."
        )


def bring_down(
    fleet: Fleet,
    roads: Roads,
    bits: float,
    ready_s: Mapping[str, float],
    payload: str,
) -> Arrival:
    """Return how ``bits`` of each satellite come to the stations, from ready times on.

    Raises ``TooShort`` if they do not within the scenario.
    """
    gathered = {p: _gather(fleet, roads, p, bits, ready_s) for p in fleet.planes}
    shared_s = {plane: one.end_s for plane, one in gathered.items()}
    volumes = {plane: len(ring) * bits for plane, ring in fleet.rings.items()}
    link = fleet.scene.links.feeder_down
    moves = _associated(fleet, roads, link, volumes, shared_s)
    sent = [s for one in gathered.values() for s in over_ring(one, payload)]
    if roads.gather == "gateway":
        sent = _to_gateways(fleet, moves, bits, ready_s, payload)
    sent += [
        Sent("isl", m.sender, m.receiver, m.start_s, m.end_s, m.bits, payload)
        for m in moves.relayed.itertuples(index=False)
    ]
    sent += [
        Sent("feeder", m.satellite, m.station, m.start_s, m.end_s, m.bits, payload)
        for m in moves.sent.itertuples(index=False)
    ]
    end_s = float(moves.sent["end_s"].max())
    return Arrival(end_s, sent, max(shared_s.values()), {})


def bring_up(
    fleet: Fleet, roads: Roads, bits: float, from_s: float, payload: str
) -> Arrival:
    """Return how ``bits`` for each satellite come from the stations, from a time on.

    Raises ``TooShort`` if they do not within the scenario.
    """
    volumes = {plane: len(ring) * bits for plane, ring in fleet.rings.items()}
    start_s = dict.fromkeys(fleet.planes, from_s)
    up = fleet.scene.links.feeder_up
    # Planes hand on nothing for others on the way up.
    found = _associated(fleet, roads, up, volumes, start_s, may_relay=False).sent
    sent = [
        Sent("feeder", m.station, m.satellite, m.start_s, m.end_s, m.bits, payload)
        for m in found.itertuples(index=False)
    ]
    received = found.groupby("satellite").agg(
        bits=("bits", "sum"), at_s=("end_s", "max")
    )
    ready_s: dict[str, float] = {}
    for plane, ring in fleet.rings.items():
        own = received[received.index.isin(ring)]
        at_s = dict.fromkeys(ring, from_s) | own["at_s"].to_dict()
        if roads.association != "own":
            passed_on = fleet.book(fleet.scatter(plane, own["bits"].to_dict(), at_s))
            sent += over_ring(passed_on, payload)
            at_s = passed_on.ready_s
        ready_s |= at_s
    received_s = float(found["end_s"].max())
    return Arrival(max(ready_s.values()), sent, received_s, ready_s)


def _gather(
    fleet: Fleet, roads: Roads, plane: str, bits: float, ready_s: Mapping[str, float]
) -> Gathered:
    """Return how a plane shares chunks; of a gateway, when the last of all would do."""
    ring = fleet.rings[plane]
    own_s = {satellite: ready_s[satellite] for satellite in ring}
    chunks = dict.fromkeys(ring, bits)
    finish_s = fleet.finish_s
    match roads.gather:
        case "both_ways":
            return fleet.book(fleet.gather(plane, chunks, own_s))
        case "one_way":
            ahead = all_gather(ring, chunks, own_s, finish_s, 1, fleet.free_s)
            return fleet.book(ahead)
        case "in_turn":
            return broadcast_in_turn(ring, chunks, own_s, finish_s)
        case "gateway":
            ends_s = [
                relay_to_gateway(ring, one, chunks, own_s, finish_s).end_s
                for one in ring
            ]
            return Gathered([], {ring[0]: max(ends_s)})
        case "none":
            return Gathered([], own_s)


def _to_gateways(
    fleet: Fleet,
    moves: "_Moves",
    bits: float,
    ready_s: Mapping[str, float],
    payload: str,
) -> list[Sent]:
    """Return what comes to the satellites that send down for their planes."""
    sent = []
    for plane, group in moves.sent.groupby("plane"):
        ring = fleet.rings[plane]
        gateway = group["satellite"].iloc[0]
        own_s = {satellite: ready_s[satellite] for satellite in ring}
        chunks = dict.fromkeys(ring, bits)
        come = relay_to_gateway(ring, gateway, chunks, own_s, fleet.finish_s)
        sent += over_ring(come, payload)
    return sent


@dataclass(frozen=True)
class _Moves:
    """Transfers of an association, and those between planes before them."""

    sent: pd.DataFrame
    """``satellite, station, plane, start_s, end_s, bits``."""
    relayed: pd.DataFrame
    """``sender, receiver, start_s, end_s, bits``."""


NO_RELAYS = pd.DataFrame(columns=["sender", "receiver", "start_s", "end_s", "bits"])


def _associated(
    fleet: Fleet,
    roads: Roads,
    link: Link,
    volumes: Mapping[str, float],
    ready_s: Mapping[str, float],
    may_relay: bool = True,
) -> _Moves:
    """Return the transfers by which the volumes of planes reach or leave stations.

    As little of the scenario is looked at as will do.
    """
    scene, start_s = fleet.scene, min(ready_s.values())
    left_s = scene.horizon_s - start_s
    reason: Infeasible | None = None
    for ahead_s in sorted({min(ahead_s, left_s) for ahead_s in (*LOOKED_AT_S, left_s)}):
        if ahead_s < roads.slot_s:
            continue
        until_s = start_s + ahead_s
        edges_s = slot_edges(scene.sky, scene.stations, start_s, until_s, roads.slot_s)
        edges_s = edges_s[edges_s <= scene.horizon_s]
        satellites = list(fleet.plane_of)
        views = views_of(scene.sky, link, satellites, scene.stations, edges_s)
        antennas = dict.fromkeys(scene.stations, scene.antennas_per_station)
        demand = demand_of(views, fleet.rings, volumes, ready_s, antennas)
        try:
            return _carried(fleet, roads, link, views, demand, may_relay)
        except Infeasible as error:
            reason = error
    hours = scene.horizon_s / 3600
    raise TooShort(
        f"not all planes reach a station before the scenario ends at {hours:g} h"
        f"{'' if reason is None else f' ({reason})'}; lengthen scenario.hours or add a "
        "ground station."
    )


def _carried(
    fleet: Fleet,
    roads: Roads,
    link: Link,
    views: Views,
    demand: Demand,
    may_relay: bool,
) -> _Moves:
    """Return transfers that carry the volumes at true rates.

    Rates change within a slot, so that a little more is planned than there is.
    """
    sky = fleet.scene.sky
    is_relayed = roads.association == "relayed" and may_relay
    if roads.association == "own":
        demand = each_for_itself(views, demand)
    wanted = pd.Series(demand.bits, index=demand.planes)
    if is_relayed:  # volumes are not told apart where planes hand on for others
        wanted = pd.Series({"all": wanted.sum()})
    for margin in MARGINS:
        more = replace(demand, bits=(1 + margin) * demand.bits)
        moves = _plan(fleet, roads, views, more, may_relay)
        carried = []
        for sent in moves.sent.itertuples(index=False):
            times_s = (sent.start_s, sent.end_s)
            row = sky.covering(sent.satellite, sent.station, times_s)
            carried.append(sky.bits_between(row, link, times_s))
        owner = "all" if is_relayed else moves.sent["plane"]
        true = moves.sent.assign(owner=owner, bits=carried)
        there = true.groupby("owner")["bits"].sum().reindex(wanted.index).fillna(0.0)
        if (there >= wanted).all():
            scale = true["owner"].map(wanted / there)
            true = true.assign(bits=true["bits"] * scale).drop(columns="owner")
            return _Moves(true, _with_light(moves.relayed, fleet.scene.crossings))
    raise RuntimeError(f"transfers carry {there.to_dict()} of {wanted.to_dict()} bits")


def _with_light(relayed: pd.DataFrame, crossings: Crossings | None) -> pd.DataFrame:
    """Return transfers between planes with the time of light, by which they end later.

    Those of a pair that would then overlap become one.
    """
    if relayed.empty:
        return relayed
    light_s = 1e3 * float(crossings.ranges["range_km"].max()) / SPEED_OF_LIGHT_M_S
    pair = ["sender", "receiver"]
    ordered = relayed.sort_values([*pair, "start_s"], ignore_index=True)
    before_s = ordered.groupby(pair)["end_s"].shift(fill_value=-np.inf)
    ordered["one"] = (ordered["start_s"] - before_s > light_s).cumsum()
    whole = {"start_s": ("start_s", "min"), "end_s": ("end_s", "max")}
    merged = ordered.groupby([*pair, "one"]).agg(**whole, bits=("bits", "sum"))
    return merged.assign(end_s=merged["end_s"] + light_s).reset_index()


def _plan(
    fleet: Fleet, roads: Roads, views: Views, demand: Demand, may_relay: bool
) -> _Moves:
    """Return the transfers in the slots of some views."""
    if roads.association in ("optimal", "relayed"):
        relays = None
        if roads.association == "relayed" and may_relay:
            crossings = fleet.scene.crossings
            numbers = {s: demand.planes.index(p) for s, p in fleet.plane_of.items()}
            relays = window_relays(
                crossings.windows,
                crossings.ranges,
                crossings.link,
                numbers,
                views.edges_s,
            )
        found = soonest(views, demand, relays)
        return _Moves(found.transfers, found.relayed)
    if roads.association == "sink":
        return _Moves(one_sink(views, demand), NO_RELAYS)
    return _Moves(associate(views, demand, CHOICES[roads.association]()), NO_RELAYS)


CHOICES: dict[str, Callable] = {
    "nearest": lambda: nearest,
    "own": lambda: nearest,
    "greedy": lambda: greedy,
    "random": lambda: at_random(RANDOM_SEED),
}
