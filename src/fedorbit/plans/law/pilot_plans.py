"""The plan of the pilot training that measures the two curves of the law for alpha."""

import pandas as pd

from fedorbit.plans import names
from fedorbit.plans.plan import PlanBuilder
from fedorbit.plans.scene import Scene


def law_pilot_ops(
    scene: Scene, round_interval: int, rounds: int, alone_rounds: int
) -> pd.DataFrame:
    """Return some rounds with averages of all regions, then some without, and no sky.

    All regions are averaged after every ``round_interval`` of the first ``rounds``, a
    multiple of it, and the average is evaluated at the beginning and each time. Then
    regions learn alone, and their models and the ``average`` of these are evaluated
    after 1, 2, 4, 8, ... and after ``alone_rounds`` rounds. Every round takes one
    second.
    """
    plan = PlanBuilder()
    for region in scene.regions:
        plan.mix(names.region(region), {names.INITIAL: 1.0}, (0.0, 0.0), 0)
    _add_average(scene, plan, 0)
    seen = evaluated_alone(alone_rounds)
    for round_number in range(1, rounds + alone_rounds + 1):
        _add_round(scene, plan, round_number)
        alone = round_number - rounds
        if alone <= 0 and round_number % round_interval == 0:
            _add_average(scene, plan, round_number)
            now_s = (float(round_number), float(round_number))
            for region in scene.regions:
                slot = names.region(region)
                plan.mix(slot, {names.AVERAGE: 1.0}, now_s, round_number)
        if alone in seen:
            for region in scene.regions:
                now_s = float(round_number)
                plan.evaluate(names.region(region), now_s, round_number)
            _add_average(scene, plan, round_number)
    return plan.build().ops


def evaluated_alone(alone_rounds: int) -> list[int]:
    """Return after how many rounds alone models are evaluated: 1, 2, 4, ..., all."""
    powers = [2**k for k in range(alone_rounds.bit_length())]
    return sorted({*powers, alone_rounds})


def _add_round(scene: Scene, plan: PlanBuilder, round_number: int) -> None:
    for region in scene.regions:
        clients = scene.participants(region, round_number)
        times_s = (round_number - 1.0, float(round_number))
        plan.train(
            names.region(region), clients, scene.local_steps, times_s, round_number
        )


def _add_average(scene: Scene, plan: PlanBuilder, round_number: int) -> None:
    """Average all regions, which weigh the same, and evaluate the average."""
    equal = {names.region(region): 1 / len(scene.regions) for region in scene.regions}
    now_s = (float(round_number), float(round_number))
    plan.mix(names.AVERAGE, equal, now_s, round_number)
    plan.evaluate(names.AVERAGE, now_s[1], round_number)
