"""What FedMeld's optimisation asks of a scene before anything is trained."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fedorbit.base.errors import SettingsError
from fedorbit.plans import names
from fedorbit.plans.moves.regional import (
    add_ordinary_rounds,
    add_start,
    collect,
)
from fedorbit.plans.plan import PlanBuilder
from fedorbit.plans.readings.flights import ALL_HOPS, flight_times
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import NEVER
from fedorbit.plans.strategies.pfl import ENDLESS

READY_EVERY_S = 600.0


@dataclass(frozen=True)
class Timing:
    """How long rounds and flights take in a scene."""

    round_s: float
    """tau_r: mean length of a round in regions that wait for no carrier."""
    flight_s: float
    """T_fly: mean over the ring, infinite if no model arrives on one of the hops."""
    hops: pd.DataFrame
    """A row for each hop, as of ``flight_times``."""


def measure_timing(scene: Scene) -> Timing:
    """Return the times that limit FedMeld in a scene.

    Rounds are those of regions that never mix. A flight is counted from the end of
    the broadcast upstream to the end of the broadcast of the mixed model, as a round
    is; it includes the pick-up and the uploads to the carrier. Models are ready every
    ten minutes of the first half of the time. Raises ``SettingsError`` if no round
    fits before the horizon.
    """
    ready_s = np.arange(0, scene.horizon_s / 2, READY_EVERY_S)

    def load(row: int, start_s: float) -> float:
        return scene.sky.finish_s(row, scene.links.access_up, start_s, scene.model_bits)

    def unload(row: int, arrival_s: float) -> float:
        _, after = collect(scene, row, arrival_s)
        return NEVER if after is None else after.broadcast_end_s

    table = flight_times(
        scene.sky, scene.regions, ready_s, scene.horizon_s, load, unload
    )
    hops = table[table["origin"] != ALL_HOPS]
    arrives = (hops["lost"] < hops["flights"]).all()
    flight_s = float(table["mean_s"].iloc[-1]) if arrives else math.inf
    return Timing(_mean_round_s(scene), flight_s, hops)


def _mean_round_s(scene: Scene) -> float:
    """Return the mean time from one regional model to the next."""
    plan = PlanBuilder()
    lengths_s: list[float] = []
    for region, holder in add_start(scene, plan).items():
        _, ready_s = add_ordinary_rounds(scene, plan, region, holder, ENDLESS)
        lengths_s += np.diff([holder.ready_s, *ready_s.values()]).tolist()
    if not lengths_s:
        raise SettingsError(
            f"no round fits into {scene.horizon_s / 3600:g} h; lengthen scenario.hours."
        )
    return float(np.mean(lengths_s))


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
