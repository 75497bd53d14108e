"""Plans of the short trainings that tell FedMeld's bound of a network and its data."""

import pandas as pd

from fedorbit.plans.moves.regional import slot
from fedorbit.plans.plan import PlanBuilder
from fedorbit.plans.scene import Scene


def pilot_ops(
    scene: Scene, round_interval: int, mixing_ratio: float, rounds: int
) -> pd.DataFrame:
    """Return what FedMeld's clients learn in some rounds, without a sky.

    The operations make the same models as those of ``plan_fedmeld``, but every round
    takes one second. All regional models and their ``average`` are evaluated once, in
    the last round.
    """
    plan = PlanBuilder()
    for region in scene.regions:
        plan.mix(slot(region), {"initial": 1.0}, (0.0, 0.0), 0)
        plan.mix(_kept(region, 0), {slot(region): 1.0}, (0.0, 0.0), 0)
    for number in range(1, rounds + 1):
        for region in scene.regions:
            clients = scene.participants(region, number)
            times_s = (number - 1.0, float(number))
            plan.train(slot(region), clients, scene.local_steps, times_s, number)
        if number % round_interval == 0:
            _add_mixing(scene, plan, round_interval, mixing_ratio, number)
    end_s = float(rounds)
    for region in scene.regions:
        plan.evaluate(slot(region), end_s, rounds)
    equal = {slot(region): 1 / len(scene.regions) for region in scene.regions}
    plan.mix("average", equal, (end_s, end_s), rounds)
    plan.evaluate("average", end_s, rounds)
    return plan.build().ops


def _add_mixing(
    scene: Scene, plan: PlanBuilder, interval: int, ratio: float, number: int
) -> None:
    """Mix every region's model with the one its neighbour broadcast a cycle ago."""
    now_s = (float(number), float(number))
    for position, region in enumerate(scene.regions):
        carried = _kept(scene.regions[position - 1], number - interval)
        weights = {slot(region): 1 - ratio, carried: ratio}
        plan.mix(slot(region), weights, now_s, number, interval)
        plan.mix(_kept(region, number), {slot(region): 1.0}, now_s, number)


def _kept(region: str, number: int) -> str:
    return f"kept/{region}/{number}"
