"""Ring all-reduce: regional models are averaged over links between satellites.

A baseline of FedMeld (arXiv 2412.17231), of which only the name is published; this
is the definition of docs/isls.md. The algorithm is that of P. Patarasuk and X. Yuan,
"Bandwidth Optimal All-reduce Algorithms for Clusters of Workstations", Journal of
Parallel and Distributed Computing 69(2), 2009.

After ``regional_rounds`` (kappa2) rounds the satellites that hold the N regional
models form a ring in the order of the regions. A model is cut into N parts. In each
of N-1 steps (reduce-scatter) every satellite sends one part to the next, which adds
its own; in N-1 more (all-gather) the sums go around. All satellites then have the
mean, and broadcast it to their regions. Each part travels by a route of fewest hops.
"""

from functools import partial
from typing import Literal

from pydantic import PositiveInt

from fedorbit.base.errors import Infeasible
from fedorbit.base.settings import Settings
from fedorbit.plans import names
from fedorbit.plans.isls import Hop, Isls
from fedorbit.plans.moves.cycles import Holders, plan_cycles
from fedorbit.plans.moves.regional import (
    Holder,
    add_evaluations,
    add_ordinary_rounds,
    broadcast_end_s,
)
from fedorbit.plans.plan import Plan, PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import NEVER
from fedorbit.plans.strategy import Needs, Strategy

Busy = dict[tuple[str, str], float]
"""Until when the link from one satellite to another is taken."""


class RingAllreduce(Settings):
    """The settings of ring all-reduce."""

    regional_rounds: PositiveInt
    """Rounds in each region from one global average to the next, kappa2."""
    isl: Literal["radio", "optical"]
    """Which of the two budgets of ``links`` the links between satellites have."""


def plan_ring_allreduce(scene: Scene, settings: RingAllreduce) -> Plan:
    """Return the plan of ring all-reduce, as many whole cycles as fit.

    Raises ``Infeasible`` if there are fewer than two regions or no cycle fits.
    """
    if len(scene.regions) < 2:
        raise Infeasible(
            "ring all-reduce needs a ring of at least two regions; add regions."
        )
    if scene.isls is None:
        raise ValueError("ring all-reduce needs a scene with links between satellites")
    return plan_cycles(
        scene,
        settings.regional_rounds,
        partial(_add_cycle, scene, scene.isls, {}),
        f"ring all-reduce: no global average fits into {scene.horizon_s / 3600:g} h; "
        "lengthen scenario.hours, lower regional_rounds or choose a constellation "
        "whose satellites see their neighbours.",
    )


def _add_cycle(
    scene: Scene,
    isls: Isls,
    busy: Busy,
    plan: PlanBuilder,
    holders: Holders,
    round_numbers: range,
) -> Holders | None:
    """Add kappa2 rounds in every region and the all-reduce that ends them.

    ``busy`` lasts from cycle to cycle: a region that is done early may send while the
    mean is still on its way to another. Returns the holders of the mean, or ``None``
    if the cycle does not end before the horizon.
    """
    last = round_numbers[-1]
    ready_s: dict[str, dict[int, float]] = {}
    collected: Holders = {}
    for region in scene.regions:
        holder, ready_s[region] = add_ordinary_rounds(
            scene, plan, region, holders[region], round_numbers
        )
        if holder is None:
            return None
        collected[region] = holder
    reduced = all_reduce(scene, isls, collected, busy)
    if reduced is None:
        return None
    weights = _add_copies(scene, plan, collected, last)
    back: Holders = {}
    for region in scene.regions:
        done_s, hops = reduced[region]
        found = _broadcaster(scene, isls, region, collected[region].row, done_s, busy)
        if found is None or found[0].broadcast_end_s > scene.horizon_s:
            return None
        back[region], handover = found
        mean_s = (back[region].ready_s, back[region].ready_s)
        op = plan.mix(names.region(region), weights, mean_s, last)
        _add_hops(plan, op, hops, scene.model_bits / len(scene.regions))
        _add_hops(plan, op, handover, scene.model_bits)
        _occupy(busy, handover)
        ready_s[region][last] = back[region].ready_s
    add_evaluations(scene, plan, ready_s)
    return back


