"""Experts of clusters on their way to a server, and back.

What needs the models of several clusters in one place is averaged by a server at the
ground, as ``fedorbit.plans.moves.ground`` has it for regions, and
``fedorbit.plans.moves.clusters.ways`` says by which satellites. Access links, feeder
links (the cluster's experts each way) and flights are charged.

A server ``everywhere`` is a bound instead, for which only access links are charged. All
satellites have the initial model, whatever the server.
"""

from dataclasses import dataclass
from typing import Literal

from fedorbit.base.errors import SettingsError
from fedorbit.base.settings import Settings, Steps
from fedorbit.plans import names
from fedorbit.plans.moves.clusters.cluster import Cluster, step_s
from fedorbit.plans.moves.clusters.exchanges import Exchange, Part, add_broadcast
from fedorbit.plans.moves.clusters.gaps import whole_steps
from fedorbit.plans.moves.clusters.profiling import Profiled, Start, Uses, start
from fedorbit.plans.moves.clusters.ways import (
    Beams,
    Server,
    add_answer,
    add_uploads_of,
    add_way_of,
    soonest_answer,
    soonest_collected,
)
from fedorbit.plans.moves.ground import Cargo
from fedorbit.plans.plan import PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.splitting import Trains
from fedorbit.plans.strategy import Needs
from fedorbit.theory.experts.assignment import Assigned


class Federation(Settings):
    """How clusters work for a server."""

    server: Server
    """Whether the server is at ground stations, or on all satellites, for no bits."""
    local_work: Literal["fixed", "filled"]
    """Whether devices take the study's local steps, or fill idle time with more."""
    step_cap: Steps
    """The most steps before an update if idle time is filled."""
    trains: Trains
    """Whether a cluster trains all experts or those that it is assigned."""
    profiled: Profiled
    """How the server gets scores of the gate, where it assigns experts or averages by
    use: in contacts, or before, for nothing."""

    @property
    def uses(self) -> Uses:
        """Return what the server needs scores for."""
        assigns = self.trains == "assigned" and self.profiled == "in_contact"
        return "assignment" if assigns else "nothing"

    def start(
        self,
        scene: Scene,
        plan: PlanBuilder,
        clusters: list[Cluster],
        assigned: Assigned,
        beams: Beams,
    ) -> Start:
        """Add scores and the assignment, where needed, and return the first models."""
        way = (self.uses, assigned.shape[1], self.server, beams)
        return start(scene, plan, clusters, *way)

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
    cargo = Cargo(len(cluster.clients), cluster.bits, cluster.bits)
    found = soonest_collected(scene, cluster, cargo, from_s, work.server, beams)
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
    add_uploads_of(plan, op, cluster, found)
    trip = Trip(cluster, number, found.done_s)
    carrier = names.carrier(found.satellite, cluster.name, number)
    loaded_s, done_s = (found.uploads_s[1],) * 2, (found.done_s,) * 2
    plan.mix(carrier, {cluster.group: 1.0}, loaded_s, number)
    op = plan.mix(trip.slot, {carrier: 1.0}, done_s, number)
    add_way_of(scene, plan, op, found)
    return trip


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
    asked = (cluster.bits, from_s, work.server, beams)
    answer = soonest_answer(scene, cluster, *asked)
    if answer is None:
        return None
    arrival_s = (answer.arrival_s, answer.arrival_s)
    scope = cluster.scope
    op = plan.mix(cluster.group, {source: 1.0}, arrival_s, trip.number, scope=scope)
    add_answer(scene, plan, op, answer)
    broadcast_s = (answer.arrival_s, answer.done_s)
    return Exchange((), (Part(answer.row, cluster.bits, 1.0, (), broadcast_s),))
