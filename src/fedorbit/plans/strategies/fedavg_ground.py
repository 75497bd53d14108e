"""Federated averaging with a ground station as the server.

B. McMahan, E. Moore, D. Ramage, S. Hampson and B. Aguera y Arcas,
"Communication-Efficient Learning of Deep Networks from Decentralized Data",
https://arxiv.org/abs/1602.05629.

Adapted: clients do not reach the server, so satellites carry models between them. A
satellite broadcasts the server's model in a region, clients train, and the satellite
that brings the updates to a station soonest collects them. It averages nothing: it
carries and sends down the update of every participant, and the server waits for all
regions. Hence the difference to hierarchical FL with one regional round: feeder links
and boards are charged one model for every participant on the way down, and one on the
way up.

With ``relays``, the default, models change satellites on their way at clients of
regions (``fedorbit.plans.moves.relays``).
"""

from functools import partial

from fedorbit.base.errors import SettingsError
from fedorbit.base.settings import Settings
from fedorbit.plans.moves.averages import add_ground_cycle
from fedorbit.plans.moves.cycles import plan_cycles
from fedorbit.plans.moves.ground import Cargo
from fedorbit.plans.moves.relays import Network
from fedorbit.plans.plan import Plan
from fedorbit.plans.scene import Scene
from fedorbit.plans.strategy import Needs, Strategy


class FedAvgGround(Settings):
    """The settings of FedAvg at a station, besides ``clients``."""

    relays: bool = True
    """Whether clients of regions hand models on from one satellite to another."""


def plan_fedavg_ground(scene: Scene, settings: FedAvgGround) -> Plan:
    """Return the plan of FedAvg, as many rounds as fit before the horizon.

    Raises ``SettingsError`` if there is no station, ``Infeasible`` if no round fits.
    """
    return plan_server_that_waits(scene, settings, "fedavg_ground")


def plan_server_that_waits(scene: Scene, settings: FedAvgGround, name: str) -> Plan:
    """Return the plan of a server that averages the updates of all in every round.

    ``name`` is the strategy's, for complaints.
    """
    if not scene.stations:
        raise SettingsError(
            f"{name} needs a ground station; add one to scenario.stations."
        )
    return plan_cycles(
        scene,
        1,
        partial(add_ground_cycle, scene, every_update, Network(settings.relays)),
        f"{name}: no round fits into {scene.horizon_s / 3600:g} h; lengthen "
        "scenario.hours, add a ground station or choose a smaller model card.",
    )


def every_update(scene: Scene, region: str) -> Cargo:
    """Return the cargo of a satellite that carries the update of each participant."""
    uploaders = scene.uploaders(region)
    return Cargo(uploaders, scene.model_bits, uploaders * scene.model_bits)


STRATEGY = Strategy(
    FedAvgGround, plan_fedavg_ground, lambda settings: Needs(stations=True)
)
