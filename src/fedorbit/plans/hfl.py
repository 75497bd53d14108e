"""Hierarchical federated learning: regional rounds, then one average at the ground.

A baseline of FedMeld (arXiv 2412.17231), of which only the name is published; this
is the definition of docs/papers/fedmeld.md, in the manner of L. Liu, J. Zhang, S. H.
Song and K. B. Letaief, "Client-Edge-Cloud Hierarchical Federated Learning",
https://arxiv.org/abs/1905.06641.

After ``regional_rounds`` (kappa2) rounds the satellite that can bring a region's
model to a ground station soonest collects the uploads. When the models of all
regions are there, they are averaged and go back, again by the satellite that can
broadcast soonest. Regions wait meanwhile. Stations share one server; the network
between them takes no time.
"""

from collections.abc import Iterable

from pydantic import PositiveInt

from fedorbit.errors import SettingsError
from fedorbit.plans.carry import Carry, add_carry, soonest_carry
from fedorbit.plans.plan import Plan, PlanBuilder
from fedorbit.plans.regional import (
    Holder,
    Scene,
    add_evaluations,
    add_ordinary_rounds,
    add_round,
    add_start,
    broadcast_end_s,
    slot,
    train_locally,
    upload_end_s,
)
from fedorbit.plans.sky import NEVER
from fedorbit.settings import Settings

Delivery = tuple[Carry, tuple[float, float]]
"""A carry to the ground, with the start and end of its downlink to the station."""


class Hfl(Settings):
    """The settings of hierarchical federated learning."""

    regional_rounds: PositiveInt
    """Rounds in each region from one global average to the next, kappa2."""


def plan_hfl(scene: Scene, settings: Hfl) -> Plan:
    """Return the plan of HFL, as many whole cycles as fit before the horizon.

    Raises ``SettingsError`` if there is no station or no cycle fits.
    """
    if not scene.stations:
        raise SettingsError("HFL needs a ground station; add one to scenario.stations.")
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
            f"HFL: no global average fits into {scene.horizon_s / 3600:g} h; lengthen "
            "scenario.hours, lower regional_rounds or add a ground station."
        )
    return plan.build()


def _add_cycle(
    scene: Scene,
    settings: Hfl,
    plan: PlanBuilder,
    holders: dict[str, Holder],
    cycle: int,
) -> dict[str, Holder] | None:
    """Add kappa2 rounds in every region, the global average and its return.

    Returns the holders of the averaged model, or ``None`` if the cycle does not end
    before the horizon.
    """
    last = (cycle + 1) * settings.regional_rounds
    first = cycle * settings.regional_rounds + 1
    ready_s: dict[str, dict[int, float]] = {}
    couriers: dict[str, Delivery] = {}
    busy_until_s: dict[int, float] = {}
    for region in scene.regions:
        holder, ready_s[region] = add_ordinary_rounds(
            scene, plan, region, holders[region], range(first, last)
        )
        if holder is None:
            return None
        trained = train_locally(scene, holder)
        carry = _to_ground(scene, region, trained.ready_s, busy_until_s)
        if carry is None:
            return None
        feeder_s = (
            max(carry.arrival_s, busy_until_s.get(carry.unload_row, 0.0)),
            carry.done_s,
        )
        busy_until_s[carry.unload_row] = carry.done_s
        collected = Holder(carry.load_row, carry.load_end_s, NEVER)
        add_round(scene, plan, region, trained, carry.load_start_s, collected, last)
        couriers[region] = (carry, feeder_s)
    average_s = max(carry.done_s for carry, _ in couriers.values())
    _add_average(scene, plan, couriers, average_s, last)
    back: dict[str, Holder] = {}
    loaded_s: dict[int, float] = {}
    for region in scene.regions:
        carry = _from_ground(scene, region, average_s, loaded_s)
        if carry is None or carry.done_s > scene.horizon_s:
            return None
        _add_return(scene, plan, region, carry, last, carry.load_row not in loaded_s)
        loaded_s[carry.load_row] = carry.load_end_s
        back[region] = Holder(carry.unload_row, carry.arrival_s, carry.done_s)
        ready_s[region][last] = carry.arrival_s
    add_evaluations(scene, plan, ready_s)
    return back


def _to_ground(
    scene: Scene, region: str, from_s: float, busy_until_s: dict[int, float]
) -> Carry | None:
    """Return the carry of a region's average that reaches the ground soonest."""

    def load(row: int, start_s: float) -> float:
        return upload_end_s(scene, row, start_s)

    def unload(row: int, arrival_s: float) -> float:
        start_s = max(arrival_s, busy_until_s.get(row, 0.0))
        return scene.sky.finish_s(
            row, scene.links.feeder_down, start_s, scene.model_bits
        )

    return _soonest(
        soonest_carry(scene.sky, region, from_s, load, station, unload)
        for station in scene.stations
    )


def _from_ground(
    scene: Scene, region: str, from_s: float, loaded_s: dict[int, float]
) -> Carry | None:
    """Return the carry of the global average that a region can hear soonest.

    ``loaded_s`` tells which passes have the model on board already, and since when.
    """

    def load(row: int, start_s: float) -> float:
        return loaded_s.get(row) or scene.sky.finish_s(
            row, scene.links.feeder_up, start_s, scene.model_bits
        )

    def unload(row: int, arrival_s: float) -> float:
        return broadcast_end_s(scene, row, arrival_s)

    return _soonest(
        soonest_carry(scene.sky, station, from_s, load, region, unload)
        for station in scene.stations
    )


def _soonest(carries: Iterable[Carry | None]) -> Carry | None:
    return min(
        (carry for carry in carries if carry is not None),
        key=lambda carry: carry.done_s,
        default=None,
    )


def _add_average(
    scene: Scene,
    plan: PlanBuilder,
    couriers: dict[str, Delivery],
    average_s: float,
    number: int,
) -> None:
    """Add the models' way to the ground and their mean there."""
    carriers = {}
    for region, (carry, _) in couriers.items():
        carriers[region] = f"carrier/{carry.satellite}/{region}/{number}"
        collected_s = (carry.load_end_s, carry.load_end_s)
        plan.mix(carriers[region], {slot(region): 1.0}, collected_s, number)
    weights = {carriers[region]: 1 / len(carriers) for region in couriers}
    op = plan.mix("ground", weights, (average_s, average_s), number)
    for carry, feeder_s in couriers.values():
        add_carry(plan, op, carry, scene.model_bits)
        station = scene.sky.site[carry.unload_row]
        plan.transfer(
            op, "feeder", carry.satellite, station, feeder_s, scene.model_bits
        )


def _add_return(
    scene: Scene,
    plan: PlanBuilder,
    region: str,
    carry: Carry,
    number: int,
    is_loading: bool,
) -> None:
    """Add the way of the global average back to a region."""
    arrival_s = (carry.arrival_s, carry.arrival_s)
    op = plan.mix(slot(region), {"ground": 1.0}, arrival_s, number)
    if is_loading:
        plan.transfer(
            op,
            "feeder",
            scene.sky.site[carry.load_row],
            carry.satellite,
            (carry.load_start_s, carry.load_end_s),
            scene.model_bits,
        )
    add_carry(plan, op, carry, scene.model_bits)
