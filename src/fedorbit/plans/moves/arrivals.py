"""How models that satellites carry from other regions arrive in a region.

A single one stays on board: the satellite that brings it collects the region's updates.
Of several, each is broadcast to the clients by the satellite that brings it, and
the updates are collected as in an ordinary round.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from fedorbit.plans.moves.carry import Carry, Work, add_carry, soonest_carry
from fedorbit.plans.moves.regional import (
    Holder,
    Trained,
    broadcast_end_s,
    collect,
    next_holder,
)
from fedorbit.plans.plan import PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import NEVER


@dataclass(frozen=True)
class Arrivals:
    """The carried models of one mixing, and who collects the updates."""

    carries: dict[str, Carry]
    """By the region that each comes from."""
    upload_start_s: float
    collector: Holder


def soonest_arrivals(
    scene: Scene, region: str, available_s: Mapping[str, float], trained: Trained
) -> Arrivals | None:
    """Return how models arrive so that the region can broadcast their mix soonest.

    ``available_s`` says from when on the clients of each origin hold its model.
    ``None`` means that one of the models never arrives, or that nobody collects.
    """
    if len(available_s) == 1:
        ((origin, from_s),) = available_s.items()
        return _on_board(scene, region, origin, from_s, trained)
    return _broadcast(scene, region, available_s, trained)


@dataclass(frozen=True)
class Missed:
    """No carrier comes: the region mixes nothing in this round."""

    waited_until_s: float


Chooser = Callable[
    [Scene, str, Mapping[str, float], Trained, int], Arrivals | Missed | None
]
"""How models arrive in a region: from when on the clients of each origin hold them, the
region's clients when they have finished, and the round after which the models were
broadcast. ``None`` ends the plan before the cycle."""


def soonest(
    scene: Scene,
    region: str,
    available_s: Mapping[str, float],
    trained: Trained,
    round_number: int,
) -> Arrivals | None:
    """Return ``soonest_arrivals``, whatever the round."""
    return soonest_arrivals(scene, region, available_s, trained)


def _on_board(
    scene: Scene, region: str, origin: str, from_s: float, trained: Trained
) -> Arrivals | None:
    """Return the arrival of a single model, with a satellite that collects."""

    def collect_and_broadcast(row: int, arrival_s: float) -> float:
        _, after = collect(scene, row, max(arrival_s, trained.ready_s))
        return NEVER if after is None else after.broadcast_end_s

    carry = _carry(scene, origin, from_s, region, collect_and_broadcast)
    if carry is None:
        return None
    ready_s = max(carry.arrival_s, trained.ready_s)
    return Arrivals({origin: carry}, *collect(scene, carry.unload_row, ready_s))


def _broadcast(
    scene: Scene, region: str, available_s: Mapping[str, float], trained: Trained
) -> Arrivals | None:
    """Return the arrivals of several models, each broadcast before the uploads."""

    def broadcast(row: int, arrival_s: float) -> float:
        return broadcast_end_s(scene, row, arrival_s)

    carries = {}
    for origin, from_s in available_s.items():
        carry = _carry(scene, origin, from_s, region, broadcast)
        if carry is None:
            return None
        carries[origin] = carry
    ready_s = max(trained.ready_s, *(carry.done_s for carry in carries.values()))
    after = next_holder(scene, region, replace(trained, ready_s=ready_s))
    if after is None:
        return None
    return Arrivals(carries, max(ready_s, scene.sky.rise_s[after.row]), after)


def _carry(
    scene: Scene, origin: str, from_s: float, region: str, unload: Work
) -> Carry | None:
    """Return the soonest carry of a model that a client uploads at the origin."""
    load = partial(pickup_end_s, scene)
    return soonest_carry(scene.sky, origin, from_s, load, region, unload)


def pickup_end_s(scene: Scene, row: int, start_s: float) -> float:
    """Return when one client has uploaded the kept model, infinite if too late."""
    return scene.sky.finish_s(row, scene.links.access_up, start_s, scene.model_bits)


def add_arrivals(
    scene: Scene, plan: PlanBuilder, op: int, region: str, arrivals: Arrivals
) -> None:
    """Add the flights to the ledger, and the broadcasts if there are several."""
    for carry in arrivals.carries.values():
        add_carry(plan, op, carry, scene.model_bits)
        if len(arrivals.carries) > 1:
            sent = (carry.satellite, region, (carry.arrival_s, carry.done_s))
            plan.transfer(op, "access", *sent, scene.model_bits)
