"""Raw samples go down once, and the ground learns from all of them.

No published strategy, but what is done today, and what others are to save. Satellites
share nothing: any of those of a plane sends its own samples down. From then on a round
is one step of gradient descent on a batch of every satellite's samples, as in
``centralised``. Whenever models are evaluated, the ground's has gone up to all
satellites before.
"""

from collections.abc import Sequence
from typing import Literal

from fedorbit.base.errors import TooShort
from fedorbit.base.settings import Rounds
from fedorbit.plans import names
from fedorbit.plans.moves.aboard import scope_of
from fedorbit.plans.moves.agreement import sent_up
from fedorbit.plans.moves.fleet import Fleet, add_sent, first_copies
from fedorbit.plans.moves.stations import Antennas
from fedorbit.plans.moves.trips import Roads, bring_down, check_roads
from fedorbit.plans.plan import RAW, Plan, PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.strategy import Needs, Strategy


class RawDownload(Roads):
    """The settings of learning on the ground from raw samples."""

    learns: Literal["head", "experts", "all"]
    """What is trained."""
    rounds: Rounds
    """Steps on a batch of each satellite."""


def plan_raw_download(scene: Scene, settings: RawDownload) -> Plan:
    """Return the plan; raises ``TooShort`` if the samples do not come down in time."""
    fleet = Fleet(scene)
    fleet.refuse_batteries()
    check_roads(fleet, settings)
    card, scope = scene.card, scope_of(scene, settings.learns)
    samples = fleet.samples()
    bits = samples * card.sample_numbers * float(fleet.aboard.raw_bits_per_number)
    at_once = dict.fromkeys(fleet.plane_of, 0.0)
    down = bring_down(fleet, settings, bits, at_once, RAW)
    station = scene.stations[0]
    # What is frozen runs once a sample: there is room on the ground to keep the result.
    before = card.forward_flop(card.frozen_before(scope))
    now_s = down.end_s + scene.seconds(len(scene.homes) * samples * before, station)
    flop = len(scene.homes) * scene.batch_size * card.step_flop(scope, has_inputs=True)
    step_s = scene.seconds(flop, station)
    plan = PlanBuilder()
    first_copies(fleet, plan)
    plan.mix(names.GROUND, {names.INITIAL: 1.0}, (0.0, 0.0), 0)
    everybody = list(range(len(scene.homes)))
    raw, up_s = down.sent, 0.0
    for number in range(1, settings.rounds + 1):
        times_s = (now_s, now_s + step_s)
        op = plan.train(names.GROUND, everybody, 1, times_s, number, scope=scope)
        add_sent(plan, op, raw)
        raw, now_s = [], now_s + step_s
        if number % scene.evaluation_interval == 0 or number == settings.rounds:
            up_s = _send_up(fleet, plan, now_s, up_s, scope, number)
    return plan.build()


def _send_up(
    fleet: Fleet,
    plan: PlanBuilder,
    now_s: float,
    free_s: float,
    scope: Sequence[str],
    number: int,
) -> float:
    """Evaluate the ground's model there and on board.

    It goes up when the one before has come up, at ``free_s``. Returns when that is
    so of this one.
    """
    scene = fleet.scene
    if now_s > scene.horizon_s:
        raise TooShort(
            f"raw_download: the ground is not done in {scene.horizon_s / 3600:g} h; "
            "lengthen scenario.hours or lower rounds."
        )
    at_s, going_up = (now_s, now_s), names.reply(names.GROUND, number)
    plan.mix(names.AVERAGE, {names.GROUND: 1.0}, at_s, number, scope=scope)
    plan.evaluate(names.AVERAGE, now_s, number)
    plan.mix(going_up, {names.GROUND: 1.0}, at_s, number)
    up = sent_up(fleet, Antennas(scene), max(now_s, free_s), scene.bits(scope))
    for plane, ready_s in up.ready_s.items():
        came_s = (ready_s, ready_s)
        op = plan.mix(plane, {going_up: 1.0}, came_s, number, scope=scope)
        add_sent(plan, op, up.back[plane])
        plan.evaluate(plane, ready_s, number, scene.tests(plane))
    return max(up.ready_s.values())


STRATEGY = Strategy(
    RawDownload,
    plan_raw_download,
    lambda settings: Needs(
        stations=True,
        isls="optical",
        crossings=settings.association == "relayed",
        features=settings.learns == "head",
    ),
)
