"""Plans of the short trainings that tell FedMeld's bound of a network and its data."""

import pandas as pd

from fedorbit.plans import names
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
        plan.mix(names.region(region), {names.INITIAL: 1.0}, (0.0, 0.0), 0)
        plan.mix(names.kept(region, 0), {names.region(region): 1.0}, (0.0, 0.0), 0)
    for round_number in range(1, rounds + 1):
        for region in scene.regions:
            clients = scene.participants(region, round_number)
            times_s = (round_number - 1.0, float(round_number))
            plan.train(
                names.region(region), clients, scene.local_steps, times_s, round_number
            )
        if round_number % round_interval == 0:
            _add_mixing(scene, plan, round_interval, mixing_ratio, round_number)
    end_s = float(rounds)
    for region in scene.regions:
        plan.evaluate(names.region(region), end_s, rounds)
    equal = {names.region(region): 1 / len(scene.regions) for region in scene.regions}
    plan.mix(names.AVERAGE, equal, (end_s, end_s), rounds)
    plan.evaluate(names.AVERAGE, end_s, rounds)
    return plan.build().ops


def _add_mixing(
    scene: Scene, plan: PlanBuilder, interval: int, ratio: float, round_number: int
) -> None:
    """Mix every region's model with the one its neighbour broadcast a cycle ago."""
    now_s = (float(round_number), float(round_number))
    for position, region in enumerate(scene.regions):
        carried = names.kept(scene.regions[position - 1], round_number - interval)
        weights = {names.region(region): 1 - ratio, carried: ratio}
        plan.mix(names.region(region), weights, now_s, round_number, interval)
        kept = names.kept(region, round_number)
        plan.mix(kept, {names.region(region): 1.0}, now_s, round_number)
