"""Rounds of federated averaging inside a region, by the satellites overhead.

A round (docs/papers/fedmeld.md) is a broadcast of the model by the satellite that holds
it, local steps at the clients, and an upload to a satellite that averages; that
satellite then broadcasts the next round. A handover is an upload to another
satellite than the one that broadcast. It moves no model between satellites, for
all clients hold the broadcast. Signal travel time (below 10 ms) and the averaging
on board are neglected against transfers of seconds.
"""

from dataclasses import dataclass

from fedorbit.base.errors import Infeasible, TooShort
from fedorbit.plans import names
from fedorbit.plans.plan import PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import NEVER

ENDLESS = range(1, 2**31)
"""Numbers of rounds, for as many as fit."""


@dataclass(frozen=True)
class Holder:
    """A satellite that holds a region's model and is about to broadcast it."""

    row: int
    """The satellite's pass over the region, a row of the contact table."""
    ready_s: float
    broadcast_end_s: float
    relayed: int | None = None
    """The operation with which a client hands the broadcast on, if one does."""


@dataclass(frozen=True)
class Trained:
    """A region whose clients have finished their local steps and hold updates."""

    broadcast: Holder
    ready_s: float


def train_locally(scene: Scene, holder: Holder) -> Trained:
    """Return the region after the broadcast and the local steps."""
    return Trained(holder, holder.broadcast_end_s + scene.compute_s)


def upload_end_s(scene: Scene, row: int, start_s: float) -> float:
    """Return when all participants have uploaded a model, each with an equal share."""
    share = 1 / scene.uploaders(scene.sky.site[row])
    return scene.sky.finish_s(
        row, scene.links.access_up, start_s, scene.model_bits, share
    )


def broadcast_end_s(scene: Scene, row: int, start_s: float) -> float:
    """Return when a satellite that starts at ``start_s`` has broadcast the model."""
    return scene.sky.finish_s(row, scene.links.access_down, start_s, scene.model_bits)


def collect(scene: Scene, row: int, from_s: float) -> tuple[float, Holder | None]:
    """Return when uploads to a pass start, and the pass as the holder afterwards.

    The holder is ``None`` if the pass is too short for the uploads and the broadcast
    that follows them.
    """
    start_s = max(from_s, scene.sky.rise_s[row])
    end_s = upload_end_s(scene, row, start_s)
    done_s = broadcast_end_s(scene, row, end_s) if end_s < NEVER else NEVER
    return start_s, Holder(row, end_s, done_s) if done_s < NEVER else None


def next_holder(scene: Scene, region: str, trained: Trained) -> Holder | None:
    """Return the satellite that collects the updates of an ordinary round.

    It is the one that broadcast, while it stays for the uploads and the next
    broadcast. Else, of the others in view that do, it is the one that stays longest;
    if there is none, it is the next to rise. ``None`` means none until the end of the
    contact table.
    """
    from_s, sky = trained.ready_s, scene.sky
    if sky.set_s[trained.broadcast.row] > from_s:
        _, holder = collect(scene, trained.broadcast.row, from_s)
        if holder is not None:
            return holder
    best = None
    for row in sky.passes(region, from_s):
        is_in_view = sky.rise_s[row] <= from_s
        if best is not None and not is_in_view:
            break
        _, holder = collect(scene, row, from_s)
        if holder is None:
            continue
        if not is_in_view:
            return holder
        if best is None or sky.set_s[row] > sky.set_s[best.row]:
            best = holder
    return best


def broadcaster(scene: Scene, region: str, from_s: float) -> Holder | None:
    """Return the first satellite to have risen that can broadcast after ``from_s``.

    ``None`` means that no pass is long enough until the end of the contact table.
    """
    for row in scene.sky.passes(region, from_s):
        start_s = max(from_s, scene.sky.rise_s[row])
        end_s = broadcast_end_s(scene, row, start_s)
        if end_s < NEVER:
            return Holder(row, start_s, end_s)
    return None


def first_holder(scene: Scene, region: str) -> Holder:
    """Return who broadcasts the initial model, which all satellites hold.

    Raises ``Infeasible`` if none ever stays long enough for the broadcast.
    """
    holder = broadcaster(scene, region, 0.0)
    if holder is not None:
        return holder
    if not any(True for _ in scene.sky.passes(region, 0.0)):
        raise TooShort(
            f"region {region!r}: no satellite passes above its mask in "
            f"{scene.horizon_s / 3600:g} h; lengthen scenario.hours, lower the mask, "
            "move the region or choose orbits of higher inclination."
        )
    raise Infeasible(
        f"region {region!r}: no pass is long enough for a model of "
        f"{scene.model_bits:.3g} bits; widen links.access_down.bandwidth_hz, lower the "
        "elevation mask or choose a smaller model card."
    )


