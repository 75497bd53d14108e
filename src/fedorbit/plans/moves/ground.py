"""Models on their way to a ground station and back, on board the soonest satellites.

The satellite that brings a region's updates down soonest collects them; another, or
the same, brings an answer back. With relays (``fedorbit.plans.moves.relays``) each of
them may hand the model on to others, over clients of regions on the way. Each station
has a beam for every satellite that it talks to, on which transfers take turns.
Stations share one server; the network between them takes no time.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from fedorbit.plans import names
from fedorbit.plans.moves.carry import Carry, Work, add_carry, soonest_carry
from fedorbit.plans.moves.cycles import Holders, add_rounds_but_last
from fedorbit.plans.moves.regional import (
    Holder,
    add_evaluations,
    add_round,
    broadcast_end_s,
)
from fedorbit.plans.moves.relays import (
    Message,
    Network,
    Route,
    soonest_route,
    soonest_tree,
)
from fedorbit.plans.moves.routes import (
    Held,
    Parcel,
    add_arrival,
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


def add_ground_cycle(
    scene: Scene,
    cargo_of: CargoOf,
    network: Network,
    plan: PlanBuilder,
    holders: Holders,
    round_numbers: range,
) -> Holders | None:
    """Add rounds in every region, the global average at the ground and its return.

    Regions wait until the updates of all are there and the average is back. Returns
    the holders of the average, or ``None`` if it is not back before the horizon.
    """
    last = round_numbers[-1]
    ready_s: dict[str, dict[int, float]] = {}
    deliveries: dict[str, Delivery] = {}
    for region in scene.regions:
        trained, ready_s[region] = add_rounds_but_last(
            scene, plan, region, holders[region], round_numbers
        )
        if trained is None:
            return None
        cargo = cargo_of(scene, region)
        delivery = to_ground(scene, region, trained.ready_s, network, cargo)
        if delivery is None:
            return None
        deliveries[region] = delivery
        start_s, end_s = delivery.uploads_s
        collected = Holder(delivery.row, end_s, NEVER)
        add_round(scene, plan, region, trained, start_s, collected, last)
    average_s = max(delivery.done_s for delivery in deliveries.values())
    carriers = {
        r: add_collected(scene, plan, r, d, last) for r, d in deliveries.items()
    }
    weights = {carriers[r]: weight for r, weight in scene.weights.items()}
    op = plan.mix(names.GROUND, weights, (average_s, average_s), last)
    for delivery in deliveries.values():
        add_delivery(scene, plan, op, delivery)
    add_back = _add_flights_back if network.is_direct else _add_tree_back
    back = add_back(scene, plan, network, average_s, last)
    if back is None:
        return None
    for region, holder in back.items():
        ready_s[region][last] = holder.ready_s
    add_evaluations(scene, plan, ready_s)
    return back


def _add_flights_back(
    scene: Scene,
    plan: PlanBuilder,
    network: Network,
    average_s: float,
    round_number: int,
) -> Holders | None:
    """Add the way of the average back to all regions; each satellite loads it once."""
    loaded_s: dict[int, float] = {}

    def load(row: int, start_s: float) -> float:
        return loaded_s.get(row) or scene.sky.finish_s(
            row, scene.links.feeder_up, start_s, scene.model_bits
        )

    back: Holders = {}
    for region in scene.regions:
        carry = from_ground(scene, region, average_s, load)
        if carry is None or carry.done_s > scene.horizon_s:
            return None
        loaded = carry.load_row in loaded_s
        uplink_s = None if loaded else (carry.load_start_s, carry.load_end_s)
        loaded_s[carry.load_row] = carry.load_end_s
        back[region] = add_return(
            scene, plan, region, carry, names.GROUND, round_number, uplink_s
        )
    return back


def _add_tree_back(
    scene: Scene,
    plan: PlanBuilder,
    network: Network,
    average_s: float,
    round_number: int,
) -> Holders | None:
    """Add the way of the average back to all regions, which hand it on to others.

    A region hands on what is broadcast to it, so that this is charged once.
    """
    origins = dict.fromkeys(scene.stations, average_s)
    targets, message = {*scene.regions}, Message(scene.model_bits)
    tree = soonest_tree(scene, network, message, origins, targets)
    if tree is None or max(r[-1].end_s for r in tree.values()) > scene.horizon_s:
        return None
    parcel = Parcel(names.GROUND, round_number, scene.model_bits)
    held = dict.fromkeys(scene.stations, Held(names.GROUND, average_s))
    back: Holders = {}
    for region, route in tree.items():
        for move in route[:-1]:
            network.book(scene, [move])
            if move.sender in back and move.sender not in held:
                held[move.sender] = _add_relay(plan, parcel, move.sender, back)
            if move.receiver not in held and move.receiver not in back:
                before = held[move.sender]
                held[move.receiver] = add_copies(scene, plan, parcel, [move], before)
        last = route[-1]
        network.book(scene, [last])
        back[region] = add_arrival(scene, plan, parcel, last, held[last.sender])
    return {region: back[region] for region in scene.regions}


def _add_relay(plan: PlanBuilder, parcel: Parcel, region: str, back: Holders) -> Held:
    """Add the copy of its broadcast that a client of a region hands on."""
    end_s, number = back[region].broadcast_end_s, parcel.round_number
    slot = names.relay(region, parcel.origin, number)
    op = plan.mix(slot, {names.region(region): 1.0}, (end_s, end_s), number)
    back[region] = replace(back[region], relayed=op)
    return Held(slot, end_s)
