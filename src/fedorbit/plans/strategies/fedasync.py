"""FedAsync: the server mixes in every update as it arrives, stale ones less.

C. Xie, S. Koyejo and I. Gupta, "Asynchronous Federated Optimization",
https://arxiv.org/abs/1903.03934, Algorithm 1 with the polynomial discount.

Adapted: a worker is a region, whose satellites average its clients, and satellites
carry updates to a ground station and answers back (``fedorbit.plans.moves.star``).
There is no proximal term. Staleness is counted as the versions that came in between,
so that a fresh update has the whole mixing ratio; the weight of a region does not
enter.
"""

from pydantic import Field

from fedorbit.base.settings import Rounds, Settings, between
from fedorbit.plans import names
from fedorbit.plans.moves.relays import Network
from fedorbit.plans.moves.star import Update, discount, plan_star
from fedorbit.plans.plan import Plan, PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.strategy import Needs, Strategy


class FedAsync(Settings):
    """The settings of FedAsync."""

    regional_rounds: Rounds
    """Rounds in a region from one model of the server to the update of it."""
    mixing_ratio: float = Field(gt=0, le=1)
    """Weight of a fresh update in the server's model, alpha."""
    staleness_exponent: between(float, 0.0, 100.0)
    """How fast the weight falls with staleness, a; 0 for not at all."""
    relays: bool = True
    """Whether clients of regions hand models on from one satellite to another."""


def plan_fedasync(scene: Scene, settings: FedAsync) -> Plan:
    """Return the plan of FedAsync until the horizon.

    Raises ``SettingsError`` if there is no station, and ``Infeasible`` if no update
    arrives.
    """

    def mix_in(plan: PlanBuilder, update: Update, version: int) -> int:
        staleness = update.staleness(version)
        ratio = settings.mixing_ratio * discount(staleness, settings.staleness_exponent)
        plan.mix(
            names.GROUND,
            {names.GROUND: 1 - ratio, update.slot: ratio},
            (update.arrival_s, update.arrival_s),
            version + 1,
            staleness,
        )
        return version + 1

    return plan_star(
        scene, settings.regional_rounds, Network(settings.relays), mix_in, "fedasync"
    )


STRATEGY = Strategy(FedAsync, plan_fedasync, lambda settings: Needs(stations=True))
