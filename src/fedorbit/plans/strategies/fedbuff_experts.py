"""FedBuff for experts: a server waits for a few clusters and steps along their mean.

J. Nguyen, K. Malik, H. Zhan, A. Yousefpour, M. Rabbat, M. Malek and D. Huba,
"Federated Learning with Buffered Asynchronous Aggregation",
https://arxiv.org/abs/2106.06639, Algorithm 1 with the discount of its experiments.

Adapted: a worker is a cluster, whose satellites average its devices; its experts and
the server's answers travel as ``fedorbit.plans.moves.clusters.trips`` says. The server
keeps the models that it handed out. The change of an expert is the mean over those
clusters in the buffer that train it.
"""

from collections.abc import Sequence

from fedorbit.base.settings import between
from fedorbit.plans import names
from fedorbit.plans.moves.clusters.servers import Update, add_mixes, plan_arrivals
from fedorbit.plans.moves.clusters.trips import Federation
from fedorbit.plans.moves.star import discount
from fedorbit.plans.plan import Plan, PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.strategy import Strategy
from fedorbit.theory.experts.assignment import Assigned


class FedBuffExperts(Federation):
    """The settings of FedBuff for experts."""

    buffer_size: between(int, 1, 10_000)
    """Updates that the server waits for, K."""
    server_rate: between(float, 1e-6, 1e6)
    """Length of the server's step along the mean change, eta_g."""
    staleness_exponent: between(float, 0.0, 100.0)
    """How fast the weight of a change falls with staleness; 0.5 in the paper."""


def plan_fedbuff_experts(
    scene: Scene, settings: FedBuffExperts, assigned: Assigned
) -> Plan:
    """Return the plan of FedBuff until the horizon.

    ``assigned`` says which experts a cluster trains, shape (groups, experts). Raises
    ``SettingsError`` if a station is missing, and ``TooShort`` if the buffer never
    fills.
    """
    buffer: list[Update] = []

    def collect(plan: PlanBuilder, update: Update, version: int) -> int:
        buffer.append(update)
        if len(buffer) < settings.buffer_size:
            return version
        experts = sorted(
            {e for waiting in buffer for e in waiting.trip.cluster.experts}
        )
        weights = {e: _step(settings, _with(buffer, e), version) for e in experts}
        staleness = max(waiting.staleness(version) for waiting in buffer)
        add_mixes(plan, weights, update.arrival_s, version + 1, staleness)
        buffer.clear()
        return version + 1

    return plan_arrivals(scene, assigned, settings, collect, "fedbuff_experts")


def _with(buffer: Sequence[Update], expert: int) -> list[Update]:
    """Return the updates that are of an expert."""
    return [update for update in buffer if expert in update.trip.cluster.experts]


def _step(
    settings: FedBuffExperts, updates: Sequence[Update], version: int
) -> dict[str, float]:
    """Return the weights of slots in an expert of the server after a step.

    That is its expert, each update with its discounted part of the step, and the model
    that the update started from with the same part taken away.
    """
    weights = {names.GROUND: 1.0}
    for update in updates:
        stale = discount(update.staleness(version), settings.staleness_exponent)
        part = settings.server_rate * stale / len(updates)
        weights[update.trip.slot] = part
        weights[update.base] = weights.get(update.base, 0.0) - part
    return weights


def plan(scene: Scene, settings: FedBuffExperts) -> Plan:
    """Return the plan with the experts of the scene; errors as above."""
    trained = scene.experts.trained(settings.trains)
    return plan_fedbuff_experts(scene, settings, trained)


STRATEGY = Strategy(FedBuffExperts, plan, FedBuffExperts.needs)
