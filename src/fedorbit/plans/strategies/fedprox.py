"""FedProx with a ground station as the server.

T. Li, A. K. Sahu, M. Zaheer, M. Sanjabi, A. Talwalkar and V. Smith, "Federated
Optimization in Heterogeneous Networks", MLSys 2020, https://arxiv.org/abs/1812.06127.

Each client adds mu / 2 times the squared distance from the model that it received to
its loss (their equation 2), which keeps its local steps from drifting away. Adapted:
all else is as in ``fedavg_ground``, weights included. Devices are equally fast, so that
every client takes all local steps; the paper also lets slow ones take fewer.
"""

from dataclasses import replace

from fedorbit.base.settings import between
from fedorbit.plans.plan import Plan
from fedorbit.plans.scene import Scene
from fedorbit.plans.strategies.fedavg_ground import FedAvgGround, plan_server_that_waits
from fedorbit.plans.strategy import Needs, Strategy


class FedProx(FedAvgGround):
    """The settings of FedProx."""

    proximal: between(float, 0.0, 1e6)
    """Strength of the pull towards the received model, mu; 0 is FedAvg."""


def plan_fedprox(scene: Scene, settings: FedProx) -> Plan:
    """Return the plan of FedProx, as many rounds as fit before the horizon.

    Raises ``SettingsError`` if there is no station, ``Infeasible`` if no round fits.
    """
    pulled = replace(scene, proximal=settings.proximal)
    return plan_server_that_waits(pulled, settings, "fedprox")


STRATEGY = Strategy(FedProx, plan_fedprox, lambda settings: Needs(stations=True))
