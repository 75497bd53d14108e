"""How models that satellites carry from other regions arrive in a region.

One of the satellites collects the region's updates and has its model on board. The
others broadcast theirs to the clients before that.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from fedorbit.plans.carry import Carry, Work, add_carry, soonest_carry
from fedorbit.plans.plan import PlanBuilder
from fedorbit.plans.regional import broadcast_end_s, collect
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import NEVER


@dataclass(frozen=True)
class Arrivals:
    """The carried models of one mixing, by the region that each comes from."""

    broadcast: dict[str, Carry]
    """Those that are broadcast to the clients."""
    collected: str
    """Where the other one comes from."""
    collector: Carry
    """The satellite that brings it and collects."""
    collect_from_s: float
    """When uploads to it may start."""

    @property
    def carries(self) -> dict[str, Carry]:
        """Return all of them."""
        return {**self.broadcast, self.collected: self.collector}


def soonest_arrivals(
    scene: Scene, region: str, kept_s: Mapping[str, float], trained_s: float
) -> Arrivals | None:
    """Return how models arrive so that the region can broadcast their mix soonest.

    ``kept_s`` says from when on the clients of each origin hold its model, and
    ``trained_s`` when those of the region have their updates. ``None`` means that one
    of the models never arrives.
    """

    def tell(row: int, arrival_s: float) -> float:
        return broadcast_end_s(scene, row, arrival_s)

    broadcast = {}
    for origin, from_s in kept_s.items():
        carry = _carry(scene, origin, from_s, region, tell)
        if carry is None:
            return None
        broadcast[origin] = carry
    choices = [
        _collected(scene, region, broadcast, origin, from_s, trained_s)
        for origin, from_s in kept_s.items()
    ]
    return min(
        (choice for choice in choices if choice is not None),
        key=lambda choice: choice.collector.done_s,
        default=None,
    )


def _collected(
    scene: Scene,
    region: str,
    broadcast: Mapping[str, Carry],
    origin: str,
    from_s: float,
    trained_s: float,
) -> Arrivals | None:
    """Return the arrivals if the satellite that comes from ``origin`` collects."""
    others = {other: carry for other, carry in broadcast.items() if other != origin}
    ready_s = max([trained_s, *(carry.done_s for carry in others.values())])

    def collect_and_tell(row: int, arrival_s: float) -> float:
        _, after = collect(scene, row, max(arrival_s, ready_s))
        return NEVER if after is None else after.broadcast_end_s

    collector = _carry(scene, origin, from_s, region, collect_and_tell)
    if collector is None:
        return None
    return Arrivals(others, origin, collector, max(collector.arrival_s, ready_s))


def _carry(
    scene: Scene, origin: str, from_s: float, region: str, unload: Work
) -> Carry | None:
    """Return the soonest carry of a model that a client uploads at the origin."""

    def load(row: int, start_s: float) -> float:
        return scene.sky.finish_s(row, scene.links.access_up, start_s, scene.model_bits)

    return soonest_carry(scene.sky, origin, from_s, load, region, unload)


def add_arrivals(
    scene: Scene, plan: PlanBuilder, op: int, region: str, arrivals: Arrivals
) -> None:
    """Add flights to the ledger, and the broadcasts of all models but one."""
    for carry in arrivals.carries.values():
        add_carry(plan, op, carry, scene.model_bits)
    for carry in arrivals.broadcast.values():
        times_s = (carry.arrival_s, carry.done_s)
        plan.transfer(op, "access", carry.satellite, region, times_s, scene.model_bits)
