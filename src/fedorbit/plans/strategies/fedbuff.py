"""FedBuff: the server waits for a few updates and takes their mean change as a step.

J. Nguyen, K. Malik, H. Zhan, A. Yousefpour, M. Rabbat, M. Malek and D. Huba,
"Federated Learning with Buffered Asynchronous Aggregation",
https://arxiv.org/abs/2106.06639, Algorithm 1 with the discount of its experiments.

Adapted: a worker is a region, whose satellites average its clients, and satellites
carry updates to a ground station and answers back (``fedorbit.plans.moves.star``). The
server keeps the models that it handed out, so that an update is a model and its
change is counted at the ground. A region whose update is still in the buffer goes on
from the server's model without it. There is no secure aggregation; the weight of a
region does not enter.
"""

from fedorbit.base.settings import Rounds, Settings, between
from fedorbit.plans import names
from fedorbit.plans.moves.relays import Network
from fedorbit.plans.moves.star import Update, discount, plan_star
from fedorbit.plans.plan import Plan, PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.strategy import Needs, Strategy


class FedBuff(Settings):
    """The settings of FedBuff."""

    regional_rounds: Rounds
    """Rounds in a region from one model of the server to the update of it."""
    buffer_size: between(int, 1, 10_000)
    """Updates that the server waits for, K."""
    server_rate: between(float, 1e-6, 1e6)
    """Length of the server's step along the mean change, eta_g."""
    staleness_exponent: between(float, 0.0, 100.0)
    """How fast the weight of a change falls with staleness; 0.5 in the paper."""
    relays: bool = True
    """Whether clients of regions hand models on from one satellite to another."""


def plan_fedbuff(scene: Scene, settings: FedBuff) -> Plan:
    """Return the plan of FedBuff until the horizon.

    Raises ``SettingsError`` if there is no station, and ``Infeasible`` if the buffer
    never fills.
    """
    buffer: list[Update] = []

    def collect(plan: PlanBuilder, update: Update, version: int) -> int:
        buffer.append(update)
        if len(buffer) < settings.buffer_size:
            return version
        plan.mix(
            names.GROUND,
            _step(settings, buffer, version),
            (update.arrival_s, update.arrival_s),
            version + 1,
            max(waiting.staleness(version) for waiting in buffer),
        )
        buffer.clear()
        return version + 1

    return plan_star(
        scene, settings.regional_rounds, Network(settings.relays), collect, "fedbuff"
    )


def _step(settings: FedBuff, buffer: list[Update], version: int) -> dict[str, float]:
    """Return the weights of slots in the server's model after a step.

    That is its model, each update with its discounted part of the step, and the model
    that the update started from with the same part taken away.
    """
    weights = {names.GROUND: 1.0}
    for update in buffer:
        stale = discount(update.staleness(version), settings.staleness_exponent)
        part = settings.server_rate * stale / len(buffer)
        weights[update.slot] = part
        weights[update.base] = weights.get(update.base, 0.0) - part
    return weights


STRATEGY = Strategy(FedBuff, plan_fedbuff, lambda settings: Needs(stations=True))
