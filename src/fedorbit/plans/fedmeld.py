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

from typing import Literal

from pydantic import Field, PositiveInt

from fedorbit.errors import SettingsError
from fedorbit.plans.carry import Carry, add_carry, soonest_carry
from fedorbit.plans.plan import Plan, PlanBuilder
from fedorbit.plans.regional import (
    Holder,
    Scene,
    Trained,
    add_evaluations,
    add_ordinary_rounds,
    add_round,
    add_start,
    collect,
    slot,
    train_locally,
)
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


def plan_fedmeld(scene: Scene, settings: FedMeld) -> Plan:
    """Return FedMeld's plan, as many whole cycles as fit before the horizon.

    Raises ``SettingsError`` if there are fewer than two regions or no cycle fits.
    """
    if len(scene.regions) < 2:
        raise SettingsError(
            "FedMeld needs a ring of at least two regions; add regions."
        )
    plan = PlanBuilder()
    holders: dict[str, Holder] | None = add_start(scene, plan)
    cycles = 0
    while holders is not None:
        mark = plan.mark()
        holders = _add_cycle(scene, settings, plan, holders, cycles)
        cycles += 1
    plan.rollback(mark)
    if cycles == 1:
        raise SettingsError(
            f"FedMeld: no exchange around the ring fits into "
            f"{scene.horizon_s / 3600:g} h; lengthen scenario.hours, lower "
            "round_interval or choose regions that one satellite passes in turn."
        )
    return plan.build()


def _add_cycle(
    scene: Scene,
    settings: FedMeld,
    plan: PlanBuilder,
    holders: dict[str, Holder],
    cycle: int,
) -> dict[str, Holder] | None:
    """Add delta rounds in every region and the mixing that ends them.

    Returns the holders of the mixed models, or ``None`` if the cycle does not end
    before the horizon.
    """
    last = (cycle + 1) * settings.round_interval
    first = cycle * settings.round_interval + 1
    # A late pick-up may come when the region is cycles ahead, hence the number.
    kept = {region: f"kept/{region}/{first - 1}" for region in scene.regions}
    for region, holder in holders.items():
        copied_s = holder.broadcast_end_s
        plan.mix(kept[region], {slot(region): 1.0}, (copied_s, copied_s), first - 1)
    mixed, ready_s = {}, {}
    for position, region in enumerate(scene.regions):
        holder, ready_s[region] = add_ordinary_rounds(
            scene, plan, region, holders[region], range(first, last)
        )
        if holder is None:
            return None
        upstream = scene.regions[position - 1]
        trained = train_locally(scene, holder)
        carry = _carry(scene, upstream, holders[upstream], region, trained)
        if carry is None or carry.done_s > scene.horizon_s:
            return None
        start_s, after = collect(
            scene, carry.unload_row, max(carry.arrival_s, trained.ready_s)
        )
        add_round(scene, plan, region, trained, start_s, after, last)
        carrier = f"carrier/{carry.satellite}/{upstream}/{first - 1}"
        _add_pickup(scene, plan, upstream, carry, kept[upstream], carrier, first - 1)
        op = plan.mix(
            slot(region),
            {
                slot(region): 1 - settings.mixing_ratio,
                carrier: settings.mixing_ratio,
            },
            (after.ready_s, after.ready_s),
            last,
            settings.round_interval,
        )
        add_carry(plan, op, carry, scene.model_bits)
        mixed[region] = after
        ready_s[region][last] = after.ready_s
    add_evaluations(scene, plan, ready_s)
    return mixed


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
