"""Learning on board alone: satellites run the whole model, and planes average theirs.

The baseline of split fine-tuning (arXiv 2504.10403), and a hierarchy without a server:
the satellites of a plane take the mean around their ring, then the planes take theirs.
"""

from typing import Any

from fedorbit.base.settings import Rounds
from fedorbit.plans.moves.aboard import Aboard, features_on_board, scope_of
from fedorbit.plans.moves.agreement import Way
from fedorbit.plans.moves.fleet import Fleet
from fedorbit.plans.moves.learning import plan_rounds
from fedorbit.plans.plan import Plan
from fedorbit.plans.scene import Scene
from fedorbit.plans.strategy import Needs, Strategy


class Onboard(Aboard):
    """The settings of learning on board."""

    inter_orbit: Way
    """How planes come to the mean of their models."""
    rounds: Rounds
    """Rounds of local steps and averaging, or as many as fit."""


def plan_onboard(scene: Scene, settings: Onboard) -> Plan:
    """Return the plan of learning on board; raises ``Infeasible`` if no round fits."""
    fleet = Fleet(scene)
    prepare = features_on_board(fleet, settings)
    scope = scope_of(scene, settings.learns)
    return plan_rounds(fleet, settings.rounds, scope, prepare, settings.inter_orbit)


def needs_of_planes(settings: Any) -> Needs:
    """Return what rings and one way between planes need."""
    return Needs(
        stations=settings.inter_orbit == "ground",
        isls="optical",
        crossings=settings.inter_orbit != "ground",
        features=settings.learns == "head",
    )


STRATEGY = Strategy(Onboard, plan_onboard, needs_of_planes)
