"""A server at the ground that takes updates one by one, as they arrive.

A region trains ``regional_rounds`` rounds from a model of the server. The satellite
that brings its average to a ground station soonest collects the last uploads. The
server takes the update in at once, and hands back the model that it then has; the
satellite that can broadcast that soonest brings it. The region waits meanwhile, but
never for another region. Access links, feeder links (one model each way) and flights
are charged.

The version of the server's model counts how often it has changed. An update is stale
by as many versions as came between the model that it started from and its arrival.
Trainings count the rounds of their own region. Whenever an answer is back in a region,
and when a region has its last model before the update that it sends, the server's model
and all regions are evaluated as they are then. The round of an evaluation counts these
times.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush

from fedorbit.base.errors import SettingsError, TooShort
from fedorbit.plans import names
from fedorbit.plans.moves.carry import Carry
from fedorbit.plans.moves.cycles import add_rounds_but_last
from fedorbit.plans.moves.ground import (
    Delivery,
    add_collected,
    add_delivery,
    add_return,
    averaged_on_board,
    from_ground,
    to_ground,
)
from fedorbit.plans.moves.regional import (
    Holder,
    add_average,
    add_round,
    add_start,
    add_test,
)
from fedorbit.plans.moves.relays import Message, Network, soonest_route
from fedorbit.plans.moves.routes import Held, Parcel, add_arrival, add_copies
from fedorbit.plans.plan import Plan, PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import NEVER


@dataclass(frozen=True, order=True)
class Update:
    """The average of a region on its way to the server."""

    arrival_s: float
    position: int
    """Position of the region in the scene; the first comes first in a tie."""
    region: str
    last: int
    """The region's last round in it."""
    version: int
    """Of the server's model that the region started from."""
    base: str
    """The slot of that model."""
    carrier: str
    delivery: Delivery = field(compare=False)

    @property
    def slot(self) -> str:
        """Return the slot of the update at the server."""
        return names.update(self.region, self.last)

    def staleness(self, version: int) -> int:
        """Return by how many versions the update lies behind the server."""
        return version - self.version


Server = Callable[[PlanBuilder, Update, int], int]
"""Takes in an update at its arrival, by a mix to the slot ``ground`` or by waiting for
more; gets the version before and returns that after."""


def discount(staleness: int, exponent: float) -> float:
    """Return (1 + staleness)^-exponent, the polynomial of Xie et al. (2019)."""
    return (1 + staleness) ** -exponent


def plan_star(
    scene: Scene, rounds: int, network: Network, server: Server, name: str
) -> Plan:
    """Return a plan in which every region sends an update after ``rounds`` rounds.

    What is not with the server before the horizon is left out. Raises
    ``SettingsError`` if there is no station, and ``TooShort`` if the server's model
    never changes, or if no answer comes back.
    """
    if not scene.stations:
        raise SettingsError(
            f"{name} needs a ground station; add one to scenario.stations."
        )
    plan = PlanBuilder()
    queue: list[Update] = []
    holders = add_start(scene, plan)
    plan.mix(names.GROUND, {names.INITIAL: 1.0}, (0.0, 0.0), 0)
    before_s: list[float] = []
    for region, holder in holders.items():
        round_numbers = range(1, rounds + 1)
        before_s += _send(
            scene,
            plan,
            queue,
            network,
            region,
            holder,
            round_numbers,
            (names.INITIAL, 0),
        )
    version, back_s = 0, []
    while queue:
        update = heappop(queue)
        now_s = (update.arrival_s, update.arrival_s)
        op = plan.mix(update.slot, {update.carrier: 1.0}, now_s, update.last)
        add_delivery(scene, plan, op, update.delivery)
        version = server(plan, update, version)
        base = names.reply(update.region, update.last)
        plan.mix(base, {names.GROUND: 1.0}, now_s, update.last)
        holder = _reply(scene, plan, network, update, base)
        if holder is not None:
            round_numbers = range(update.last + 1, update.last + rounds + 1)
            start = (base, version)
            before_s += _send(
                scene, plan, queue, network, update.region, holder, round_numbers, start
            )
            back_s.append(holder.ready_s)
    if version == 0 or not back_s:
        raise TooShort(
            f"{name}: no new model of the server gets to a region in "
            f"{scene.horizon_s / 3600:g} h; lengthen scenario.hours, lower "
            "regional_rounds or add a ground station."
        )
    for round_number, time_s in enumerate(sorted({*before_s, *back_s}), start=1):
        _evaluate(scene, plan, time_s, round_number)
    return plan.build()


