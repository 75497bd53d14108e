"""How long rounds and flights take in a scene, which limits FedMeld's interval."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fedorbit.base.errors import TooShort
from fedorbit.plans.moves.regional import (
    ENDLESS,
    add_ordinary_rounds,
    add_start,
    collect,
)
from fedorbit.plans.plan import PlanBuilder
from fedorbit.plans.readings.flights import ALL_HOPS, flight_times
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import NEVER

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
    ten minutes of the first half of the time. Raises ``TooShort`` if no round
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
        raise TooShort(
            f"no round fits into {scene.horizon_s / 3600:g} h; lengthen scenario.hours."
        )
    return float(np.mean(lengths_s))
