"""Experts of clusters on their way to a server, and back.

What needs the models of several clusters in one place is averaged by a server at the
ground, as ``fedorbit.plans.moves.ground`` has it for regions. The satellite that can
bring a cluster's mean to a station soonest collects the uploads; the one whose
broadcast is over soonest brings the server's model. Access links, feeder links (the
cluster's experts each way) and flights are charged.

A server ``everywhere`` is a bound instead: what a satellite collects all satellites
have at once, for no bits, so that only access links are charged. All satellites have
the initial model, whatever the server.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from fedorbit.base.errors import SettingsError, TooShort
from fedorbit.base.settings import Settings, Steps
from fedorbit.plans import names
from fedorbit.plans.moves.carry import Carry, add_carry, soonest_carry
from fedorbit.plans.moves.clusters.cluster import Cluster, step_s
from fedorbit.plans.moves.clusters.exchanges import (
    Exchange,
    Part,
    add_broadcast,
    first_broadcast,
    soonest_part,
)
from fedorbit.plans.moves.clusters.gaps import whole_steps
from fedorbit.plans.moves.ground import Cargo, Delivery, add_delivery, to_ground
from fedorbit.plans.moves.relays import Beams, Network
from fedorbit.plans.plan import PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import NEVER
from fedorbit.plans.splitting import Trains
from fedorbit.plans.strategy import Needs


class Federation(Settings):
    """How clusters work for a server."""

    server: Literal["station", "everywhere"]
    """Whether the server is at ground stations, or on all satellites, for no bits."""
    local_work: Literal["fixed", "filled"]
    """Whether devices take the study's local steps, or fill idle time with more."""
    step_cap: Steps
    """The most steps before an update if idle time is filled."""
    trains: Trains
    """Whether a cluster trains all experts or those that it is assigned."""

    def needs(self) -> Needs:
        """Return what a strategy of this kind needs."""
        return Needs(stations=self.server == "station", experts=True)

    def require_server(self, scene: Scene, name: str) -> None:
        """Raise ``SettingsError`` if the server's stations are missing."""
        if self.server == "station" and not scene.stations:
            raise SettingsError(
                f"{name} with its server at a station needs one; add it to "
                "scenario.stations or choose server: everywhere."
            )


@dataclass(frozen=True)
class Trip:
    """A training of a cluster, whose mean has come to the server."""

    cluster: Cluster
    number: int
    """Of the cluster's trips, from 1 on."""
    done_s: float

    @property
    def slot(self) -> str:
        """Return the slot of the update at the server."""
        return names.update(self.cluster.name, self.number)


@dataclass(frozen=True)
class _Collected:
    """Uploads to one satellite, and the way of their mean to a station, if any."""

    satellite: str
    uploads_s: tuple[float, float]
    done_s: float
    delivery: Delivery | None


def first_models(scene: Scene, clusters: Iterable[Cluster]) -> list[Exchange]:
    """Return the broadcast of the initial experts in each cluster.

    Raises ``TooShort`` if one gets none.
    """
    found = []
    for cluster in clusters:
        first = first_broadcast(scene, cluster)
        if first is None:
            raise TooShort(
                f"{cluster.group}: no satellite brings its first experts of "
                f"{cluster.bits:.3g} bits in {scene.horizon_s / 3600:g} h; lengthen "
                "scenario.hours, lower the elevation mask or choose smaller experts."
            )
        found.append(first)
    return found


def add_trip(
    scene: Scene,
    plan: PlanBuilder,
    cluster: Cluster,
    held: Exchange,
    number: int,
    work: Federation,
    beams: Beams,
) -> Trip | None:
    """Add a training from the model in ``held``, and the way of its mean to the server.

    ``None`` means that it is not there before the horizon; then nothing is added.
    """
    from_s = held.ready_s + scene.local_steps * step_s(scene)
    if work.server == "station":
        found = _to_station(scene, cluster, from_s, beams)
    else:
        found = _on_board(scene, cluster, from_s)
    if found is None or found.done_s > scene.horizon_s:
        return None
    steps = scene.local_steps
    if work.local_work == "filled":
        idle = whole_steps(scene, found.uploads_s[0] - held.ready_s)
        steps = max(steps, min(work.step_cap, idle))
    op = plan.train(
        cluster.group,
        list(cluster.clients),
        steps,
        (held.collected_s, found.uploads_s[1]),
        number,
        scope=cluster.scope,
    )
    add_broadcast(scene, plan, op, cluster, held)
    share = 1 / len(cluster.clients)
    for client in cluster.clients:
        ends = (names.client(client), found.satellite)
        plan.transfer(op, "access", *ends, found.uploads_s, cluster.bits, share)
    trip = Trip(cluster, number, found.done_s)
    carrier = names.carrier(found.satellite, cluster.name, number)
    loaded_s, done_s = (found.uploads_s[1],) * 2, (found.done_s,) * 2
    plan.mix(carrier, {cluster.group: 1.0}, loaded_s, number)
    op = plan.mix(trip.slot, {carrier: 1.0}, done_s, number)
    if found.delivery is not None:
        add_delivery(scene, plan, op, found.delivery)
    return trip


