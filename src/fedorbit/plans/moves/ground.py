"""Models on their way to a ground station and back, on board the soonest satellites.

The satellite that brings a region's updates down soonest collects them; another, or
the same, brings an answer back. With relays (``fedorbit.plans.moves.relays``) each of
them may hand the model on to others, over clients of regions on the way. Each station
has a beam for every satellite that it talks to, on which transfers take turns.
Stations share one server; the network between them takes no time.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fedorbit.plans import names
from fedorbit.plans.moves.carry import Carry, Work, add_carry, soonest_carry
from fedorbit.plans.moves.regional import (
    Holder,
    broadcast_end_s,
)
from fedorbit.plans.moves.relays import (
    Message,
    Network,
    Route,
    soonest_route,
)
from fedorbit.plans.moves.routes import (
    Held,
    Parcel,
    add_copies,
    add_flight,
    add_transfer,
)
from fedorbit.plans.plan import MODEL, PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import NEVER
from fedorbit.plans.windows import Transfer


@dataclass(frozen=True)
class Cargo:
    """What a region sends to the ground at once."""

    uploaders: int
    """Clients that upload to the satellite, with equal shares of the band."""
    each_bits: float
    """What each of them uploads."""
    bits: float
    """What the satellite carries and sends down."""
    payload: str = MODEL
    """What it is, one of ``PAYLOADS``."""


CargoOf = Callable[[Scene, str], Cargo]
"""From a scene and a region to what the region sends."""


@dataclass(frozen=True)
class Delivery:
    """The way of a cargo to a station, from the uploads of the clients on."""

    route: Route
    cargo: Cargo

    @property
    def row(self) -> int:
        """Return the pass in which a satellite collects the uploads."""
        return self.route[0].window

    @property
    def satellite(self) -> str:
        """Return the satellite that collects the uploads."""
        return self.route[0].receiver

    @property
    def uploads_s(self) -> tuple[float, float]:
        """Return when the uploads start and end."""
        return self.route[0].start_s, self.route[0].end_s

    @property
    def done_s(self) -> float:
        """Return when everything is at the station."""
        return self.route[-1].end_s


def averaged_on_board(scene: Scene, region: str) -> Cargo:
    """Return the cargo of a satellite that averages the updates that it collects."""
    return Cargo(scene.uploaders(region), scene.model_bits, scene.model_bits)


def to_ground(
    scene: Scene, region: str, from_s: float, network: Network, cargo: Cargo
) -> Delivery | None:
    """Return the delivery from a region that is over soonest, and book its beams."""

    def load(row: int, start_s: float) -> float:
        share = 1 / cargo.uploaders
        link = scene.links.access_up
        return scene.sky.finish_s(row, link, start_s, cargo.each_bits, share)

    if network.is_direct:
        route = _flown_down(scene, region, from_s, network, cargo, load)
    else:
        message, origins = Message(cargo.bits, load), {names.region(region): from_s}
        route = soonest_route(scene, network, message, origins, {*scene.stations})
    if route is None:
        return None
    network.book(scene, route[1:])
    return Delivery(route, cargo)


def _flown_down(
    scene: Scene,
    region: str,
    from_s: float,
    network: Network,
    cargo: Cargo,
    load: Work,
) -> Route | None:
    """Return the way down with a satellite that flies from a region to a station."""
    busy_s = network.beams.down

    def unload(row: int, arrival_s: float) -> float:
        start_s = max(arrival_s, busy_s.get(row, 0.0))
        return scene.sky.finish_s(row, scene.links.feeder_down, start_s, cargo.bits)

    ways = [(region, station) for station in scene.stations]
    carry = _soonest(scene, ways, from_s, load, unload)
    if carry is None:
        return None
    up, down, satellite = carry.load_row, carry.unload_row, carry.satellite
    start_s = max(carry.arrival_s, busy_s.get(down, 0.0))
    station = scene.sky.site[down]
    return [
        Transfer(up, region, satellite, carry.load_start_s, carry.load_end_s),
        Transfer(down, satellite, station, start_s, carry.done_s),
    ]


def from_ground(scene: Scene, region: str, from_s: float, load: Work) -> Carry | None:
    """Return the carry from a station whose broadcast in the region is over soonest."""

    def unload(row: int, arrival_s: float) -> float:
        return broadcast_end_s(scene, row, arrival_s)

    ways = [(station, region) for station in scene.stations]
    return _soonest(scene, ways, from_s, load, unload)


def _soonest(
    scene: Scene,
    ways: Iterable[tuple[str, str]],
    from_s: float,
    load: Work,
    unload: Work,
) -> Carry | None:
    """Return the carry that is over soonest on any of the ways between two sites."""
    found, before_s = None, NEVER
    for origin, target in ways:
        sooner = soonest_carry(
            scene.sky, origin, from_s, load, target, unload, before_s
        )
        if sooner is not None:
            found, before_s = sooner, sooner.done_s
    return found


def add_collected(
    scene: Scene, plan: PlanBuilder, region: str, delivery: Delivery, round_number: int
) -> str:
    """Add the average of a region as it is on board, and its way to the last satellite.

    Returns its slot there, from where it goes down to a station.
    """
    end_s = delivery.uploads_s[1]
    carrier = names.carrier(delivery.satellite, region, round_number)
    plan.mix(carrier, {names.region(region): 1.0}, (end_s, end_s), round_number)
    parcel = Parcel(region, round_number, delivery.cargo.bits, delivery.cargo.payload)
    on_the_way = delivery.route[1:-1]
    return add_copies(scene, plan, parcel, on_the_way, Held(carrier, end_s)).slot


def add_delivery(scene: Scene, plan: PlanBuilder, op: int, delivery: Delivery) -> None:
    """Add the last flight to a station and the downlink to the ledger."""
    cargo, last = delivery.cargo, delivery.route[-1]
    parcel = Parcel("", 0, cargo.bits, cargo.payload)
    add_flight(scene, plan, op, parcel, last, delivery.route[-2].end_s)
    add_transfer(scene, plan, op, parcel, last)


def add_return(
    scene: Scene,
    plan: PlanBuilder,
    region: str,
    carry: Carry,
    source: str,
    round_number: int,
    uplink_s: tuple[float, float] | None,
) -> Holder:
    """Add the way of a server's model back to a region, and return who broadcasts it.

    ``uplink_s`` is ``None`` if the satellite has the model on board already.
    """
    arrival_s = (carry.arrival_s, carry.arrival_s)
    op = plan.mix(names.region(region), {source: 1.0}, arrival_s, round_number)
    if uplink_s is not None:
        station = scene.sky.site[carry.load_row]
        plan.transfer(
            op, "feeder", station, carry.satellite, uplink_s, scene.model_bits
        )
    add_carry(plan, op, carry, scene.model_bits)
    return Holder(carry.unload_row, carry.arrival_s, carry.done_s)
