"""The loop of strategies that repeat a cycle: rounds in all regions, then exchange."""

from collections.abc import Callable

from fedorbit.base.errors import TooShort
from fedorbit.plans.moves.regional import (
    Holder,
    Trained,
    add_ordinary_rounds,
    add_start,
    train_locally,
)
from fedorbit.plans.plan import Plan, PlanBuilder
from fedorbit.plans.scene import Scene

Holders = dict[str, Holder]
"""Who is about to broadcast, by region."""
Cycle = Callable[[PlanBuilder, Holders, range], Holders | None]
"""Adds the rounds of the given numbers and the exchange that ends them; returns the
holders after it, or ``None`` if the cycle does not end before the horizon."""


def plan_cycles(scene: Scene, rounds: int, add_cycle: Cycle, complaint: str) -> Plan:
    """Return a plan of as many whole cycles as fit before the horizon.

    ``rounds`` is the number of rounds in each. Raises ``TooShort`` with
    ``complaint`` if no cycle fits.
    """
    plan = PlanBuilder()
    holders: Holders | None = add_start(scene, plan)
    cycles = 0
    while holders is not None:
        mark = plan.mark()
        first = cycles * rounds + 1
        holders = add_cycle(plan, holders, range(first, first + rounds))
        cycles += 1
    plan.rollback(mark)
    if cycles == 1:
        raise TooShort(complaint)
    return plan.build()


def add_rounds_but_last(
    scene: Scene, plan: PlanBuilder, region: str, holder: Holder, round_numbers: range
) -> tuple[Trained | None, dict[int, float]]:
    """Add all rounds of a cycle but the last, whose uploads are part of the exchange.

    Returns the region when its clients have finished the local steps of the last
    round, ``None`` if that is too late, and the time at which each round was ready.
    """
    after, ready_s = add_ordinary_rounds(
        scene, plan, region, holder, round_numbers[:-1]
    )
    return None if after is None else train_locally(scene, after), ready_s
