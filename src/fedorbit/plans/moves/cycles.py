"""The loop of strategies that repeat a cycle: rounds in all regions, then exchange."""

from collections.abc import Callable

from fedorbit.base.errors import TooShort
from fedorbit.plans.moves.regional import (
    Holder,
    Trained,
    add_broadcast,
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
    holders = add_start(scene, plan)
    cycles, mark = 0, plan.mark()
    while back := add_cycle(plan, holders, _numbers(cycles, rounds)):
        holders, mark = back, plan.mark()
        cycles += 1
    plan.rollback(mark)
    if cycles == 0:
        raise TooShort(complaint)
    add_relayed_broadcasts(scene, plan, holders)
    return plan.build()


def _numbers(cycle: int, rounds: int) -> range:
    """Return the numbers of the rounds of a cycle, which count from 0."""
    return range(cycle * rounds + 1, (cycle + 1) * rounds + 1)


def add_relayed_broadcasts(scene: Scene, plan: PlanBuilder, holders: Holders) -> None:
    """Add the broadcasts that were handed on and begin no further round.

    A broadcast is charged with the round that it begins, and these have none.
    """
    for region, holder in holders.items():
        if holder.relayed is not None:
            add_broadcast(scene, plan, holder.relayed, region, holder)


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
