"""Federated learning of experts: clusters start from one model and wait for all.

The baseline of EMS-FL (A. Xu, Z. Zhang, Z. Liu and S. Cui, "EMS-FL",
https://arxiv.org/abs/2602.19485). The abstract says of it only that it synchronises all
devices; this is our definition. In a round every cluster gets the server's experts,
trains all of them, or those that it is assigned, and sends their mean to the server.
The round ends when the last mean is there, and the server averages each expert over the
clusters that have trained it (B. McMahan et al., https://arxiv.org/abs/1602.05629).
``fedorbit.plans.moves.clusters.trips`` says how models travel.

``local_work`` is ``fixed`` for the study's local steps, or ``filled`` for as many as
the devices would else be idle, up to a cap. ``average`` is ``plain``, or ``by_use``:
each cluster counts in the mean of an expert by how much its gate uses it, which the
server learns from scores that travel before (``clusters.profiling``). A plain mean
divides what a cluster does for its experts by the number of clusters.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fedorbit.base.errors import TooShort
from fedorbit.plans import names
from fedorbit.plans.moves.clusters.cluster import Cluster, clusters_of
from fedorbit.plans.moves.clusters.profiling import Uses
from fedorbit.plans.moves.clusters.record import add_start, add_test
from fedorbit.plans.moves.clusters.servers import add_mixes, add_server
from fedorbit.plans.moves.clusters.trips import (
    Federation,
    Trip,
    add_trip,
    add_way_back,
)
from fedorbit.plans.moves.clusters.ways import Beams
from fedorbit.plans.plan import Plan, PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.strategy import Strategy
from fedorbit.theory.experts.assignment import Assigned
from fedorbit.theory.experts.leakage import plain_shares, shares_of_use


class FlExperts(Federation):
    """The settings of federated learning of experts."""

    average: Literal["plain", "by_use"]
    """Whether clusters count the same in the mean of an expert, or by its use."""

    @property
    def uses(self) -> Uses:
        """Return what the server needs scores for."""
        weighs = self.average == "by_use" and self.profiled == "in_contact"
        return "weights" if weighs and self.trains == "all" else super().uses


def plan_fl_experts(
    scene: Scene, settings: FlExperts, assigned: Assigned, mass: NDArray
) -> Plan:
    """Return the plan, as many whole rounds as fit before the horizon.

    ``assigned`` says which experts a cluster trains, all of them in conventional
    federated learning, and ``mass`` how much its gate uses each; both have the shape
    (groups, experts). Raises ``SettingsError`` if a station is missing, and
    ``TooShort`` if no round fits.
    """
    settings.require_server(scene, "fl_experts")
    clusters = clusters_of(scene, assigned)
    shares = _shares(scene, settings, assigned, mass)
    plan, beams = PlanBuilder(), Beams()
    add_start(plan, clusters)
    add_server(plan)
    begun = settings.start(scene, plan, clusters, assigned, beams)
    held = begun.firsts
    back_s: list[list[float]] = []
    average_s: list[float] = []
    while len(held) == len(clusters):
        number, mark = len(average_s) + 1, plan.mark()
        work = (number, settings, beams)
        trips = [
            add_trip(scene, plan, cluster, own, *work)
            for cluster, own in zip(clusters, held, strict=True)
        ]
        if None in trips:
            plan.rollback(mark)
            break
        average_s.append(max(begun.scored_s, *(trip.done_s for trip in trips)))
        add_mixes(plan, _weights(trips, shares), average_s[-1], number)
        way = (names.GROUND, average_s[-1], settings, beams)
        back = [add_way_back(scene, plan, trip, *way) for trip in trips]
        held = [own for own in back if own is not None]
        back_s.append([own.collected_s for own in held])
    if not average_s:
        raise TooShort(
            f"fl_experts: no round fits into {scene.horizon_s / 3600:g} h; lengthen "
            "scenario.hours, add a ground station or choose smaller experts."
        )
    _add_evaluations(scene, plan, clusters, average_s, back_s)
    return plan.build()


def _shares(
    scene: Scene, settings: FlExperts, assigned: Assigned, mass: NDArray
) -> NDArray:
    """Return what each cluster counts in each expert, shape (groups, experts)."""
    counts = list(scene.weights.values())
    if settings.average == "plain":
        return plain_shares(assigned, counts)
    return shares_of_use(mass, assigned, counts)


def _weights(trips: Sequence[Trip], shares: NDArray) -> dict[int, dict[str, float]]:
    """Return the slots at the server of which each expert is the mean."""
    return {
        int(expert): {
            trip.slot: float(share)
            for trip, share in zip(trips, shares[:, expert], strict=True)
            if share > 0
        }
        for expert in np.flatnonzero(shares.sum(axis=0))
    }


def _add_evaluations(
    scene: Scene,
    plan: PlanBuilder,
    clusters: Sequence[Cluster],
    average_s: Sequence[float],
    back_s: Sequence[Sequence[float]],
) -> None:
    """Evaluate the rounds that are due, each cluster when the server's model is back.

    The last round that is back is always due. The whole model is that of the server.
    """
    rounds = sum(len(times_s) == len(clusters) for times_s in back_s)
    for number in range(1, len(average_s) + 1):
        if number % scene.evaluation_interval == 0 or number in (rounds, len(back_s)):
            if number <= rounds:
                for cluster, time_s in zip(clusters, back_s[number - 1], strict=True):
                    add_test(plan, cluster, cluster.group, time_s, number)
            plan.evaluate(names.AVERAGE, average_s[number - 1], number)


def plan(scene: Scene, settings: FlExperts) -> Plan:
    """Return the plan with the experts of the scene; errors as above."""
    trained = scene.experts.trained(settings.trains)
    return plan_fl_experts(scene, settings, trained, scene.experts.mass)


STRATEGY = Strategy(FlExperts, plan, FlExperts.needs)
