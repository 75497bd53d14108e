"""FedMeld with an interval and a ratio for each region, by the flights that reach it.

Ours, for a question that Q. Chen, X. Chen and K. Huang, "FedMeld",
https://arxiv.org/abs/2412.17231, leave open: there all regions have one interval. A
region mixes after as many rounds as the mean flight from its upstream neighbour takes,
rounded up, so that it mixes as soon as its carrier comes. Its ratio is proportional to
its interval, with the given one as the mean over regions, so that all count alike.
"""

import math

from fedorbit.base.errors import Infeasible, SettingsError
from fedorbit.base.settings import Settings, between
from fedorbit.plans.plan import Plan
from fedorbit.plans.scene import Scene
from fedorbit.plans.scmr.timing import measure_timing
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld
from fedorbit.plans.strategy import Strategy


class FedMeldRegional(Settings):
    """The settings of FedMeld with intervals by region."""

    mixing_ratio: between(float, 0.0, 1.0)
    """Weight of the carried models in a mixing, alpha, the mean over regions."""


def own_intervals(scene: Scene) -> dict[str, int]:
    """Return the rounds that the mean flight to each region takes, rounded up.

    Both count from broadcast to broadcast. Raises ``Infeasible`` where no model comes.
    """
    timing = measure_timing(scene)
    found = {}
    for hop in timing.hops.itertuples(index=False):
        if hop.lost == hop.flights:
            raise Infeasible(
                f"fedmeld_regional: no satellite brings a model from {hop.origin} to "
                f"{hop.destination} in {scene.horizon_s / 3600:g} h; lengthen "
                "scenario.hours or choose regions that one satellite passes in turn."
            )
        found[hop.destination] = max(1, math.ceil(hop.mean_s / timing.round_s))
    return {region: found[region] for region in scene.regions}


def plan_fedmeld_regional(scene: Scene, settings: FedMeldRegional) -> Plan:
    """Return FedMeld's plan with the intervals of ``own_intervals``.

    Raises ``Infeasible`` as ``plan_fedmeld`` does, and ``SettingsError`` if a region
    would mix with a ratio above 1.
    """
    if len(scene.regions) < 2:
        raise Infeasible("FedMeld needs at least two regions; add regions.")
    intervals = own_intervals(scene)
    mean, most = sum(intervals.values()) / len(intervals), max(intervals.values())
    ratio = settings.mixing_ratio * most / mean
    if ratio > 1:
        raise SettingsError(
            f"mixing_ratio is {settings.mixing_ratio:g}, so that the region with the "
            f"longest interval, {most} rounds, would mix with {ratio:g}; lower it to "
            f"{math.floor(1000 * mean / most) / 1000:g} or less."
        )
    meld = FedMeld(
        variant="interval", round_interval=most, mixing_ratio=settings.mixing_ratio
    )
    return plan_fedmeld(scene, meld, intervals=intervals)


STRATEGY = Strategy(FedMeldRegional, plan_fedmeld_regional)