def all_reduce(
    scene: Scene, isls: Isls, collected: Holders, busy: Busy
) -> dict[str, tuple[float, list[Hop]]] | None:
    """Return when each region's satellite has the mean, and the hops of what it got.

    A satellite sends the part of a step as soon as it has received that of the step
    before and its own region's model. ``busy`` is brought up to date. ``None`` means
    that a part does not arrive before the end of the table of links.
    """
    parts = len(scene.regions)
    satellites = {r: scene.sky.satellite[h.row] for r, h in collected.items()}
    ready_s = {region: holder.ready_s for region, holder in collected.items()}
    received: dict[str, list[Hop]] = {region: [] for region in scene.regions}
    for _ in range(2 * (parts - 1)):
        next_s = {}
        for position, region in enumerate(scene.regions):
            upstream = scene.regions[position - 1]
            ends = satellites[upstream], satellites[region]
            part_bits = scene.model_bits / parts
            hops = isls.send(*ends, ready_s[upstream], part_bits, busy)
            if hops is None:
                return None
            _occupy(busy, hops)
            received[region] += hops
            arrival_s = hops[-1].end_s if hops else ready_s[upstream]
            next_s[region] = max(arrival_s, ready_s[region])
        ready_s = next_s
    return {region: (ready_s[region], received[region]) for region in scene.regions}


def _broadcaster(
    scene: Scene, isls: Isls, region: str, row: int, from_s: float, busy: Busy
) -> tuple[Holder, list[Hop]] | None:
    """Return who broadcasts the mean to a region, and the hops of its way there.

    It is the satellite that has the mean already, if its pass is still long enough;
    else the one that ends its broadcast soonest.
    """
    end_s = broadcast_end_s(scene, row, from_s)
    if end_s < NEVER:
        return Holder(row, from_s, end_s), []
    best = None
    satellite, rise_s = scene.sky.satellite, scene.sky.rise_s
    for other in scene.sky.passes(region, from_s):
        if best is not None and rise_s[other] >= best[0].broadcast_end_s:
            break
        ends = satellite[row], satellite[other]
        hops = isls.send(*ends, from_s, scene.model_bits, busy)
        if hops is None:
            continue
        ready_s = max(hops[-1].end_s if hops else from_s, rise_s[other])
        end_s = broadcast_end_s(scene, other, ready_s)
        if end_s < (NEVER if best is None else best[0].broadcast_end_s):
            best = Holder(other, ready_s, end_s), hops
    return best


def _add_copies(
    scene: Scene, plan: PlanBuilder, collected: Holders, round_number: int
) -> dict[str, float]:
    """Add the models as the satellites collected them; return what each counts."""
    weights = {}
    for region, weight in scene.weights.items():
        holder = collected[region]
        satellite = scene.sky.satellite[holder.row]
        carrier = names.carrier(satellite, region, round_number)
        times_s = (holder.ready_s, holder.ready_s)
        plan.mix(carrier, {names.region(region): 1.0}, times_s, round_number)
        weights[carrier] = weight
    return weights


def _add_hops(plan: PlanBuilder, op: int, hops: list[Hop], bits: float) -> None:
    for hop in hops:
        times_s = (hop.start_s, hop.end_s)
        plan.transfer(op, "isl", hop.sender, hop.receiver, times_s, bits)


def _occupy(busy: Busy, hops: list[Hop]) -> None:
    for hop in hops:
        busy[hop.sender, hop.receiver] = hop.end_s


STRATEGY = Strategy(
    RingAllreduce, plan_ring_allreduce, lambda settings: Needs(isls=settings.isl)
)
