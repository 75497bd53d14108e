"""Cycles of rounds in all regions, the average of their models at the ground, and back.

The average goes to all regions at once: with satellites that fly all the way, or as a
tree, in which regions hand on what is broadcast to them.
"""

from dataclasses import replace

from fedorbit.plans import names
from fedorbit.plans.moves.cycles import Holders, add_rounds_but_last
from fedorbit.plans.moves.ground import (
    CargoOf,
    Delivery,
    add_collected,
    add_delivery,
    add_return,
    from_ground,
    to_ground,
)
from fedorbit.plans.moves.regional import Holder, add_evaluations, add_round
from fedorbit.plans.moves.relays import Message, Network, soonest_tree
from fedorbit.plans.moves.routes import Held, Parcel, add_arrival, add_copies
from fedorbit.plans.plan import PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import NEVER


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
    plan.evaluate(names.GROUND, average_s, last)
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
