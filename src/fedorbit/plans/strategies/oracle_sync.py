"""Perfect synchrony: after every round all regions are averaged at once.

No published strategy, but a bound: FedMeld with an interval of one round and no
flight, and all regions mixed instead of neighbours. After each round all wait for the
slowest region; then every satellite has the average in no time and for no bits, and
the first to have risen over a region broadcasts it. Only access links are charged.
"""

from functools import partial

from fedorbit.base.settings import Settings
from fedorbit.plans import names
from fedorbit.plans.moves.cycles import Holders, plan_cycles
from fedorbit.plans.moves.regional import (
    add_average,
    add_ordinary_rounds,
    add_test,
    broadcaster,
)
from fedorbit.plans.plan import Plan, PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.strategy import Strategy


class OracleSync(Settings):
    """The settings of perfect synchrony: there are none."""


def plan_oracle_sync(scene: Scene, settings: OracleSync) -> Plan:
    """Return the plan, as many intervals of evaluation as fit before the horizon.

    Models are evaluated at the end of each interval only, since every round ends in an
    exchange. Raises ``Infeasible`` if none fits.
    """
    return plan_cycles(
        scene,
        scene.evaluation_interval,
        partial(_add_cycle, scene),
        f"oracle_sync: the {scene.evaluation_interval} rounds before an evaluation do "
        f"not fit into {scene.horizon_s / 3600:g} h; lengthen scenario.hours or lower "
        "evaluation.interval_rounds.",
    )


def _add_cycle(
    scene: Scene, plan: PlanBuilder, holders: Holders, round_numbers: range
) -> Holders | None:
    """Add rounds that each end with the average of all regions."""
    for round_number in round_numbers:
        ready_s = []
        for region in scene.regions:
            after, ready = add_ordinary_rounds(
                scene,
                plan,
                region,
                holders[region],
                range(round_number, round_number + 1),
            )
            if after is None:
                return None
            ready_s.append(ready[round_number])
        time_s = max(ready_s)
        plan.mix(
            names.AVERAGE,
            scene.group_weights,
            (time_s, time_s),
            round_number,
        )
        holders = {}
        for region in scene.regions:
            plan.mix(
                names.region(region),
                {names.AVERAGE: 1.0},
                (time_s, time_s),
                round_number,
            )
            holder = broadcaster(scene, region, time_s)
            if holder is None:
                return None
            holders[region] = holder
    for region in scene.regions:
        add_test(scene, plan, names.region(region), time_s, round_number)
    add_average(scene, plan, time_s, round_number)
    return holders


STRATEGY = Strategy(OracleSync, plan_oracle_sync)
