"""How the clients of a region judge a model that a satellite brings, before it mixes.

The satellite broadcasts the model on a beam of its own. When they have trained, too,
clients compute the losses of three models on some batches: of the one that they have
kept since the last mixing, of the one that has come, and of the middle of both. Three
passes forwards take as long as a step of training, as a pass backwards takes twice as
long. Each client sends the three numbers to the satellite, and then its update.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from fedorbit.plans import names
from fedorbit.plans.moves.arrivals import Arrivals, add_arrivals, pickup_end_s
from fedorbit.plans.moves.carry import soonest_carry
from fedorbit.plans.moves.regional import Holder, Trained, broadcast_end_s, collect
from fedorbit.plans.plan import SCORES, PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import NEVER

LOSSES_BITS = 3 * 32.0


@dataclass(frozen=True)
class _Judged:
    """When a model on board has been broadcast, judged, and answered."""

    heard_s: float
    judged_s: float
    told_s: float
    """When all participants have sent losses; infinite if the pass ends before."""


def judged_arrivals(
    scene: Scene,
    region: str,
    available_s: Mapping[str, float],
    trained: Trained,
    round_number: int,
    steps: int,
) -> Arrivals | None:
    """Return how the model from upstream arrives so that its mix is broadcast soonest.

    Its carrier stays for its broadcast, the losses, the uploads and the broadcast of
    the mix; all but ``steps`` as of a ``Chooser``.
    """
    ((origin, from_s),) = available_s.items()

    def unload(row: int, arrival_s: float) -> float:
        _, after = _collected(scene, trained, row, arrival_s, steps)
        return NEVER if after is None else after.broadcast_end_s

    load = partial(pickup_end_s, scene)
    carry = soonest_carry(scene.sky, origin, from_s, load, region, unload)
    if carry is None:
        return None
    collected = _collected(scene, trained, carry.unload_row, carry.arrival_s, steps)
    return Arrivals({origin: carry}, *collected)


def add_judged_arrival(
    scene: Scene,
    plan: PlanBuilder,
    op: int,
    region: str,
    trained: Trained,
    arrivals: Arrivals,
    judges: list[int],
    steps: int,
) -> None:
    """Add what ``judged_arrivals`` has found to the ledger, but for the updates."""
    (carry,) = arrivals.carries.values()
    add_arrivals(scene, plan, op, region, arrivals)
    told = _judged(scene, trained, carry.unload_row, carry.arrival_s, steps)
    heard_s = (carry.arrival_s, told.heard_s)
    plan.transfer(op, "access", carry.satellite, region, heard_s, scene.model_bits)
    for client in judges:
        ends = names.client(client), carry.satellite
        times_s, share = (told.judged_s, told.told_s), 1 / len(judges)
        plan.transfer(op, "access", *ends, times_s, LOSSES_BITS, share, SCORES)


def _judged(
    scene: Scene, trained: Trained, row: int, arrival_s: float, steps: int
) -> _Judged:
    """Return when a model that arrives with a pass is judged."""
    heard_s = broadcast_end_s(scene, row, arrival_s)
    work = scene.work() * steps / scene.local_steps
    judged_s = max(heard_s, trained.ready_s) + work / scene.compute_flop_s
    share = 1 / scene.uploaders(scene.sky.site[row])
    if judged_s == NEVER:
        return _Judged(heard_s, judged_s, NEVER)
    up = scene.links.access_up
    told_s = scene.sky.finish_s(row, up, judged_s, LOSSES_BITS, share)
    return _Judged(heard_s, judged_s, told_s)


def _collected(
    scene: Scene, trained: Trained, row: int, arrival_s: float, steps: int
) -> tuple[float, Holder | None]:
    """Return when uploads start after the judgement, and the holder as ``collect``."""
    told_s = _judged(scene, trained, row, arrival_s, steps).told_s
    return (NEVER, None) if told_s == NEVER else collect(scene, row, told_s)
