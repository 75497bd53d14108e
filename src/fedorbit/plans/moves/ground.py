"""Models on their way to a ground station and back, on board the soonest satellites.

The satellite that brings a region's updates down soonest collects them; another, or
the same, brings an answer back. Each station has a beam for every satellite that it
talks to, on which transfers take turns. Stations share one server; the network
between them takes no time.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fedorbit.plans import names
from fedorbit.plans.moves.carry import Carry, Work, add_carry, soonest_carry
from fedorbit.plans.moves.cycles import Holders, add_rounds_but_last
from fedorbit.plans.moves.regional import (
    Holder,
    add_evaluations,
    add_round,
    broadcast_end_s,
)
from fedorbit.plans.plan import MODEL, PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import NEVER

Busy = dict[int, float]
"""Until when the beam of a pass over a station is taken."""


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
    """A carry to the ground, with the start and end of its downlink to the station."""

    carry: Carry
    feeder_s: tuple[float, float]
    cargo: Cargo

    @property
    def done_s(self) -> float:
        """Return when everything is at the station."""
        return self.carry.done_s


def averaged_on_board(scene: Scene, region: str) -> Cargo:
    """Return the cargo of a satellite that averages the updates that it collects."""
    return Cargo(scene.uploaders(region), scene.model_bits, scene.model_bits)


def to_ground(
    scene: Scene, region: str, from_s: float, busy_until_s: Busy, cargo: Cargo
) -> Delivery | None:
    """Return the delivery from a region that is over soonest, and book its beam."""

    def load(row: int, start_s: float) -> float:
        share = 1 / cargo.uploaders
        link = scene.links.access_up
        return scene.sky.finish_s(row, link, start_s, cargo.each_bits, share)

    def unload(row: int, arrival_s: float) -> float:
        start_s = max(arrival_s, busy_until_s.get(row, 0.0))
        return scene.sky.finish_s(row, scene.links.feeder_down, start_s, cargo.bits)

    ways = [(region, station) for station in scene.stations]
    carry = _soonest(scene, ways, from_s, load, unload)
    if carry is None:
        return None
    start_s = max(carry.arrival_s, busy_until_s.get(carry.unload_row, 0.0))
    busy_until_s[carry.unload_row] = carry.done_s
    return Delivery(carry, (start_s, carry.done_s), cargo)


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
    plan: PlanBuilder, region: str, delivery: Delivery, round_number: int
) -> str:
    """Add the average of a region as it is on board, and return its slot."""
    carrier = names.carrier(delivery.carry.satellite, region, round_number)
    collected_s = (delivery.carry.load_end_s, delivery.carry.load_end_s)
    plan.mix(carrier, {names.region(region): 1.0}, collected_s, round_number)
    return carrier


def add_delivery(scene: Scene, plan: PlanBuilder, op: int, delivery: Delivery) -> None:
    """Add the flight to a station and the downlink to the ledger."""
    carry, cargo = delivery.carry, delivery.cargo
    add_carry(plan, op, carry, cargo.bits, cargo.payload)
    plan.transfer(
        op,
        "feeder",
        carry.satellite,
        scene.sky.site[carry.unload_row],
        delivery.feeder_s,
        cargo.bits,
        payload=cargo.payload,
    )


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
    couriers: dict[str, Delivery] = {}
    busy_until_s: Busy = {}
    for region in scene.regions:
        trained, ready_s[region] = add_rounds_but_last(
            scene, plan, region, holders[region], round_numbers
        )
        if trained is None:
            return None
        delivery = to_ground(
            scene, region, trained.ready_s, busy_until_s, cargo_of(scene, region)
        )
        if delivery is None:
            return None
        couriers[region] = delivery
        carry = delivery.carry
        collected = Holder(carry.load_row, carry.load_end_s, NEVER)
        add_round(scene, plan, region, trained, carry.load_start_s, collected, last)
    average_s = max(delivery.done_s for delivery in couriers.values())
    carriers = {r: add_collected(plan, r, d, last) for r, d in couriers.items()}
    weights = {carriers[r]: weight for r, weight in scene.weights.items()}
    op = plan.mix(names.GROUND, weights, (average_s, average_s), last)
    plan.evaluate(names.GROUND, average_s, last)
    for delivery in couriers.values():
        add_delivery(scene, plan, op, delivery)
    back = _add_returns(scene, plan, average_s, last)
    if back is None:
        return None
    for region, holder in back.items():
        ready_s[region][last] = holder.ready_s
    add_evaluations(scene, plan, ready_s)
    return back


def _add_returns(
    scene: Scene, plan: PlanBuilder, average_s: float, round_number: int
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
