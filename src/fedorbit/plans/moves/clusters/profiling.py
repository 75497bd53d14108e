"""Scores of the gate on their way to a server, and the assignment on its way back.

Which experts suit a cluster depends on all clusters: no expert goes to two of them. So
somebody has to have the gate masses of all. Each device sends its means of the gate, a
number for each expert, to a satellite, which averages them; nothing else leaves a
device. Body and gate are at all nodes from the beginning, so that nothing has to come
down for this, and devices have their means before the first window. When the server has
the scores of the last cluster, it assigns experts, and each cluster gets a number for
each expert. Only then it is sent the first model of its own, and trains.

A server that only weighs means by use needs the scores before its first mean, and sends
nothing back. Scores that are known ``before`` are free: a bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fedorbit.base.errors import SettingsError, TooShort
from fedorbit.plans import names
from fedorbit.plans.moves.clusters.cluster import Cluster
from fedorbit.plans.moves.clusters.exchanges import Exchange, first_broadcast
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
from fedorbit.plans.plan import SCORES, PlanBuilder
from fedorbit.plans.scene import Scene

Profiled = Literal["in_contact", "before"]
"""Whether scores and assignment travel in contacts, or are known before for nothing."""
Uses = Literal["nothing", "weights", "assignment"]
"""What a server does with scores: weigh means by use, or assign experts."""
NUMBER_BITS = 32


@dataclass(frozen=True)
class Start:
    """How clusters get to their first experts."""

    firsts: list[Exchange]
    """The broadcast of the first experts in each cluster."""
    scored_s: float = 0.0
    """When the server has all scores."""


def start(
    scene: Scene,
    plan: PlanBuilder,
    clusters: Sequence[Cluster],
    uses: Uses,
    experts: int,
    server: Server,
    beams: Beams,
) -> Start:
    """Add what comes before the first models of clusters, and return these.

    ``experts`` is the numbers of a score, one for each expert of the model. Raises
    ``SettingsError`` if a station is missing, and ``TooShort`` if a cluster gets no
    model before the horizon.
    """
    if uses == "nothing":
        return Start(first_models(scene, clusters, [0.0] * len(clusters)))
    if server == "station" and not scene.stations:
        raise SettingsError(
            "scores of the gate need a ground station to go to; add one to "
            "scenario.stations or choose profiled: before."
        )
    bits = float(NUMBER_BITS * experts)
    scored_s = _add_scores(scene, plan, clusters, bits, server, beams)
    from_s = [0.0] * len(clusters)
    if uses == "assignment":
        way = (bits, scored_s, server, beams)
        from_s = [_add_assignment(scene, plan, cluster, *way) for cluster in clusters]
    return Start(first_models(scene, clusters, from_s), scored_s)


def first_models(
    scene: Scene, clusters: Sequence[Cluster], from_s: Sequence[float]
) -> list[Exchange]:
    """Return the broadcast of the first experts in each cluster, after a time.

    Raises ``TooShort`` if one gets none.
    """
    found = []
    for cluster, after_s in zip(clusters, from_s, strict=True):
        first = first_broadcast(scene, cluster, after_s)
        if first is None:
            raise TooShort(
                f"{cluster.group}: no satellite brings its first experts of "
                f"{cluster.bits:.3g} bits in {scene.horizon_s / 3600:g} h; lengthen "
                "scenario.hours, lower the elevation mask, give it fewer experts or "
                "choose smaller ones."
            )
        found.append(first)
    return found


def _add_scores(
    scene: Scene,
    plan: PlanBuilder,
    clusters: Sequence[Cluster],
    bits: float,
    server: Server,
    beams: Beams,
) -> float:
    """Add the way of all scores to the server, and return when it has the last.

    They belong to an update of a cluster that is the initial model yet.
    """
    found = []
    for cluster in clusters:
        cargo = Cargo(len(cluster.clients), bits, bits, SCORES)
        own = soonest_collected(scene, cluster, cargo, 0.0, server, beams)
        if own is None or own.done_s > scene.horizon_s:
            raise TooShort(_late(scene, cluster, "the server never has its scores"))
        slot, done_s = names.update(cluster.name, 0), (own.done_s, own.done_s)
        op = plan.mix(slot, {names.INITIAL: 1.0}, done_s, 0)
        add_uploads_of(plan, op, cluster, own)
        add_way_of(scene, plan, op, own)
        found.append(own)
    return max(own.done_s for own in found)


def _add_assignment(
    scene: Scene,
    plan: PlanBuilder,
    cluster: Cluster,
    bits: float,
    scored_s: float,
    server: Server,
    beams: Beams,
) -> float:
    """Add the way of the assignment to a cluster, and return when it is there.

    It belongs to an operation that leaves the cluster with the initial model.
    """
    answer = soonest_answer(scene, cluster, bits, scored_s, server, beams)
    if answer is None:
        raise TooShort(_late(scene, cluster, "it never learns which experts it has"))
    op = plan.mix(cluster.group, {names.INITIAL: 1.0}, (answer.done_s,) * 2, 0)
    add_answer(scene, plan, op, answer, SCORES)
    ends = (scene.sky.satellite[answer.row], cluster.site)
    times_s = (answer.arrival_s, answer.done_s)
    plan.transfer(op, "access", *ends, times_s, bits, payload=SCORES)
    return answer.done_s


def _late(scene: Scene, cluster: Cluster, what: str) -> str:
    return (
        f"{cluster.group}: {what} in {scene.horizon_s / 3600:g} h; lengthen "
        "scenario.hours, add a ground station or choose profiled: before."
    )