def _to_station(
    scene: Scene, cluster: Cluster, from_s: float, beams: Beams
) -> _Collected | None:
    """Return the uploads whose mean is at a station soonest, and book its beam."""
    cargo = Cargo(len(cluster.clients), cluster.bits, cluster.bits)
    network = Network(relays=False, beams=beams)
    delivery = to_ground(scene, cluster.site, from_s, network, cargo)
    if delivery is None:
        return None
    ends_s = delivery.uploads_s, delivery.done_s
    return _Collected(delivery.satellite, *ends_s, delivery)


def _on_board(scene: Scene, cluster: Cluster, from_s: float) -> _Collected | None:
    """Return the uploads that are on board of any satellite soonest."""
    sky, up, best_s, found = scene.sky, scene.links.access_up, NEVER, None
    for row in sky.passes(cluster.site, from_s):
        start_s = max(from_s, float(sky.rise_s[row]))
        if start_s >= best_s:
            break
        end_s = sky.finish_s(row, up, start_s, cluster.bits, 1 / len(cluster.clients))
        if end_s < best_s:
            best_s = end_s
            found = _Collected(sky.satellite[row], (start_s, end_s), end_s, None)
    return found


def add_way_back(
    scene: Scene,
    plan: PlanBuilder,
    trip: Trip,
    source: str,
    from_s: float,
    work: Federation,
    beams: Beams,
) -> Exchange | None:
    """Add the way of a server's model to a cluster, and return its broadcast.

    ``source`` is the slot of the model that answers a trip, which the server has at
    ``from_s``. ``None`` means that it is not there before the horizon; then nothing is
    added.
    """
    cluster = trip.cluster
    if work.server == "everywhere":
        rows = scene.sky.passes(cluster.site, from_s)
        part = soonest_part(scene, rows, from_s, cluster.bits, 0, "shared")
        if part is None or part.broadcast_s[1] > scene.horizon_s:
            return None
        _add_back(plan, trip, source, part.broadcast_s[0])
        return Exchange((), (part,))
    carry = _soonest_way(scene, cluster, from_s, beams.up)
    if carry is None:
        return None
    op = _add_back(plan, trip, source, carry.arrival_s)
    start_s = max(carry.load_start_s, beams.up.get(carry.load_row, 0.0))
    beams.up[carry.load_row] = carry.load_end_s
    ends = (scene.sky.site[carry.load_row], carry.satellite)
    plan.transfer(op, "feeder", *ends, (start_s, carry.load_end_s), cluster.bits)
    add_carry(plan, op, carry, cluster.bits)
    broadcast_s = (carry.arrival_s, carry.done_s)
    return Exchange((), (Part(carry.unload_row, cluster.bits, 1.0, (), broadcast_s),))


def _add_back(plan: PlanBuilder, trip: Trip, source: str, time_s: float) -> int:
    """Add the copy of a server's model that a satellite has over a cluster."""
    cluster, now_s = trip.cluster, (time_s, time_s)
    return plan.mix(
        cluster.group, {source: 1.0}, now_s, trip.number, scope=cluster.scope
    )


def _soonest_way(
    scene: Scene, cluster: Cluster, from_s: float, busy: dict[int, float]
) -> Carry | None:
    """Return the carry from any station whose broadcast is over soonest."""
    sky, links, bits = scene.sky, scene.links, cluster.bits

    def load(row: int, start_s: float) -> float:
        start_s = max(start_s, busy.get(row, 0.0))
        return sky.finish_s(row, links.feeder_up, start_s, bits)

    def unload(row: int, arrival_s: float) -> float:
        return sky.finish_s(row, links.access_down, arrival_s, bits)

    found = None
    for station in scene.stations:
        before_s = scene.horizon_s if found is None else found.done_s
        way = (sky, station, from_s, load, cluster.site, unload)
        found = soonest_carry(*way, before_s) or found
    return found
