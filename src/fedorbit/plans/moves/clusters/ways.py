"""How something gets from a cluster to a server and back, soonest.

The satellite that can bring what devices upload to a station soonest collects it; the
one whose broadcast is over soonest brings an answer. A server ``everywhere`` is a bound
instead: what one satellite collects all satellites have at once, for no bits.
"""

from dataclasses import dataclass
from typing import Literal

from fedorbit.plans import names
from fedorbit.plans.moves.carry import Carry, add_carry, soonest_carry
from fedorbit.plans.moves.clusters.cluster import Cluster
from fedorbit.plans.moves.clusters.exchanges import soonest_part
from fedorbit.plans.moves.ground import Cargo, Delivery, add_delivery, to_ground
from fedorbit.plans.moves.relays import Beams, Network
from fedorbit.plans.plan import MODEL, PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import NEVER

Server = Literal["station", "everywhere"]
"""Whether the server is at ground stations, or on all satellites, for no bits."""


@dataclass(frozen=True)
class Collected:
    """Uploads to one satellite, and their way to a station, if any."""

    satellite: str
    uploads_s: tuple[float, float]
    done_s: float
    """When the server has it."""
    cargo: Cargo
    delivery: Delivery | None


@dataclass(frozen=True)
class Answer:
    """What a satellite broadcasts to a cluster, and its way from a station, if any."""

    row: int
    """The pass over the cluster."""
    bits: float
    arrival_s: float
    """When the broadcast begins."""
    done_s: float
    feeder_s: tuple[float, float] | None
    carry: Carry | None


def soonest_collected(
    scene: Scene,
    cluster: Cluster,
    cargo: Cargo,
    from_s: float,
    server: Server,
    beams: Beams,
) -> Collected | None:
    """Return the uploads that the server has soonest, and book the station's beam."""
    if server == "everywhere":
        return _on_board(scene, cluster, cargo, from_s)
    network = Network(relays=False, beams=beams)
    delivery = to_ground(scene, cluster.site, from_s, network, cargo)
    if delivery is None:
        return None
    ends_s = delivery.uploads_s, delivery.done_s
    return Collected(delivery.satellite, *ends_s, cargo, delivery)


def _on_board(
    scene: Scene, cluster: Cluster, cargo: Cargo, from_s: float
) -> Collected | None:
    """Return the uploads that are on board of any satellite soonest."""
    sky, up, best_s, found = scene.sky, scene.links.access_up, NEVER, None
    for row in sky.passes(cluster.site, from_s):
        start_s = max(from_s, float(sky.rise_s[row]))
        if start_s >= best_s:
            break
        end_s = sky.finish_s(row, up, start_s, cargo.each_bits, 1 / cargo.uploaders)
        if end_s < best_s:
            best_s, uploads_s = end_s, (start_s, end_s)
            found = Collected(sky.satellite[row], uploads_s, end_s, cargo, None)
    return found


def add_uploads_of(
    plan: PlanBuilder, op: int, cluster: Cluster, found: Collected
) -> None:
    """Charge an operation with the uploads of all devices of a cluster."""
    cargo = found.cargo
    sent = (found.uploads_s, cargo.each_bits, 1 / cargo.uploaders, cargo.payload)
    for client in cluster.clients:
        plan.transfer(op, "access", names.client(client), found.satellite, *sent)


def add_way_of(scene: Scene, plan: PlanBuilder, op: int, found: Collected) -> None:
    """Charge an operation with the way of what was collected to a station, if any."""
    if found.delivery is not None:
        add_delivery(scene, plan, op, found.delivery)


def soonest_answer(
    scene: Scene,
    cluster: Cluster,
    bits: float,
    from_s: float,
    server: Server,
    beams: Beams,
) -> Answer | None:
    """Return the broadcast that is over soonest of what the server has at a time.

    ``None`` means that it is not over before the horizon. The beam of the station is
    booked otherwise.
    """
    if server == "everywhere":
        rows = scene.sky.passes(cluster.site, from_s)
        part = soonest_part(scene, rows, from_s, bits, 0, "shared")
        if part is None or part.broadcast_s[1] > scene.horizon_s:
            return None
        return Answer(part.row, bits, *part.broadcast_s, None, None)
    carry = _soonest_carry(scene, cluster, bits, from_s, beams.up)
    if carry is None:
        return None
    start_s = max(carry.load_start_s, beams.up.get(carry.load_row, 0.0))
    beams.up[carry.load_row] = carry.load_end_s
    times_s = (carry.arrival_s, carry.done_s)
    feeder_s = (start_s, carry.load_end_s)
    return Answer(carry.unload_row, bits, *times_s, feeder_s, carry)


def _soonest_carry(
    scene: Scene, cluster: Cluster, bits: float, from_s: float, busy: dict[int, float]
) -> Carry | None:
    """Return the carry from any station whose broadcast is over soonest."""
    sky, links = scene.sky, scene.links

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


def add_answer(
    scene: Scene, plan: PlanBuilder, op: int, answer: Answer, payload: str = MODEL
) -> None:
    """Charge an operation with the way of an answer from a station, if any."""
    carry, bits = answer.carry, answer.bits
    if carry is not None:
        ends = (scene.sky.site[carry.load_row], carry.satellite)
        plan.transfer(op, "feeder", *ends, answer.feeder_s, bits, payload=payload)
        add_carry(plan, op, carry, bits, payload)
