"""FedProx of satellites with a server at the ground stations.

T. Li, A. K. Sahu, M. Zaheer, M. Sanjabi, A. Talwalkar and V. Smith, "Federated
Optimization in Heterogeneous Networks", MLSys 2020, https://arxiv.org/abs/1812.06127,
for satellites as in G. R. Kim, F. Svoboda and N. D. Lane, "Bringing Federated Learning
to Space", https://arxiv.org/abs/2511.14889, and in its public code FLySTacK,
gkim65/federated-satellites: ``fedProxSat``, and ``fedProx22Sat`` if scheduled.

As ``fedavg_satellites``, but a satellite trains until its next contact, so that each
takes another number of local steps, and the proximal term holds it near the model that
it fetched. The next contact is the next pass that begins and in which the model can be
sent; antennas that others take then do not change the number.

Adapted: there are at least the local steps of the study, as in ``fedProx22Sat``, and at
most ``most_steps``. With ``most_steps`` the local steps of the study and ``proximal`` 0
it is ``fedavg_satellites``.
"""

from fedorbit.base.errors import SettingsError
from fedorbit.base.settings import Steps, between
from fedorbit.plans.moves.visits import Visits
from fedorbit.plans.plan import Plan
from fedorbit.plans.scene import Scene
from fedorbit.plans.strategies.fedavg_satellites import (
    FedAvgSatellites,
    plan_rounds_of_server,
)
from fedorbit.plans.strategy import Needs, Strategy


class FedProxSatellites(FedAvgSatellites):
    """The settings of FedProx of satellites."""

    proximal: between(float, 0.0, 1e6)
    """Strength of the pull towards the fetched model, mu."""
    most_steps: Steps
    """The most local steps of a satellite in a round."""


def plan_fedprox_satellites(scene: Scene, settings: FedProxSatellites) -> Plan:
    """Return the plan of FedProx of satellites.

    Raises ``SettingsError`` without stations or if ``most_steps`` are fewer than the
    local steps, ``TooShort`` if no round fits.
    """
    if settings.most_steps < scene.local_steps:
        raise SettingsError(
            f"most_steps is {settings.most_steps}, fewer than the "
            f"{scene.local_steps} of training.local_steps, which a satellite takes at "
            "least; raise it."
        )

    def steps(visits: Visits, satellite: str, from_s: float, step_s: float) -> int:
        fit = (visits.next_rise_s(satellite, from_s) - from_s) / step_s
        return int(max(scene.local_steps, min(settings.most_steps, fit)))

    return plan_rounds_of_server(scene, settings, steps, settings.proximal)


STRATEGY = Strategy(
    FedProxSatellites,
    plan_fedprox_satellites,
    lambda settings: Needs(stations=True, features=settings.learns == "head"),
)
