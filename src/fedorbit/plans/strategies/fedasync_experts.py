"""FedAsync for experts: a server mixes in every cluster's experts as they arrive.

C. Xie, S. Koyejo and I. Gupta, "Asynchronous Federated Optimization",
https://arxiv.org/abs/1903.03934, Algorithm 1 with the polynomial discount.

Adapted: a worker is a cluster, whose satellites average its devices; its experts and
the server's answers travel as ``fedorbit.plans.moves.clusters.trips`` says. There is
no proximal term.
"""

from pydantic import Field

from fedorbit.base.settings import between
from fedorbit.plans import names
from fedorbit.plans.moves.clusters.servers import Update, add_mixes, plan_arrivals
from fedorbit.plans.moves.clusters.trips import Federation
from fedorbit.plans.moves.star import discount
from fedorbit.plans.plan import Plan, PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.strategy import Strategy
from fedorbit.theory.experts.assignment import Assigned


class FedAsyncExperts(Federation):
    """The settings of FedAsync for experts."""

    mixing_ratio: float = Field(gt=0, le=1)
    """Weight of a fresh update in the server's model, alpha."""
    staleness_exponent: between(float, 0.0, 100.0)
    """How fast the weight falls with staleness, a; 0 for not at all."""


def plan_fedasync_experts(
    scene: Scene, settings: FedAsyncExperts, assigned: Assigned
) -> Plan:
    """Return the plan of FedAsync until the horizon.

    ``assigned`` says which experts a cluster trains, shape (groups, experts). Raises
    ``SettingsError`` if a station is missing, and ``TooShort`` if no update arrives.
    """

    def mix_in(plan: PlanBuilder, update: Update, version: int) -> int:
        staleness = update.staleness(version)
        ratio = settings.mixing_ratio * discount(staleness, settings.staleness_exponent)
        weights = {names.GROUND: 1 - ratio, update.trip.slot: ratio}
        mixed = dict.fromkeys(update.trip.cluster.experts, weights)
        add_mixes(plan, mixed, update.arrival_s, version + 1, staleness)
        return version + 1

    return plan_arrivals(scene, assigned, settings, mix_in, "fedasync_experts")


def plan(scene: Scene, settings: FedAsyncExperts) -> Plan:
    """Return the plan with the experts of the scene; errors as above."""
    trained = scene.experts.trained(settings.trains)
    return plan_fedasync_experts(scene, settings, trained)


STRATEGY = Strategy(FedAsyncExperts, plan, FedAsyncExperts.needs)
