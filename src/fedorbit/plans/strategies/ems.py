"""EMS-FL: each cluster trains experts of its own, on and on between its windows.

A. Xu, Z. Zhang, Z. Liu and S. Cui, "EMS-FL", https://arxiv.org/abs/2602.19485, of which
the abstract has been seen. A cluster of devices trains the experts that suit its data
and that no other cluster has, in every disconnected phase. In a window the devices
upload them, the satellite averages them and broadcasts the mean.

Since no expert is in two clusters and all else is frozen, there is nothing to be
synchronised, and no satellite has to know what another has received. Experts cross
access links alone: (K + 1) times the cluster's in a window. Before that, scores of the
gate go to a server, and the assignment comes back. ``profiling``, ``gaps`` and
``exchanges`` below ``fedorbit.plans.moves.clusters`` say how, and what is done where
windows are short.

Means are weighted by numbers of samples, those of ``keep_last`` count all devices the
same. A variant waits: with ``is_synchronous`` no cluster goes on before all have
exchanged.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fedorbit.base.errors import SettingsError, TooShort
from fedorbit.base.settings import Settings, Steps
from fedorbit.plans import names
from fedorbit.plans.moves.clusters.cluster import Cluster, clusters_of, step_s
from fedorbit.plans.moves.clusters.exchanges import (
    Band,
    Exchange,
    add_broadcast,
    add_uploads,
)
from fedorbit.plans.moves.clusters.gaps import Gap, Rules, ShortWindows, next_gap
from fedorbit.plans.moves.clusters.profiling import Profiled, start
from fedorbit.plans.moves.clusters.record import NOW, add_evaluations, add_start
from fedorbit.plans.moves.clusters.ways import Beams
from fedorbit.plans.plan import Plan, PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.strategy import Needs, Strategy
from fedorbit.theory.experts.assignment import Assigned


class Ems(Settings):
    """The settings of EMS-FL."""

    step_cap: Steps
    """The most local steps from one mean of a cluster to the next."""
    short_windows: ShortWindows
    """What is done where a window does not take the uploads of all devices."""
    band: Band
    """Whether devices share the band or upload in turn."""
    is_synchronous: bool
    """Whether all clusters wait for one another after every exchange."""
    trains_when_disconnected: bool
    """Whether devices train between windows, and not in windows alone."""
    profiled: Profiled
    """How the server gets scores of the gate, to assign experts: in contacts, or
    before, for nothing."""

    @property
    def rules(self) -> Rules:
        """Return how a cluster trains and uploads."""
        return Rules(
            self.step_cap,
            self.short_windows,
            self.band,
            self.trains_when_disconnected,
        )


@dataclass(frozen=True)
class Schedule:
    """What a cluster does."""

    first: Exchange
    """The broadcast of its first experts."""
    gaps: list[Gap]


def plan_ems(scene: Scene, settings: Ems, assigned: Assigned) -> Plan:
    """Return the plan of EMS-FL until the horizon.

    ``assigned`` says which experts a cluster has, shape (groups, experts). Raises
    ``SettingsError`` if an expert is in two clusters or a station is missing, and
    ``TooShort`` if a cluster gets no experts, or no cluster exchanges any.
    """
    shared = np.flatnonzero(np.sum(assigned, axis=0) > 1)
    if len(shared):
        raise SettingsError(
            f"expert {shared[0]} is in two clusters, whose trainings would have to be "
            "averaged; assign it to one, or choose federated learning of experts."
        )
    clusters = clusters_of(scene, assigned)
    plan, news_s = PlanBuilder(), []
    add_start(plan, clusters)
    uses = "assignment" if settings.profiled == "in_contact" else "nothing"
    way = (uses, assigned.shape[1], "station", Beams())
    firsts = start(scene, plan, clusters, *way).firsts
    schedules = schedule(scene, clusters, settings, firsts)
    for cluster, own in zip(clusters, schedules, strict=True):
        add = _add_devices if settings.short_windows == "keep_last" else _add_cluster
        add(scene, plan, cluster, own)
        for number, gap in enumerate(own.gaps, start=1):
            time_s = gap.exchange.collected_s
            news_s.append(time_s)
            source = {cluster.group: 1.0}
            now_s = (time_s, time_s)
            plan.mix(names.AVERAGE, source, now_s, number, scope=cluster.scope)
    add_evaluations(scene, plan, clusters, news_s)
    return plan.build()


def schedule(
    scene: Scene,
    clusters: Sequence[Cluster],
    settings: Ems,
    firsts: Sequence[Exchange],
) -> list[Schedule]:
    """Return what each cluster does after its first experts; raises ``TooShort``."""
    schedules = [Schedule(first, []) for first in firsts]
    turns = [0] * len(clusters)
    ready_s = [own.first.ready_s for own in schedules]
    going = set(range(len(clusters)))
    while going:
        gaps = {
            n: next_gap(scene, clusters[n], settings.rules, ready_s[n], turns[n])
            for n in going
        }
        going = {n for n, gap in gaps.items() if gap is not None}
        if settings.is_synchronous and len(going) < len(clusters):
            break
        for n in going:
            schedules[n].gaps.append(gaps[n])
            ready_s[n], turns[n] = gaps[n].exchange.ready_s, gaps[n].next_turn
        if settings.is_synchronous:
            ready_s = [max(ready_s)] * len(clusters)
    if not any(own.gaps for own in schedules):
        raise TooShort(
            f"ems: no exchange of experts fits into {scene.horizon_s / 3600:g} h; "
            "lengthen scenario.hours, lower the elevation mask or give clusters fewer "
            "experts."
        )
    return schedules


def _add_cluster(
    scene: Scene, plan: PlanBuilder, cluster: Cluster, own: Schedule
) -> None:
    """Add one training a gap, of the devices that are heard after it."""
    before = own.first
    for number, gap in enumerate(own.gaps, start=1):
        exchange = gap.exchange
        op = plan.train(
            cluster.group,
            list(exchange.clients),
            gap.steps,
            (before.collected_s, exchange.collected_s),
            number,
            scope=cluster.scope,
        )
        add_broadcast(scene, plan, op, cluster, before)
        add_uploads(scene, plan, op, exchange)
        before = exchange


def _add_devices(
    scene: Scene, plan: PlanBuilder, cluster: Cluster, own: Schedule
) -> None:
    """Add a training for each device, and means of the last uploads of all.

    A device uploads by how much its experts differ from those of its last upload,
    which it has kept; the satellite broadcasts the mean of that, which devices add to
    the mean that they have. So it needs no earlier upload, and it is as many bits.
    Devices that were never heard count with the initial model.
    """
    for client in cluster.clients:
        plan.mix(names.client(client), {names.INITIAL: 1.0}, NOW, 0)
    heard: set[int] = set()
    before = own.first
    for number, gap in enumerate(own.gaps, start=1):
        exchange = gap.exchange
        back_s = (before.ready_s, before.ready_s)
        trained_s = (gap.ready_s, gap.ready_s + gap.steps * step_s(scene))
        for client in exchange.clients:
            slot, scope = names.client(client), cluster.scope
            copy = plan.mix(slot, {cluster.group: 1.0}, back_s, number, scope=scope)
            if client == exchange.clients[0]:
                add_broadcast(scene, plan, copy, cluster, before)
            plan.train(slot, [client], gap.steps, trained_s, number, scope=scope)
        heard |= set(exchange.clients)
        times_s = (exchange.start_s, exchange.collected_s)
        weights = _last_uploads(cluster, heard)
        op = plan.mix(cluster.group, weights, times_s, number, scope=cluster.scope)
        add_uploads(scene, plan, op, exchange)
        before = exchange


def _last_uploads(cluster: Cluster, heard: set[int]) -> dict[str, float]:
    """Return what devices count, and the initial model for those never heard."""
    share = 1 / len(cluster.clients)
    weights = {names.client(client): share for client in sorted(heard)}
    unheard = len(cluster.clients) - len(heard)
    return weights | ({names.INITIAL: unheard * share} if unheard else {})


STRATEGY = Strategy(
    Ems,
    lambda scene, settings: plan_ems(scene, settings, scene.experts.assigned),
    lambda settings: Needs(stations=settings.profiled == "in_contact", experts=True),
)
