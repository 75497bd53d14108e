"""Store and forward: messages change satellites at clients of regions on their way.

For example, no satellite flies from Paris to the station at Kourou before noon. One
is over Nairobi at ten and sends the model down to a client there; the client sends it
up to a satellite that is over Kourou at eleven.

A way is a series of transfers, each of the whole message: from a region or a station
up to a satellite, from there down to a region or a station, or across to another
satellite that it has a link to. A client that hands a message on has the whole band,
on a beam of its own. Messages take turns on the beam of a pass, one in each direction,
and on a link between satellites. Of all ways that arrive first the one of fewest
transfers is taken; where there are links between satellites, any of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from fedorbit.orbits.links import Link
from fedorbit.plans import names
from fedorbit.plans.isls import Isls
from fedorbit.plans.moves.carry import Work
from fedorbit.plans.moves.earliest import Offers, spread
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import NEVER
from fedorbit.plans.windows import Transfer

NO_PASS = -1
"""The window of a transfer between satellites; all others are passes."""
Route = list[Transfer]
"""The transfers of a message, one after the other."""


@dataclass
class Beams:
    """Until when beams are taken: of passes, down and up, and between satellites."""

    down: dict[int, float] = field(default_factory=dict)
    up: dict[int, float] = field(default_factory=dict)
    across: dict[tuple[str, str], float] = field(default_factory=dict)


@dataclass(frozen=True)
class Network:
    """Who hands messages on, and over which beams."""

    relays: bool
    """Whether clients of regions do."""
    isls: Isls | None = None
    """Links between satellites, if these do."""
    beams: Beams = field(default_factory=Beams)

    @property
    def is_direct(self) -> bool:
        """Return whether one satellite flies each message all the way."""
        return not self.relays and self.isls is None

    def book(self, scene: Scene, route: Route) -> None:
        """Take the beams of a message's way, but that of uploads to its collector."""
        beams = self.beams
        for move in route:
            if move.window == NO_PASS:
                beams.across[move.sender, move.receiver] = move.end_s
            elif move.sender in scene.satellites:
                beams.down[move.window] = move.end_s
            else:
                beams.up[move.window] = move.end_s


class _Stop(NamedTuple):
    """A node on the way of a message."""

    node: str
    transfers: int
    """How many bring it there; 0 if nobody counts."""


@dataclass(frozen=True)
class Message:
    """What is to be sent."""

    bits: float
    collect: Work | None = None
    """How a satellite collects it of clients, if it begins with that."""


def soonest_route(
    scene: Scene,
    network: Network,
    message: Message,
    origins: Mapping[str, float],
    targets: set[str],
) -> Route | None:
    """Return the way to the target that a message arrives at first, if it does at any.

    ``origins`` are sites that have the message from some times on. What is collected
    starts at the slot of a region, ``region/Paris``.
    """
    # Over links there are too many ways to count, and no two take equally long.
    counts, found = network.isls is None, []
    offers = _Offers(scene, network, message, counts)

    def is_target(stop: _Stop) -> bool:
        if stop.node in targets:
            found.append(stop)
        return bool(found)

    starts = {_Stop(origin, 0): time_s for origin, time_s in origins.items()}
    arrivals = spread(offers.of, starts, is_target, lambda stop: stop.transfers)
    return _named(arrivals.route(found[0])) if found else None


def soonest_tree(
    scene: Scene,
    network: Network,
    message: Message,
    origins: Mapping[str, float],
    targets: set[str],
) -> dict[str, Route] | None:
    """Return the way to each of the targets, ``None`` unless all are reached.

    No node gets the message twice, so that ways share their transfers; targets that
    are regions hand on what they get. Targets come in the order of their arrivals.
    """
    offers = _Offers(scene, network, message, counts=False)
    found: dict[str, None] = {}

    def are_all(stop: _Stop) -> bool:
        if stop.node in targets:
            found[stop.node] = None
        return len(found) == len(targets)

    starts = {_Stop(origin, 0): time_s for origin, time_s in origins.items()}
    arrivals = spread(offers.of, starts, are_all)
    if len(found) < len(targets):
        return None
    return {name: _named(arrivals.route(_Stop(name, 0))) for name in found}


def _named(route: list[Transfer]) -> Route:
    """Return a way between nodes in place of stops."""
    return [
        Transfer(m.window, m.sender.node, m.receiver.node, m.start_s, m.end_s)
        for m in route
    ]


