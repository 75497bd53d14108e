"""FedMeld: satellites store the model of a region, carry it on and mix it in.

Q. Chen, X. Chen and K. Huang, "FedMeld: A Model-dispersal Federated Learning
Framework for Space-ground Integrated Networks", https://arxiv.org/abs/2412.17231.
Written from the published description, as docs/papers/fedmeld.md reconstructs it.

Regions form a directed ring. A region mixes: its model becomes (1 - alpha) times the
average of its own clients plus alpha times the model that its upstream neighbour
broadcast ``round_interval`` (delta) rounds ago, which one satellite picked up there
and carried over. That satellite collects the uploads of the round, mixes on board and
broadcasts. A region whose clients are done waits for it. The variants differ in when
regions mix:

* ``interval``: after every delta rounds. What is carried is therefore the model after
  the previous mixing. A cycle lasts at least max(delta tau_r, T_fly).
* ``pipelined``: after every round but the first delta, so that every broadcast is
  carried, and delta flights may be under way on one hop. Round n waits for the model
  of round n - delta, so that delta rounds last at least T_fly, too.
"""

from functools import partial
from typing import Literal

from pydantic import Field, PositiveInt

from fedorbit.errors import SettingsError
from fedorbit.plans.carry import Carry, add_carry, soonest_carry
from fedorbit.plans.cycles import Holders, plan_cycles
from fedorbit.plans.plan import Plan, PlanBuilder
from fedorbit.plans.regional import (
    Holder,
    Trained,
    add_evaluations,
    add_ordinary_rounds,
    add_round,
    collect,
    slot,
    train_locally,
)
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import NEVER
from fedorbit.settings import Settings


class FedMeld(Settings):
    """The settings of FedMeld."""

    variant: Literal["interval", "pipelined"]
    """Whether regions mix every delta rounds or, with models as old, every round."""
    round_interval: PositiveInt
    """Rounds by which a carried model lies behind, delta."""
    mixing_ratio: float = Field(ge=0, le=1)
    """Weight of the carried model in a mixing, alpha."""


Broadcasts = dict[tuple[str, int], Holder]
"""Who broadcasts a region's model after a round, by region and round."""


def plan_fedmeld(scene: Scene, settings: FedMeld) -> Plan:
    """Return FedMeld's plan, as many times delta rounds as fit before the horizon.

    Raises ``SettingsError`` if there are fewer than two regions or no mixing fits.
    """
    if len(scene.regions) < 2:
        raise SettingsError(
            "FedMeld needs a ring of at least two regions; add regions."
        )
    broadcasts: Broadcasts = {}
    complaint = (
        f"FedMeld: no exchange around the ring fits into {scene.horizon_s / 3600:g} h; "
        "lengthen scenario.hours, lower round_interval or choose regions that one "
        "satellite passes in turn."
    )
    plan = plan_cycles(
        scene,
        settings.round_interval,
        partial(_add_cycle, scene, settings, broadcasts),
        complaint,
    )
    if not plan.ops["staleness"].any():
        raise SettingsError(complaint)
    return plan


def _add_cycle(
    scene: Scene,
    settings: FedMeld,
    broadcasts: Broadcasts,
    plan: PlanBuilder,
    holders: Holders,
    numbers: range,
) -> Holders | None:
    """Add delta rounds in every region, with the mixings that are due.

    ``broadcasts`` holds those of the cycle before and gets those of this one. Returns
    the holders of the last models, or ``None`` if a round does not end before the
    horizon.
    """
    delta = settings.round_interval
    broadcasts |= {(region, numbers[0] - 1): holders[region] for region in holders}
    mixing = [n for n in numbers if _mixes(settings, n)]
    # A late pick-up may come when the region is rounds ahead, hence the number.
    for carried in (n - delta for n in mixing):
        for region in scene.regions:
            copied_s = broadcasts[region, carried].broadcast_end_s
            copied = (kept_slot(region, carried), {slot(region): 1.0})
            plan.mix(*copied, (copied_s, copied_s), carried)
    ready_s: dict[str, dict[int, float]] = {region: {} for region in scene.regions}
    for region in scene.regions:
        after: Holder | None = holders[region]
        for number in numbers:
            if number in mixing:
                after = _add_mixing_round(
                    scene, settings, broadcasts, plan, region, after, number
                )
            else:
                after, _ = add_ordinary_rounds(
                    scene, plan, region, after, range(number, number + 1)
                )
            if after is None:
                return None
            broadcasts[region, number] = after
            ready_s[region][number] = after.ready_s
    add_evaluations(scene, plan, ready_s)
    return {region: broadcasts[region, numbers[-1]] for region in scene.regions}


