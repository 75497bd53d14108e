"""Devices that learn alone: they get the first experts, and send no model ever.

No published strategy, but a bound of what exchanges are worth. Scores of the gate and
the assignment travel as for EMS-FL (``clusters.profiling``). Each device trains the
experts that its cluster has, without a pause, in a model of its own, all devices for
as many rounds as fit for the last cluster that gets experts. The devices' models are
what is evaluated; nobody has their mean.
"""

import math

from fedorbit.base.errors import TooShort
from fedorbit.base.settings import Settings, Steps
from fedorbit.plans import names
from fedorbit.plans.moves.clusters.cluster import Cluster, clusters_of, step_s
from fedorbit.plans.moves.clusters.exchanges import Exchange, add_broadcast
from fedorbit.plans.moves.clusters.profiling import Profiled, start
from fedorbit.plans.moves.clusters.record import NOW, add_test
from fedorbit.plans.moves.clusters.ways import Beams
from fedorbit.plans.plan import Plan, PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.strategy import Needs, Strategy
from fedorbit.theory.experts.assignment import Assigned


class LocalOnly(Settings):
    """The settings of local learning."""

    round_steps: Steps
    """Local steps that count as a round, after which learning rates change."""
    profiled: Profiled
    """How the server gets scores of the gate, to assign experts: in contacts, or
    before, for nothing."""


def plan_local_only(scene: Scene, settings: LocalOnly, assigned: Assigned) -> Plan:
    """Return the plan of local learning until the horizon.

    ``assigned`` says which experts the devices of a cluster train, shape (groups,
    experts). Raises ``TooShort`` if a cluster gets none, or no round fits.
    """
    clusters = clusters_of(scene, assigned)
    plan = PlanBuilder()
    for client in range(len(scene.homes)):
        plan.mix(names.client(client), {names.INITIAL: 1.0}, NOW, 0)
    uses = "assignment" if settings.profiled == "in_contact" else "nothing"
    way = (uses, assigned.shape[1], "station", Beams())
    firsts = start(scene, plan, clusters, *way).firsts
    round_s = settings.round_steps * step_s(scene)
    left_s = scene.horizon_s - max(first.ready_s for first in firsts)
    rounds = math.floor(left_s / round_s)
    if rounds < 1:
        raise TooShort(
            f"local_only: no round of {settings.round_steps} steps fits into "
            f"{scene.horizon_s / 3600:g} h; lengthen scenario.hours or lower "
            "round_steps."
        )
    for cluster, first in zip(clusters, firsts, strict=True):
        _add_cluster(scene, plan, settings, cluster, first, rounds)
    return plan.build()


def _add_cluster(
    scene: Scene,
    plan: PlanBuilder,
    settings: LocalOnly,
    cluster: Cluster,
    first: Exchange,
    rounds: int,
) -> None:
    """Add the trainings of a cluster's devices."""
    round_s = settings.round_steps * step_s(scene)
    for client in cluster.clients:
        slot = names.client(client)
        add_test(plan, cluster, slot, 0.0, 0)
        for number in range(1, rounds + 1):
            start_s = first.ready_s + (number - 1) * round_s
            end_s = min(start_s + round_s, scene.horizon_s)
            work = (settings.round_steps, (start_s, end_s), number)
            op = plan.train(slot, [client], *work, scope=cluster.scope)
            if number == 1 and client == cluster.clients[0]:
                add_broadcast(scene, plan, op, cluster, first)
            if number % scene.evaluation_interval == 0 or number == rounds:
                add_test(plan, cluster, slot, end_s, number)


STRATEGY = Strategy(
    LocalOnly,
    lambda scene, settings: plan_local_only(scene, settings, scene.experts.assigned),
    lambda settings: Needs(stations=settings.profiled == "in_contact", experts=True),
)