def add_round(
    scene: Scene,
    plan: PlanBuilder,
    region: str,
    trained: Trained,
    upload_start_s: float,
    holder: Holder,
    round_number: int,
) -> None:
    """Add a round to the plan: its operation, its broadcast and its uploads."""
    clients = scene.participants(region, round_number)
    sky = scene.sky
    op = plan.train(
        names.region(region),
        clients,
        scene.local_steps,
        (trained.broadcast.ready_s, holder.ready_s),
        round_number,
        scene.proximal,
        scene.learns,
    )
    add_broadcast(scene, plan, op, region, trained.broadcast)
    for client in clients:
        plan.transfer(
            op,
            "access",
            names.client(client),
            sky.satellite[holder.row],
            (upload_start_s, holder.ready_s),
            scene.model_bits,
            1 / len(clients),
        )


def add_broadcast(
    scene: Scene, plan: PlanBuilder, op: int, region: str, holder: Holder
) -> None:
    """Add a broadcast to the ledger, for an operation that uses it."""
    plan.transfer(
        op,
        "access",
        scene.sky.satellite[holder.row],
        region,
        (holder.ready_s, holder.broadcast_end_s),
        scene.model_bits,
    )


def add_ordinary_rounds(
    scene: Scene, plan: PlanBuilder, region: str, holder: Holder, round_numbers: range
) -> tuple[Holder | None, dict[int, float]]:
    """Add rounds that need nothing from outside the region.

    Returns the holder after them, ``None`` if they do not fit before the horizon, and
    the time at which each round was ready.
    """
    ready_s = {}
    for round_number in round_numbers:
        trained = train_locally(scene, holder)
        after = next_holder(scene, region, trained)
        if after is None or after.ready_s > scene.horizon_s:
            return None, ready_s
        start_s = max(trained.ready_s, scene.sky.rise_s[after.row])
        add_round(scene, plan, region, trained, start_s, after, round_number)
        ready_s[round_number] = after.ready_s
        holder = after
    return holder, ready_s


def require_regions(scene: Scene) -> None:
    """Raise ``Infeasible`` unless the clients are in regions."""
    if not scene.regions:
        raise Infeasible(
            f"clients are grouped by {scene.homes.kind}, but the strategy is for "
            "clients in regions; choose another strategy or other homes."
        )


def add_start(scene: Scene, plan: PlanBuilder) -> dict[str, Holder]:
    """Give every region the initial model, and return who broadcasts it.

    Raises ``Infeasible`` if clients are not in regions.
    """
    require_regions(scene)
    holders = {}
    for region in scene.regions:
        plan.mix(names.region(region), {names.INITIAL: 1.0}, (0.0, 0.0), 0)
        add_test(scene, plan, names.region(region), 0.0, 0)
        holders[region] = first_holder(scene, region)
    add_average(scene, plan, 0.0, 0)
    return holders


def add_test(
    scene: Scene, plan: PlanBuilder, slot: str, time_s: float, round_number: int
) -> None:
    """Evaluate the model of a group on the tests that suit it."""
    plan.evaluate(slot, time_s, round_number, scene.tests(slot))


def add_average(
    scene: Scene, plan: PlanBuilder, time_s: float, round_number: int
) -> None:
    """Evaluate the mean of all groups' models, which nobody holds."""
    plan.mix(names.AVERAGE, scene.group_weights, (time_s, time_s), round_number)
    plan.evaluate(names.AVERAGE, time_s, round_number)


def add_evaluations(
    scene: Scene, plan: PlanBuilder, ready_s: dict[str, dict[int, float]]
) -> None:
    """Evaluate the rounds that are due, given when each region was ready.

    The last round, in which models were exchanged, is always due, and so is the one
    before, the last without the exchange. So is the first, after which what models
    have in common is lost fastest. The average is that of the models at the time when
    the last region is ready.
    """
    round_numbers = ready_s[scene.regions[0]]
    first, *others = sorted(round_numbers)
    always = {first, *others[-2:]}
    for round_number in round_numbers:
        if round_number % scene.evaluation_interval == 0 or round_number in always:
            for region in scene.regions:
                time_s = ready_s[region][round_number]
                add_test(scene, plan, names.region(region), time_s, round_number)
            last_s = max(ready_s[region][round_number] for region in scene.regions)
            add_average(scene, plan, last_s, round_number)
