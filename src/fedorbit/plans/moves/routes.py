"""What a route adds to a plan: a copy at each node on the way, with its transfer."""

from dataclasses import dataclass

from fedorbit.plans import names
from fedorbit.plans.moves.regional import Holder
from fedorbit.plans.moves.relays import NO_PASS, Route
from fedorbit.plans.plan import MODEL, PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.windows import Transfer


@dataclass(frozen=True)
class Parcel:
    """What is on its way, and whose it is."""

    origin: str
    """A region, or another source, as slots on board name it."""
    round_number: int
    bits: float
    payload: str = MODEL


@dataclass(frozen=True)
class Held:
    """Where a parcel is."""

    slot: str
    since_s: float


def add_copies(
    scene: Scene, plan: PlanBuilder, parcel: Parcel, moves: Route, held: Held
) -> Held:
    """Add what each transfer leaves at its receiver, and return that of the last."""
    for move in moves:
        copy_of = names.relay if move.receiver in scene.regions else names.carrier
        slot = copy_of(move.receiver, parcel.origin, parcel.round_number)
        times_s = (move.end_s, move.end_s)
        op = plan.mix(slot, {held.slot: 1.0}, times_s, parcel.round_number)
        add_flight(scene, plan, op, parcel, move, held.since_s)
        add_transfer(scene, plan, op, parcel, move)
        held = Held(slot, move.end_s)
    return held


def add_transfer(
    scene: Scene, plan: PlanBuilder, op: int, parcel: Parcel, move: Transfer
) -> None:
    """Add a transfer to the ledger; of a region, the first client sends it."""
    sender, link = move.sender, "isl"
    if move.window != NO_PASS:
        site = scene.sky.site[move.window]
        link = "feeder" if site in scene.stations else "access"
        if sender in scene.regions:
            sender = names.client(scene.clients(sender)[0])
    ends, times_s = (sender, move.receiver), (move.start_s, move.end_s)
    plan.transfer(op, link, *ends, times_s, parcel.bits, payload=parcel.payload)


def add_flight(
    scene: Scene,
    plan: PlanBuilder,
    op: int,
    parcel: Parcel,
    move: Transfer,
    since_s: float,
) -> None:
    """Add the flight before a transfer from a satellite to a site, if it flies.

    The satellite has the parcel from ``since_s`` on.
    """
    satellite = move.sender
    if move.window == NO_PASS or satellite not in scene.satellites:
        return
    arrival_s = max(since_s, float(scene.sky.rise_s[move.window]))
    if arrival_s > since_s:
        ends, times_s = (satellite, satellite), (since_s, arrival_s)
        plan.transfer(op, "carry", *ends, times_s, parcel.bits, payload=parcel.payload)


def add_arrival(
    scene: Scene, plan: PlanBuilder, parcel: Parcel, move: Transfer, held: Held
) -> Holder:
    """Add the model that a satellite has over a region, and return its broadcast."""
    now_s, region = (move.start_s, move.start_s), move.receiver
    slot = names.region(region)
    op = plan.mix(slot, {held.slot: 1.0}, now_s, parcel.round_number)
    add_flight(scene, plan, op, parcel, move, held.since_s)
    return Holder(move.window, move.start_s, move.end_s)
