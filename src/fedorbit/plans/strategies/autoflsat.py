"""A hierarchy without a server whose planes train while they wait for one another.

G. Kim et al., "Space for Improvement: Navigating the Design Space for Federated
Learning in Satellite Constellations", https://arxiv.org/abs/2411.00263, and the public
code, gkim65/federated-satellites, whose ``AutoFLSat2`` trains until the next time at
which clusters can exchange models.

The satellites of a plane train and take the mean around their ring. Then the planes
take the mean of theirs, at once if they can. If they must wait for windows between
planes, they use the wait for more rounds inside: as many as do not make the mean of all
later, all planes the same number.

Adapted: a cluster is an orbital plane. The number of rounds, each with the local steps
of the study, takes the place of the number of epochs in a single round. The code opens
an exchange at the first window that is 200 s long, and charges its time alone; here the
exchange is any of the ways of ``onboard``, bit by bit, and waits where that way waits.
With ``most_rounds`` 1 it is ``onboard``.
"""

from fedorbit.base.settings import Rounds
from fedorbit.plans.moves.aboard import Aboard, features_on_board, scope_of
from fedorbit.plans.moves.agreement import Way
from fedorbit.plans.moves.fleet import Fleet
from fedorbit.plans.moves.learning import plan_rounds
from fedorbit.plans.plan import Plan
from fedorbit.plans.scene import Scene
from fedorbit.plans.strategies.onboard import needs_of_planes
from fedorbit.plans.strategy import Strategy


class AutoFlSat(Aboard):
    """The settings of the hierarchy."""

    inter_orbit: Way
    """How planes come to the mean of their models."""
    most_rounds: Rounds
    """The most rounds in planes before each exchange between them."""
    exchanges: Rounds
    """Exchanges between planes, or as many as fit."""


def plan_autoflsat(scene: Scene, settings: AutoFlSat) -> Plan:
    """Return the plan of the hierarchy; raises ``Infeasible`` if no exchange fits."""
    fleet = Fleet(scene)
    return plan_rounds(
        fleet,
        settings.exchanges,
        scope_of(scene, settings.learns),
        features_on_board(fleet, settings),
        settings.inter_orbit,
        settings.most_rounds,
    )


STRATEGY = Strategy(AutoFlSat, plan_autoflsat, needs_of_planes)
