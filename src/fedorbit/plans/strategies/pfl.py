"""Parallel federated learning: every region for itself.

A baseline of FedMeld (arXiv 2412.17231), of which only the name is published. Two
readings, by ``average``:

* ``never``: regions stay alone to the end, as in FedMeld with a mixing ratio of 0.
* ``last``: they are averaged once, at the end. The published description does not
  tell how the average gets to the regions; here it is as in hierarchical FL: the
  models fly to a ground station and the average flies back, and both are charged.
  Regions train as many rounds as leave time for that.

All regions train the same number of rounds, so that the mean over regions is one of
equal rounds: the plan ends when one of them cannot finish another.
"""

from bisect import bisect_left
from typing import Literal

from fedorbit.base.errors import SettingsError, TooShort
from fedorbit.base.settings import Settings
from fedorbit.plans.moves.averages import add_ground_cycle
from fedorbit.plans.moves.cycles import Holders, add_relayed_broadcasts
from fedorbit.plans.moves.ground import averaged_on_board
from fedorbit.plans.moves.regional import (
    ENDLESS,
    add_evaluations,
    add_ordinary_rounds,
    add_start,
)
from fedorbit.plans.moves.relays import Network
from fedorbit.plans.plan import Plan, PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.strategy import Needs, Strategy


class Pfl(Settings):
    """The settings of parallel federated learning."""

    average: Literal["never", "last"]
    """Whether the regional models are averaged once at the end."""
    relays: bool = True
    """Whether clients of regions hand models on from one satellite to another on their
    way to that average and back."""


def plan_pfl(scene: Scene, settings: Pfl) -> Plan:
    """Return the plan of PFL, as many rounds as fit before the horizon.

    Raises ``SettingsError`` if the average of ``last`` has no station, and
    ``TooShort`` if no round, or not the average, fits.
    """
    if settings.average == "last" and not scene.stations:
        raise SettingsError(
            "PFL: the average at the end needs a ground station; add one to "
            "scenario.stations."
        )
    plan = PlanBuilder()
    holders = add_start(scene, plan)
    rounds = _rounds_that_fit(scene, plan, holders)
    if settings.average == "last":
        relays = settings.relays
        rounds = _rounds_before_average(scene, relays, plan, holders, rounds)
    if rounds == 0:
        raise TooShort(
            f"PFL: no round of all regions{_and_average(settings)} fits into "
            f"{scene.horizon_s / 3600:g} h; lengthen scenario.hours."
        )
    round_numbers = range(1, rounds + 1)
    if settings.average == "last":
        network = Network(settings.relays)
        back = add_ground_cycle(
            scene, averaged_on_board, network, plan, holders, round_numbers
        )
        add_relayed_broadcasts(scene, plan, back)
    else:
        ready_s = {}
        for region, holder in holders.items():
            _, ready_s[region] = add_ordinary_rounds(
                scene, plan, region, holder, round_numbers
            )
        add_evaluations(scene, plan, ready_s)
    return plan.build()


def _and_average(settings: Pfl) -> str:
    return " and their average" if settings.average == "last" else ""


def _rounds_that_fit(scene: Scene, plan: PlanBuilder, holders: Holders) -> int:
    """Return how many rounds the slowest region finishes before the horizon."""
    mark = plan.mark()
    rounds = [
        len(add_ordinary_rounds(scene, plan, region, holder, ENDLESS)[1])
        for region, holder in holders.items()
    ]
    plan.rollback(mark)
    return min(rounds)


def _rounds_before_average(
    scene: Scene, relays: bool, plan: PlanBuilder, holders: Holders, most: int
) -> int:
    """Return after how many rounds, at most ``most``, an average can still come back.

    Bisection finds a number of rounds that fits though one more does not; waits for
    flights differ, so that a larger number might fit by chance.
    """

    def comes_too_late(rounds: int) -> bool:
        mark = plan.mark()
        round_numbers = range(1, rounds + 1)
        back = add_ground_cycle(
            scene, averaged_on_board, Network(relays), plan, holders, round_numbers
        )
        plan.rollback(mark)
        return back is None

    return bisect_left(range(1, most + 1), True, key=comes_too_late)


STRATEGY = Strategy(
    Pfl, plan_pfl, lambda settings: Needs(stations=settings.average == "last")
)