def _send(
    scene: Scene,
    plan: PlanBuilder,
    queue: list[Update],
    network: Network,
    region: str,
    holder: Holder,
    round_numbers: range,
    start: tuple[str, int],
) -> list[float]:
    """Add rounds of a region, and queue the update if it arrives before the horizon.

    ``start`` is the slot and the version of the model that the region starts from.
    Returns the time of the region's last model before the update, if it sends one and
    has had a model since the answer.
    """
    trained, ready_s = add_rounds_but_last(scene, plan, region, holder, round_numbers)
    if trained is None:
        return []
    cargo = averaged_on_board(scene, region)
    delivery = to_ground(scene, region, trained.ready_s, network, cargo)
    if delivery is None or delivery.done_s > scene.horizon_s:
        return []
    last, (start_s, end_s) = round_numbers[-1], delivery.uploads_s
    collected = Holder(delivery.row, end_s, NEVER)
    add_round(scene, plan, region, trained, start_s, collected, last)
    carrier = add_collected(scene, plan, region, delivery, last)
    position = scene.regions.index(region)
    base, version = start
    heappush(
        queue,
        Update(
            delivery.done_s, position, region, last, version, base, carrier, delivery
        ),
    )
    return list(ready_s.values())[-1:]


def _reply(
    scene: Scene, plan: PlanBuilder, network: Network, update: Update, base: str
) -> Holder | None:
    """Add the way of the server's model back to a region, if it ends in time."""
    if network.is_direct:
        return _fly_back(scene, plan, network, update, base)
    region, now_s = update.region, update.arrival_s
    message, origins = Message(scene.model_bits), dict.fromkeys(scene.stations, now_s)
    route = soonest_route(scene, network, message, origins, {region})
    if route is None or route[-1].end_s > scene.horizon_s:
        return None
    network.book(scene, route)
    parcel = Parcel(f"{names.REPLY}/{region}", update.last, scene.model_bits)
    held = add_copies(scene, plan, parcel, route[:-1], Held(base, now_s))
    return add_arrival(scene, plan, parcel, route[-1], held)


def _fly_back(
    scene: Scene, plan: PlanBuilder, network: Network, update: Update, base: str
) -> Holder | None:
    """Add the way back with a satellite that flies all of it, if it ends in time."""
    busy_s = network.beams.up

    def start_s(row: int, from_s: float) -> float:
        return max(from_s, busy_s.get(row, 0.0))

    def load(row: int, from_s: float) -> float:
        link = scene.links.feeder_up
        return scene.sky.finish_s(row, link, start_s(row, from_s), scene.model_bits)

    region = update.region
    carry: Carry | None = from_ground(scene, region, update.arrival_s, load)
    if carry is None or carry.done_s > scene.horizon_s:
        return None
    uplink_s = (start_s(carry.load_row, carry.load_start_s), carry.load_end_s)
    busy_s[carry.load_row] = carry.load_end_s
    return add_return(scene, plan, region, carry, base, update.last, uplink_s)


def _evaluate(
    scene: Scene, plan: PlanBuilder, time_s: float, round_number: int
) -> None:
    """Evaluate the server's model and those of all regions as they are now."""
    plan.evaluate(names.GROUND, time_s, round_number)
    for region in scene.regions:
        add_test(scene, plan, names.region(region), time_s, round_number)
    add_average(scene, plan, time_s, round_number)