def _mixes(settings: FedMeld, number: int) -> bool:
    """Return whether a round ends in a mixing."""
    if settings.variant == "interval":
        return number % settings.round_interval == 0
    return number > settings.round_interval


def kept_slot(region: str, number: int) -> str:
    """Return the slot of the broadcast after a round, which clients keep."""
    return f"kept/{region}/{number}"


def _add_mixing_round(
    scene: Scene,
    settings: FedMeld,
    broadcasts: Broadcasts,
    plan: PlanBuilder,
    region: str,
    holder: Holder,
    number: int,
) -> Holder | None:
    """Add a round whose updates the carrier of the upstream model collects.

    Returns the carrier as the holder of the mixed model, or ``None`` if it does not
    end its broadcast before the horizon.
    """
    carried = number - settings.round_interval
    upstream = scene.regions[scene.regions.index(region) - 1]
    trained = train_locally(scene, holder)
    carry = _carry(scene, upstream, broadcasts[upstream, carried], region, trained)
    if carry is None or carry.done_s > scene.horizon_s:
        return None
    start_s, after = collect(
        scene, carry.unload_row, max(carry.arrival_s, trained.ready_s)
    )
    add_round(scene, plan, region, trained, start_s, after, number)
    carrier = _add_pickup(scene, plan, upstream, carry, carried)
    ratio = _mixing_ratio(scene, settings, region)
    op = plan.mix(
        slot(region),
        {slot(region): 1 - ratio, carrier: ratio},
        (after.ready_s, after.ready_s),
        number,
        settings.round_interval,
    )
    add_carry(plan, op, carry, scene.model_bits)
    return after


def _mixing_ratio(scene: Scene, settings: FedMeld, region: str) -> float:
    """Return alpha P_min / P_i, with which the ring weighs region i by P_i.

    In the limit of many mixings the weights pi of the initial models satisfy
    pi_i alpha_i = pi_{i+1} alpha_{i+1}; equal regions have the same ratio.
    """
    weights = scene.weights
    return settings.mixing_ratio * (min(weights.values()) / weights[region])


def _carry(
    scene: Scene, upstream: str, holder: Holder, region: str, trained: Trained
) -> Carry | None:
    """Return the carry that lets the region broadcast its mixed model soonest."""

    def load(row: int, start_s: float) -> float:
        return scene.sky.finish_s(row, scene.links.access_up, start_s, scene.model_bits)

    def unload(row: int, arrival_s: float) -> float:
        _, after = collect(scene, row, max(arrival_s, trained.ready_s))
        return NEVER if after is None else after.broadcast_end_s

    return soonest_carry(
        scene.sky, upstream, holder.broadcast_end_s, load, region, unload
    )


def _add_pickup(
    scene: Scene, plan: PlanBuilder, upstream: str, carry: Carry, number: int
) -> str:
    """Add the upload of a kept model by one client, on a beam of its own.

    Returns the slot of the model on board.
    """
    carrier = f"carrier/{carry.satellite}/{upstream}/{number}"
    times_s = (carry.load_start_s, carry.load_end_s)
    op = plan.mix(carrier, {kept_slot(upstream, number): 1.0}, times_s, number)
    sender = f"client/{scene.clients(upstream)[0]}"
    plan.transfer(op, "access", sender, carry.satellite, times_s, scene.model_bits)
    return carrier
