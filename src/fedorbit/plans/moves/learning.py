"""Rounds in which satellites train and their planes come to a mean."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fedorbit.base.errors import Infeasible, TooShort
from fedorbit.plans.costs import ALL
from fedorbit.plans.moves.agreement import (
    Way,
    add_agreement,
    add_evaluations,
    agree,
)
from fedorbit.plans.moves.fleet import Fleet, Sent, add_sent, first_copies, over_ring
from fedorbit.plans.plan import Plan, PlanBuilder


@dataclass(frozen=True)
class Preparation:
    """What comes before the local steps of a round."""

    ready_s: dict[str, float]
    """From when on each satellite can take them."""
    sent: list[Sent]
    """What is sent for it."""
    has_trained: bool = False
    """Whether the local steps are part of it."""


Prepare = Callable[[dict[str, float]], Preparation]
"""From when each satellite is free, to when it can take the local steps of a round."""


def plan_rounds(
    fleet: Fleet, rounds: int, scope: Sequence[str], prepare: Prepare, way: Way
) -> Plan:
    """Return the plan of rounds of local steps, means in planes and the mean of all.

    As many rounds as fit are planned. Raises ``TooShort`` if none fits.
    """
    scene, plan = fleet.scene, PlanBuilder()
    first_copies(fleet, plan)
    start_s = dict.fromkeys(fleet.planes, 0.0)
    mark, done = plan.mark(), 0
    try:
        for round_number in range(1, rounds + 1):
            mark = plan.mark()
            agreement = _add_round(
                fleet, plan, start_s, scope, prepare, way, round_number
            )
            start_s = agreement.ready_s
            if max(start_s.values()) > scene.horizon_s:
                raise TooShort("the scenario ends before the round")
            done = round_number
            if done % scene.evaluation_interval == 0 or done == rounds:
                add_evaluations(plan, agreement, done)
            last = agreement
    except Infeasible as error:
        plan.rollback(mark)
        if not done:
            raise type(error)(
                f"no round fits into {scene.horizon_s / 3600:g} h: {error}"
            ) from None
        if done % scene.evaluation_interval:
            add_evaluations(plan, last, done)
    return plan.build()


def _add_round(
    fleet: Fleet,
    plan: PlanBuilder,
    start_s: dict[str, float],
    scope: Sequence[str],
    prepare: Prepare,
    way: Way,
    round_number: int,
):
    """Add a round, and return how planes come to the mean that ends it."""
    scene, bits = fleet.scene, fleet.scene.bits(sent_parts(scope))
    free_s = {s: start_s[plane] for s, plane in fleet.plane_of.items()}
    prepared = prepare(free_s)
    steps_flop = scene.local_steps * scene.batch_size
    steps_flop *= scene.card.step_flop(scope, has_inputs=True)
    done_s = prepared.ready_s
    if not prepared.has_trained:
        done_s = fleet.computed_s(done_s, steps_flop)
    at_s = {}
    for plane, ring in fleet.rings.items():
        ready_s = {s: done_s[s] for s in ring}
        shared = fleet.book(fleet.share(plane, bits, ready_s))
        at_s[plane] = shared.end_s
        times_s = (start_s[plane], shared.end_s)
        clients, steps = fleet.clients[plane], scene.local_steps
        op = plan.train(plane, clients, steps, times_s, round_number, scope=scope)
        sent = over_ring(shared)
        fleet.draw(sent)
        add_sent(plan, op, sent)
        add_sent(plan, op, [s for s in prepared.sent if fleet.plane_at(s) == plane])
    agreement = agree(fleet, at_s, bits, way)
    add_agreement(fleet, plan, agreement, round_number, scope)
    return agreement


def sent_parts(scope: Sequence[str]) -> Sequence[str]:
    """Return which of the parts that learn are in space, and sent around there.

    Adapters of the backbone are where the backbone is.
    """
    return scope if tuple(scope) == ALL else [p for p in scope if p != "adapter"]
