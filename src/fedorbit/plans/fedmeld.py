"""FedMeld: satellites store the model of a region, carry it on and mix it in.

Q. Chen, X. Chen and K. Huang, "FedMeld: A Model-dispersal Federated Learning
Framework for Space-ground Integrated Networks", https://arxiv.org/abs/2412.17231.
Written from the published description, as docs/papers/fedmeld.md reconstructs it.

Regions form a directed ring. After every ``round_interval`` (delta) rounds a region
mixes: its model becomes (1 - alpha) times the average of its own clients plus alpha
times the model that its upstream neighbour broadcast after its previous mixing,
which one satellite picked up there and carried over. That satellite collects the
last uploads of the cycle, mixes on board and broadcasts. A region whose rounds are
done waits for it: a cycle lasts at least max(delta tau_r, T_fly).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from pydantic import Field, PositiveInt

from fedorbit.errors import SettingsError
from fedorbit.plans.carry import Carry, add_carry, soonest_carry
from fedorbit.plans.cycles import Holders, add_rounds_but_last, plan_cycles
from fedorbit.plans.plan import Plan, PlanBuilder
from fedorbit.plans.regional import (
    Holder,
    Trained,
    add_evaluations,
    add_round,
    collect,
    next_holder,
    slot,
)
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import NEVER
from fedorbit.settings import Settings


class FedMeld(Settings):
    """The settings of FedMeld."""

    variant: Literal["interval"]
    """One carrier for each interval: the staleness is the interval itself."""
    round_interval: PositiveInt
    """Rounds from one mixing to the next, delta."""
    mixing_ratio: float = Field(ge=0, le=1)
    """Weight of the carried model in a mixing, alpha."""


@dataclass(frozen=True)
class Missed:
    """No carrier comes: the region mixes nothing in this cycle."""

    waited_until_s: float


Chooser = Callable[[Scene, str, Holder, str, Trained, int], Carry | Missed | None]
"""Who carries: from the region upstream, who broadcasts there, the region, its clients
when they have finished, and the number of the last round before the cycle. ``None``
ends the plan before this cycle."""


def soonest(
    scene: Scene,
    upstream: str,
    holder: Holder,
    region: str,
    trained: Trained,
    before: int,
) -> Carry | None:
    """Return the carry that lets the region broadcast its mixed model soonest."""

    def unload(row: int, arrival_s: float) -> float:
        _, after = collect(scene, row, max(arrival_s, trained.ready_s))
        return NEVER if after is None else after.broadcast_end_s

    load = partial(pickup_end_s, scene)
    return soonest_carry(
        scene.sky, upstream, holder.broadcast_end_s, load, region, unload
    )


def pickup_end_s(scene: Scene, row: int, start_s: float) -> float:
    """Return when one client has uploaded the kept model, infinite if too late."""
    return scene.sky.finish_s(row, scene.links.access_up, start_s, scene.model_bits)


def plan_fedmeld(scene: Scene, settings: FedMeld, choose: Chooser = soonest) -> Plan:
    """Return FedMeld's plan, as many whole cycles as fit before the horizon.

    Raises ``SettingsError`` if there are fewer than two regions or no cycle fits.
    """
    if len(scene.regions) < 2:
        raise SettingsError(
            "FedMeld needs a ring of at least two regions; add regions."
        )
    return plan_cycles(
        scene,
        settings.round_interval,
        partial(_add_cycle, scene, settings, choose),
        f"FedMeld: no exchange around the ring fits into {scene.horizon_s / 3600:g} h; "
        "lengthen scenario.hours, lower round_interval or choose regions that one "
        "satellite passes in turn.",
    )


def _add_cycle(
    scene: Scene,
    settings: FedMeld,
    choose: Chooser,
    plan: PlanBuilder,
    holders: Holders,
    numbers: range,
) -> Holders | None:
    """Add delta rounds in every region and the mixing that ends them.

    Returns the holders of the mixed models, or ``None`` if the cycle does not end
    before the horizon.
    """
    before, last = numbers[0] - 1, numbers[-1]
    # A late pick-up may come when the region is cycles ahead, hence the number.
    kept = {region: f"kept/{region}/{before}" for region in scene.regions}
    for region, holder in holders.items():
        copied_s = holder.broadcast_end_s
        plan.mix(kept[region], {slot(region): 1.0}, (copied_s, copied_s), before)
    mixed, ready_s = {}, {}
    for position, region in enumerate(scene.regions):
        trained, ready_s[region] = add_rounds_but_last(
            scene, plan, region, holders[region], numbers
        )
        if trained is None:
            return None
        upstream = scene.regions[position - 1]
        carry = choose(scene, upstream, holders[upstream], region, trained, before)
        if isinstance(carry, Missed):
            after = _add_unmixed_round(scene, plan, region, trained, carry, last)
            if after is None:
                return None
            mixed[region] = after
            ready_s[region][last] = after.ready_s
            continue
        if carry is None or carry.done_s > scene.horizon_s:
            return None
        start_s, after = collect(
            scene, carry.unload_row, max(carry.arrival_s, trained.ready_s)
        )
        add_round(scene, plan, region, trained, start_s, after, last)
        carrier = f"carrier/{carry.satellite}/{upstream}/{before}"
        _add_pickup(scene, plan, upstream, carry, kept[upstream], carrier, before)
        ratio = _mixing_ratio(scene, settings, region)
        op = plan.mix(
            slot(region),
            {slot(region): 1 - ratio, carrier: ratio},
            (after.ready_s, after.ready_s),
            last,
            settings.round_interval,
        )
        add_carry(plan, op, carry, scene.model_bits)
        mixed[region] = after
        ready_s[region][last] = after.ready_s
    add_evaluations(scene, plan, ready_s)
    return mixed


def _mixing_ratio(scene: Scene, settings: FedMeld, region: str) -> float:
    """Return alpha P_min / P_i, with which the ring weighs region i by P_i.

    In the limit of many mixings the weights pi of the initial models satisfy
    pi_i alpha_i = pi_{i+1} alpha_{i+1}; equal regions have the same ratio.
    """
    weights = scene.weights
    return settings.mixing_ratio * (min(weights.values()) / weights[region])


def _add_unmixed_round(
    scene: Scene,
    plan: PlanBuilder,
    region: str,
    trained: Trained,
    missed: Missed,
    number: int,
) -> Holder | None:
    """Add a cycle's last round without its mixing, once the region gives up waiting.

    Returns the holder after it, ``None`` if it does not end before the horizon.
    """
    from_s = max(trained.ready_s, missed.waited_until_s)
    after = next_holder(scene, region, replace(trained, ready_s=from_s))
    if after is None or after.ready_s > scene.horizon_s:
        return None
    start_s = max(from_s, scene.sky.rise_s[after.row])
    add_round(scene, plan, region, trained, start_s, after, number)
    return after


def _add_pickup(
    scene: Scene,
    plan: PlanBuilder,
    upstream: str,
    carry: Carry,
    kept: str,
    carrier: str,
    number: int,
) -> None:
    """Add the upload of the kept model by one client, on a beam of its own."""
    times_s = (carry.load_start_s, carry.load_end_s)
    op = plan.mix(carrier, {kept: 1.0}, times_s, number)
    sender = f"client/{scene.clients(upstream)[0]}"
    plan.transfer(op, "access", sender, carry.satellite, times_s, scene.model_bits)
