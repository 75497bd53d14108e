"""How models that satellites carry from other regions arrive in a region.

The last of them to arrive comes with the satellite that collects the region's updates.
The others are broadcast to the clients before that.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from fedorbit.plans.carry import Carry, add_carry, soonest_carry
from fedorbit.plans.plan import PlanBuilder
from fedorbit.plans.regional import broadcast_end_s, collect
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import NEVER


@dataclass(frozen=True)
class Arrivals:
    """The carried models of one mixing, by the region that each comes from."""

    broadcast: dict[str, Carry]
    """Those that are broadcast to the clients."""
    last: str
    """Where the other one comes from."""
    collector: Carry
    """The satellite that brings it and collects."""
    collect_from_s: float
    """When uploads to it may start."""

    @property
    def carries(self) -> dict[str, Carry]:
        """Return all of them."""
        return {**self.broadcast, self.last: self.collector}


def soonest_arrivals(
    scene: Scene, region: str, kept_s: Mapping[str, float], trained_s: float
) -> Arrivals | None:
    """Return how models arrive so that the region can broadcast their mix soonest.

    ``kept_s`` says from when on the clients of each origin hold its model, and
    ``trained_s`` when those of the region have their updates. Which model is the last
    is decided by when each could be broadcast. ``None`` means that one of them never
    arrives.
    """

    def load(row: int, start_s: float) -> float:
        return scene.sky.finish_s(row, scene.links.access_up, start_s, scene.model_bits)

    def tell(row: int, arrival_s: float) -> float:
        return broadcast_end_s(scene, row, arrival_s)

    broadcast: dict[str, Carry] = {}
    for origin, from_s in kept_s.items():
        carry = soonest_carry(scene.sky, origin, from_s, load, region, tell)
        if carry is None:
            return None
        broadcast[origin] = carry
    last = max(broadcast, key=lambda origin: broadcast[origin].done_s)
    del broadcast[last]
    ready_s = max([trained_s, *(carry.done_s for carry in broadcast.values())])

    def collect_and_tell(row: int, arrival_s: float) -> float:
        _, after = collect(scene, row, max(arrival_s, ready_s))
        return NEVER if after is None else after.broadcast_end_s

    collector = soonest_carry(
        scene.sky, last, kept_s[last], load, region, collect_and_tell
    )
    if collector is None:
        return None
    return Arrivals(broadcast, last, collector, max(collector.arrival_s, ready_s))


def add_arrivals(
    scene: Scene, plan: PlanBuilder, op: int, region: str, arrivals: Arrivals
) -> None:
    """Add flights to the ledger, and the broadcasts of all models but the last."""
    for carry in arrivals.carries.values():
        add_carry(plan, op, carry, scene.model_bits)
    for carry in arrivals.broadcast.values():
        times_s = (carry.arrival_s, carry.done_s)
        plan.transfer(op, "access", carry.satellite, region, times_s, scene.model_bits)
