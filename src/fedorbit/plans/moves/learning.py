"""Rounds in which satellites train and their planes come to a mean."""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import chain

from fedorbit.base.errors import Infeasible, TooShort
from fedorbit.plans.moves.agreement import (
    Agreement,
    Way,
    add_agreement,
    add_evaluations,
    agree,
)
from fedorbit.plans.moves.fleet import Fleet, Sent, add_sent, first_copies, over_ring
from fedorbit.plans.moves.rings import Gathered
from fedorbit.plans.plan import Plan, PlanBuilder
from fedorbit.plans.sky import NEVER

SLACK_S = 1e-3  # by which rounds may delay an exchange: rounding, and light


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
    fleet: Fleet,
    exchanges: int,
    scope: Sequence[str],
    prepare: Prepare,
    way: Way,
    most_rounds: int = 1,
    shared: Sequence[str] | None = None,
) -> Plan:
    """Return the plan of rounds of local steps, means in planes and the mean of all.

    A round is local steps of all satellites and the mean of each plane. An exchange
    ends one round or, if planes have to wait for one another, as many of up to
    ``most_rounds`` as do not delay it. As many exchanges as fit are planned. What
    learns is sent, unless only some parts of it are ``shared`` among satellites.
    Raises ``TooShort`` if no exchange fits.
    """
    scene, plan = fleet.scene, PlanBuilder()
    if most_rounds > 1:
        fleet.refuse_batteries()
    first_copies(fleet, plan)
    rounds = _Rounds(fleet, plan, scope, prepare, way, shared)
    mark, done, evaluated = plan.mark(), 0, 0
    try:
        for done in range(1, exchanges + 1):
            mark = plan.mark()
            agreement = rounds.exchange(most_rounds)
            if max(agreement.ready_s.values()) > scene.horizon_s:
                raise TooShort("the scenario ends before the round")
            last, last_round = agreement, rounds.number
            if done % scene.evaluation_interval == 0 or done == exchanges:
                add_evaluations(scene, plan, agreement, rounds.number)
                evaluated = done
    except Infeasible as error:
        plan.rollback(mark)
        done -= 1
        if not done:
            raise type(error)(
                f"no round fits into {scene.horizon_s / 3600:g} h: {error}"
            ) from None
        if done > evaluated:
            add_evaluations(scene, plan, last, last_round)
    return plan.build()


class _Rounds:
    """Rounds as they are added to a plan, one after the other."""

    def __init__(
        self,
        fleet: Fleet,
        plan: PlanBuilder,
        scope: Sequence[str],
        prepare: Prepare,
        way: Way,
        shared: Sequence[str] | None,
    ) -> None:
        self.fleet, self.plan, self.scope = fleet, plan, scope
        self.prepare, self.way = prepare, way
        self.bits = fleet.scene.bits(scope if shared is None else shared)
        self.number = 0
        self.start_s = dict.fromkeys(fleet.planes, 0.0)

    def exchange(self, most_rounds: int) -> Agreement:
        """Add rounds and the mean of all planes, and return how they come to that."""
        self._train()
        count = 1 if most_rounds == 1 else self._rounds_that_fit(most_rounds)
        for _ in range(count - 1):
            self._train()
        agreement = agree(self.fleet, self.start_s, self.bits, self.way)
        add_agreement(self.fleet, self.plan, agreement, self.number, self.scope)
        self.fleet.draw([*agreement.towards, *chain(*agreement.back.values())])
        self.start_s = agreement.ready_s
        return agreement

    def _train(self) -> None:
        """Add a round inside all planes."""
        self.number += 1
        fleet, plan = self.fleet, self.plan
        prepared, shared = self._timed(fleet)
        for plane, own in shared.items():
            times_s = (self.start_s[plane], own.end_s)
            clients, steps = fleet.clients[plane], fleet.scene.local_steps
            op = plan.train(
                plane, clients, steps, times_s, self.number, scope=self.scope
            )
            sent = over_ring(own)
            fleet.draw(sent)
            add_sent(plan, op, sent)
            add_sent(plan, op, [s for s in prepared.sent if fleet.plane_at(s) == plane])
        self.start_s = {plane: own.end_s for plane, own in shared.items()}

    def _timed(self, fleet: Fleet) -> tuple[Preparation, dict[str, Gathered]]:
        """Return what comes before the next round, and how planes come to means."""
        scene = fleet.scene
        free_s = {s: self.start_s[plane] for s, plane in fleet.plane_of.items()}
        prepared = self.prepare(free_s)
        flop = scene.local_steps * scene.batch_size
        flop *= scene.card.step_flop(self.scope, has_inputs=True)
        done_s = prepared.ready_s
        if not prepared.has_trained:
            done_s = fleet.computed_s(done_s, flop)
        shared = {}
        for plane, ring in fleet.rings.items():
            ready_s = {s: done_s[s] for s in ring}
            shared[plane] = fleet.book(fleet.share(plane, self.bits, ready_s))
        return prepared, shared

    def _rounds_that_fit(self, most: int) -> int:
        """Return how many rounds may end until planes exchange, the last one included.

        After so many all planes have the mean as soon as after the last one alone.
        All rounds take as long as the next.
        """
        _, shared = self._timed(self._trial())
        lasts_s = {p: own.end_s - self.start_s[p] for p, own in shared.items()}

        def end_s(count: int) -> float:
            ready_s = {
                p: at_s + (count - 1) * lasts_s[p] for p, at_s in self.start_s.items()
            }
            try:
                found = agree(self._trial(), ready_s, self.bits, self.way)
            except Infeasible:
                return NEVER
            return max(found.ready_s.values())

        soonest_s, enough, too_many = end_s(1), 1, most + 1
        while too_many - enough > 1:
            middle = (enough + too_many) // 2
            if end_s(middle) <= min(soonest_s + SLACK_S, self.fleet.scene.horizon_s):
                enough = middle
            else:
                too_many = middle
        return enough

    def _trial(self) -> Fleet:
        """Return the fleet to plan with, so that no link is taken for that."""
        trial = copy(self.fleet)
        trial.free_s = dict(self.fleet.free_s)
        trial.busy_s = {key: own.copy() for key, own in self.fleet.busy_s.items()}
        return trial
