"""Mixings: how a region adds what has arrived to its own model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fedorbit.plans import names
from fedorbit.plans.moves.arrivals import Arrivals, add_arrivals
from fedorbit.plans.moves.regional import Trained
from fedorbit.plans.plan import PlanBuilder
from fedorbit.plans.scene import Scene


@dataclass(frozen=True)
class Mixing:
    """A mixing that is due: what comes into which region, and when."""

    region: str
    trained: Trained
    """The region's clients, before they upload."""
    arrivals: Arrivals
    carriers: Sequence[str]
    """The slots of the models on board, in the order of the arrivals."""
    ratio: float
    """Weight of all of them."""
    round_number: int
    staleness: int


AddMixing = Callable[[Scene, PlanBuilder, Mixing], None]
"""Adds a mixing and all that is sent for it to the plan."""


def add_fixed_mixing(scene: Scene, plan: PlanBuilder, mixing: Mixing) -> None:
    """Add a mixing in which each carried model has the same part of the ratio."""
    slot, ready_s = names.region(mixing.region), mixing.arrivals.collector.ready_s
    weights = {slot: 1 - mixing.ratio}
    weights |= dict.fromkeys(mixing.carriers, mixing.ratio / len(mixing.carriers))
    times_s = (ready_s, ready_s)
    op = plan.mix(slot, weights, times_s, mixing.round_number, mixing.staleness)
    add_arrivals(scene, plan, op, mixing.region, mixing.arrivals)
