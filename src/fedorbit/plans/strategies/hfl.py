"""Hierarchical federated learning: regional rounds, then one average at the ground.

A baseline of FedMeld (arXiv 2412.17231), of which only the name is published; this
is the definition of docs/papers/fedmeld.md, in the manner of L. Liu, J. Zhang, S. H.
Song and K. B. Letaief, "Client-Edge-Cloud Hierarchical Federated Learning",
https://arxiv.org/abs/1905.06641.

After ``regional_rounds`` (kappa2) rounds the satellite that can bring a region's
model to a ground station soonest collects the uploads. When the models of all
regions are there, they are averaged and go back, again by the satellite that can
broadcast soonest. Regions wait meanwhile.

With ``relays``, the default, models change satellites on their way at clients of
regions (``fedorbit.plans.moves.relays``); with ``isl`` satellites hand them on to one
another, too.
"""

from functools import partial
from typing import Literal

from fedorbit.base.errors import SettingsError
from fedorbit.base.settings import Rounds, Settings
from fedorbit.plans.moves.averages import add_ground_cycle
from fedorbit.plans.moves.cycles import plan_cycles
from fedorbit.plans.moves.ground import averaged_on_board
from fedorbit.plans.moves.relays import Network
from fedorbit.plans.plan import Plan
from fedorbit.plans.scene import Scene
from fedorbit.plans.strategy import Needs, Strategy


class Hfl(Settings):
    """The settings of hierarchical federated learning."""

    regional_rounds: Rounds
    """Rounds in each region from one global average to the next, kappa2."""
    relays: bool = True
    """Whether clients of regions hand models on from one satellite to another."""
    isl: Literal["radio", "optical"] | None = None
    """Which of the two budgets of ``links`` the links between satellites have; if none,
    there are no links."""


def plan_hfl(scene: Scene, settings: Hfl) -> Plan:
    """Return the plan of HFL, as many whole cycles as fit before the horizon.

    Raises ``SettingsError`` if there is no station, ``Infeasible`` if no cycle fits.
    """
    if not scene.stations:
        raise SettingsError("HFL needs a ground station; add one to scenario.stations.")
    network = Network(settings.relays, scene.isls if settings.isl else None)
    return plan_cycles(
        scene,
        settings.regional_rounds,
        partial(add_ground_cycle, scene, averaged_on_board, network),
        f"HFL: no global average fits into {scene.horizon_s / 3600:g} h; lengthen "
        "scenario.hours, lower regional_rounds or add a ground station.",
    )


STRATEGY = Strategy(
    Hfl, plan_hfl, lambda settings: Needs(stations=True, isls=settings.isl)
)
