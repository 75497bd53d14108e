"""A server that waits for no cluster, and takes updates as they arrive.

It is ``fedorbit.plans.moves.star`` for experts: a cluster trains from a model of the
server, its mean comes to the server, and the server hands back the model that it then
has (``fedorbit.plans.moves.clusters.trips``). The version of the server's model
counts how often it has changed; an update is stale by as many versions as came between
the model that it started from and its arrival.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush

from fedorbit.base.errors import TooShort
from fedorbit.plans import names
from fedorbit.plans.moves.clusters.cluster import clusters_of, expert_part
from fedorbit.plans.moves.clusters.exchanges import Exchange
from fedorbit.plans.moves.clusters.record import NOW, add_evaluations, add_start
from fedorbit.plans.moves.clusters.trips import (
    Federation,
    Trip,
    add_trip,
    add_way_back,
)
from fedorbit.plans.moves.clusters.ways import Beams
from fedorbit.plans.plan import Plan, PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.theory.experts.assignment import Assigned


@dataclass(frozen=True, order=True)
class Update:
    """The experts of a cluster at the server."""

    arrival_s: float
    position: int
    """Position of the cluster in the scene; the first comes first in a tie."""
    version: int
    """Of the server's model that the cluster started from."""
    base: str = field(compare=False)
    """The slot of that model."""
    trip: Trip = field(compare=False)

    def staleness(self, version: int) -> int:
        """Return by how many versions the update lies behind the server."""
        return version - self.version


Server = Callable[[PlanBuilder, Update, int], int]
"""Takes in an update at its arrival, by mixes to the slot ``ground`` or by waiting for
more; gets the version before and returns that after."""


def add_server(plan: PlanBuilder) -> None:
    """Give the server the initial model."""
    plan.mix(names.GROUND, {names.INITIAL: 1.0}, NOW, 0)


def add_mixes(
    plan: PlanBuilder,
    weights: Mapping[int, Mapping[str, float]],
    time_s: float,
    version: int,
    staleness: int = 0,
) -> None:
    """Add the server's new experts, and the whole model with them.

    ``weights`` has the slots of each expert and what they count. Experts of which the
    same slots count the same are mixed together.
    """
    alike: dict[tuple, list[int]] = {}
    for expert, own in weights.items():
        alike.setdefault(tuple(own.items()), []).append(expert)
    now_s = (time_s, time_s)
    for own, experts in alike.items():
        scope = [expert_part(expert) for expert in experts]
        plan.mix(names.GROUND, dict(own), now_s, version, staleness, scope)
    plan.mix(names.AVERAGE, {names.GROUND: 1.0}, now_s, version)


def plan_arrivals(
    scene: Scene,
    assigned: Assigned,
    work: Federation,
    server: Server,
    name: str,
) -> Plan:
    """Return a plan in which each cluster sends an update after its local steps.

    ``assigned`` says which experts a cluster trains, shape (groups, experts). What is
    not with the server before the horizon is left out. Raises ``SettingsError`` if
    a station is missing, and ``TooShort`` if the server's model never changes, or if no
    answer comes back.
    """
    work.require_server(scene, name)
    clusters = clusters_of(scene, assigned)
    plan, beams, queue = PlanBuilder(), Beams(), []
    add_start(plan, clusters)
    add_server(plan)

    def send(position: int, held: Exchange, number: int, base: str, version: int):
        cluster = clusters[position]
        trip = add_trip(scene, plan, cluster, held, number, work, beams)
        if trip is not None:
            heappush(queue, Update(trip.done_s, position, version, base, trip))

    firsts = work.start(scene, plan, clusters, assigned, beams).firsts
    for position, held in enumerate(firsts):
        send(position, held, 1, names.INITIAL, 0)
    version, back_s = 0, []
    while queue:
        update = heappop(queue)
        trip, number = update.trip, update.trip.number
        version = server(plan, update, version)
        base = names.reply(trip.cluster.name, number)
        now_s = (update.arrival_s, update.arrival_s)
        plan.mix(base, {names.GROUND: 1.0}, now_s, number)
        way = (trip, base, trip.done_s, work, beams)
        held = add_way_back(scene, plan, *way)
        if held is not None:
            back_s.append(held.collected_s)
            send(update.position, held, number + 1, base, version)
    if version == 0 or not back_s:
        raise TooShort(
            f"{name}: no new model of the server gets to a cluster in "
            f"{scene.horizon_s / 3600:g} h; lengthen scenario.hours, add a ground "
            "station or choose smaller experts."
        )
    add_evaluations(scene, plan, clusters, back_s)
    return plan.build()