class _Offers:
    """The transfers that take a message on from each stop, by their starts."""

    def __init__(
        self, scene: Scene, network: Network, message: Message, counts: bool
    ) -> None:
        self._scene, self._network, self._message = scene, network, message
        self._step = 1 if counts else 0
        self._fewest: dict[str, int] = {}

    def of(self, stop: _Stop, time_s: float) -> list[Offers]:
        """Return what a stop offers, nothing if the node has the message already.

        Stops are asked by arrival, so that it came there sooner, by as few transfers.
        """
        if not self._is_new(stop.node, stop.transfers):
            return []
        self._fewest[stop.node] = stop.transfers
        scene, network = self._scene, self._network
        if stop.node in scene.satellites:
            return [self._down(stop, time_s), *self._all_across(stop, time_s)]
        if stop.node in scene.stations:
            rows = scene.sky.passes(stop.node, time_s)
            return [self._up(stop, rows, scene.links.feeder_up, time_s)]
        if stop.node not in scene.regions:
            return [self._collected(stop, time_s)]
        if not network.relays:
            return []
        rows = scene.sky.passes(stop.node, time_s)
        return [self._up(stop, rows, scene.links.access_up, time_s)]

    def _is_new(self, node: str, transfers: int) -> bool:
        return self._fewest.get(node, transfers + 1) > transfers

    def _collected(self, stop: _Stop, time_s: float) -> Offers:
        """Yield uploads of a region's clients to satellites that collect them."""
        sky, collect = self._scene.sky, self._message.collect
        for row in sky.passes(names.name_of(stop.node), time_s):
            start_s = float(sky.rise_s[row])
            if start_s > time_s:
                yield start_s
            start_s = max(start_s, time_s)
            end_s = collect(row, start_s)
            yield from self._to(stop, row, sky.satellite[row], start_s, end_s)

    def _up(
        self, stop: _Stop, rows: Iterator[int], link: Link, time_s: float
    ) -> Offers:
        """Yield transfers from a site to satellites."""
        sky, busy_s = self._scene.sky, self._network.beams.up
        for row in rows:
            rise_s = float(sky.rise_s[row])
            if rise_s > time_s:
                yield rise_s
            satellite = sky.satellite[row]
            if self._is_new(satellite, stop.transfers + self._step):
                start_s = max(time_s, rise_s, busy_s.get(row, 0.0))
                end_s = sky.finish_s(row, link, start_s, self._message.bits)
                yield from self._to(stop, row, satellite, start_s, end_s)

    def _down(self, stop: _Stop, time_s: float) -> Offers:
        """Yield transfers from a satellite to sites."""
        scene, sky = self._scene, self._scene.sky
        busy_s, links = self._network.beams.down, scene.links
        for row in sky.flights(stop.node, time_s):
            rise_s = float(sky.rise_s[row])
            if rise_s > time_s:
                yield rise_s
            site = sky.site[row]
            if self._is_new(site, stop.transfers + self._step):
                link = (
                    links.feeder_down if site in scene.stations else links.access_down
                )
                start_s = max(time_s, rise_s, busy_s.get(row, 0.0))
                end_s = sky.finish_s(row, link, start_s, self._message.bits)
                yield from self._to(stop, row, site, start_s, end_s)

    def _all_across(self, stop: _Stop, time_s: float) -> list[Offers]:
        isls = self._network.isls
        if isls is None:
            return []
        others = isls.neighbours(stop.node)
        return [self._across(isls, stop, other, time_s) for other in others]

    def _across(self, isls: Isls, stop: _Stop, other: str, time_s: float) -> Offers:
        """Yield the first transfer to a neighbour; it may wait until it sees that."""
        start_s = max(time_s, self._network.beams.across.get((stop.node, other), 0.0))
        end_s = NEVER
        while end_s == NEVER and start_s < NEVER:
            if not self._is_new(other, stop.transfers + self._step):
                return
            end_s = isls.finish_s(stop.node, other, start_s, self._message.bits)
            yield from self._to(stop, NO_PASS, other, start_s, end_s)
            if end_s == NEVER:
                start_s = isls.next_sample_s(start_s)
                yield start_s

    def _to(
        self, stop: _Stop, window: int, node: str, start_s: float, end_s: float
    ) -> Iterator[Transfer]:
        """Yield a transfer to a node if it ever ends."""
        if end_s < NEVER:
            there = _Stop(node, stop.transfers + self._step)
            yield Transfer(window, stop, there, start_s, end_s)
