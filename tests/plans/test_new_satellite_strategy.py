"""A strategy of satellites in a few lines: planes average with the next one alone."""

from dataclasses import replace

from tests.plans.aboard import star_scene

from fedorbit.base.settings import Rounds, Settings
from fedorbit.plans.check import check_plan
from fedorbit.plans.moves.fleet import Fleet, add_sent, first_copies, over_ring
from fedorbit.plans.plan import PlanBuilder
from fedorbit.plans.strategy import Needs, Strategy

HEAD = ("head",)


class Neighbours(Settings):
    """The settings of the exchange with one neighbour."""

    rounds: Rounds
    """Rounds of local steps, each with an exchange."""


def plan_neighbours(scene, settings):
    """Return a plan in which each plane takes half of the model of the one before."""
    fleet, plan = Fleet(scene), PlanBuilder()
    first_copies(fleet, plan)
    flop = scene.local_steps * scene.batch_size * scene.card.step_flop(HEAD, False)
    now_s, bits = 0.0, scene.bits(HEAD)
    for number in range(1, settings.rounds + 1):
        done_s = fleet.computed_s(dict.fromkeys(fleet.plane_of, now_s), flop)
        ends_s = {}
        for plane in fleet.planes:
            shared = fleet.book(fleet.share(plane, bits, done_s))
            times_s, clients = (now_s, shared.end_s), fleet.clients[plane]
            op = plan.train(plane, clients, 2, times_s, number, scope=HEAD)
            add_sent(plan, op, over_ring(shared))
            ends_s[plane] = shared.end_s
        now_s = max(ends_s.values()) + 60.0
        copies = [f"kept/{plane}/{number}" for plane in fleet.planes]
        for plane, copy in zip(fleet.planes, copies, strict=True):
            plan.mix(copy, {plane: 1.0}, (now_s, now_s), number)
        for plane, before in zip(fleet.planes, copies[-1:] + copies[:-1], strict=True):
            half = {plane: 0.5, before: 0.5}
            plan.mix(plane, half, (now_s, now_s), number, scope=HEAD)
            plan.evaluate(plane, now_s, number)
    return plan.build()


STRATEGY = Strategy(Neighbours, plan_neighbours, lambda settings: Needs(isls="optical"))


def test_a_strategy_of_satellites_takes_few_lines():
    scene = replace(star_scene(), crossings=None)
    plan = STRATEGY.plan(scene, Neighbours(rounds=3))
    check_plan(plan, scene)
    assert set(plan.ledger["link"]) == {"isl"} and plan.ops["round"].max() == 3
