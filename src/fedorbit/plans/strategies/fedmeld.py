"""FedMeld: satellites store the model of a region, carry it on and mix it in.

Q. Chen, X. Chen and K. Huang, "FedMeld: A Model-dispersal Federated Learning
Framework for Space-ground Integrated Networks", https://arxiv.org/abs/2412.17231.
Written from the published description, as docs/papers/fedmeld.md reconstructs it.

Regions lie on a directed ring, unless ``topology`` says otherwise. A region mixes: its
model becomes (1 - alpha) times the average of its own clients plus alpha times the
model that its upstream neighbour broadcast ``round_interval`` (delta) rounds ago,
which one satellite picked up there and carried over. That satellite collects the
uploads of the round, mixes on board and broadcasts. A region whose clients are done
waits for it. The variants differ in when regions mix:

* ``interval``: after every delta rounds. What is carried is therefore the model after
  the previous mixing. A cycle lasts at least max(delta tau_r, T_fly).
* ``pipelined``: after every round but the first delta, so that every broadcast is
  carried, and delta flights may be under way on one hop. Round n waits for the model
  of round n - delta, so that delta rounds last at least T_fly, too.

A region with several upstream neighbours gives each the same part of alpha, and waits
for all. Satellites cannot pass models to one another, so each broadcasts its own to
the clients, on a beam of its own, and they add them to their updates: a mixing is a
sum, so it does not matter who adds what, and no upload gets longer. The updates are
collected as in any other round: to wait for one of the carriers would save a
broadcast of seconds and often cost minutes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, Self

from pydantic import model_validator

from fedorbit.base.errors import Infeasible, TooShort
from fedorbit.base.settings import Rounds, Settings, between
from fedorbit.plans import names
from fedorbit.plans.moves.arrivals import Chooser, Missed, soonest
from fedorbit.plans.moves.carry import Carry
from fedorbit.plans.moves.cycles import Holders, plan_cycles
from fedorbit.plans.moves.mixings import AddMixing, Mixing, add_fixed_mixing
from fedorbit.plans.moves.regional import (
    Holder,
    Trained,
    add_evaluations,
    add_ordinary_rounds,
    add_round,
    next_holder,
    train_locally,
)
from fedorbit.plans.moves.topology import Topology, Upstreams, upstreams
from fedorbit.plans.plan import Plan, PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.strategy import Strategy


class FedMeld(Settings):
    """The settings of FedMeld."""

    variant: Literal["interval", "pipelined"]
    """Whether regions mix every delta rounds or, with models as old, every round."""
    round_interval: Rounds
    """Rounds by which a carried model lies behind, delta."""
    mixing_ratio: between(float, 0.0, 1.0)
    """Weight of the carried models in a mixing, alpha."""
    topology: Topology = "ring"
    """Which regions a region takes models from, see ``upstreams``."""
    grid_columns: between(int, 1, 1000) | None = None
    """Regions in a row of the grid; for no other topology."""

    @model_validator(mode="after")
    def _columns_make_a_grid(self) -> Self:
        if (self.topology == "grid") != (self.grid_columns is not None):
            raise ValueError(
                f"grid_columns is {self.grid_columns}, but the topology is "
                f"{self.topology!r}; a grid needs grid_columns, others have none"
            )
        return self


@dataclass(frozen=True)
class _Course:
    """What the cycles of one plan share."""

    scene: Scene
    settings: FedMeld
    upstreams: Upstreams
    intervals: Mapping[str, int]
    """Rounds from one mixing of a region to its next, and age of what it mixes."""
    broadcasts: dict[tuple[str, int], Holder]
    """Who broadcasts a region's model after a round, by region and round so far."""
    kept: set[str]
    """Slots of the copies that clients keep so far."""
    on_board: set[str]
    """Slots of the carried models that have been picked up so far."""
    choose: Chooser
    add_mixing: AddMixing

    def mixes(self, region: str, round_number: int) -> bool:
        """Return whether a round of a region ends in a mixing."""
        if not self.upstreams[region]:
            return False
        if self.settings.variant == "interval":
            return round_number % self.intervals[region] == 0
        return round_number > self.intervals[region]

    def mixed(self, region: str, round_number: int) -> list[tuple[str, int]]:
        """Return which regions' models of which rounds come into a region then."""
        if not self.mixes(region, round_number):
            return []
        before = round_number - self.intervals[region]
        return [(origin, before) for origin in self.upstreams[region]]


def plan_fedmeld(
    scene: Scene,
    settings: FedMeld,
    choose: Chooser = soonest,
    add_mixing: AddMixing = add_fixed_mixing,
    intervals: Mapping[str, int] | None = None,
) -> Plan:
    """Return FedMeld's plan, as many times delta rounds as fit before the horizon.

    ``choose`` says how models arrive, ``add_mixing`` how regions mix them. With
    ``intervals`` each region has a delta of its own, and mixes the more the rarer it
    does, so that all count alike; as many rounds as fit are done. Raises
    ``Infeasible`` if there are fewer than two regions, if they do not fill the grid,
    or if no mixing fits.
    """
    if len(scene.regions) < 2:
        raise Infeasible("FedMeld needs at least two regions; add regions.")
    above = upstreams(scene.regions, settings.topology, settings.grid_columns)
    given = settings.round_interval
    own = intervals or dict.fromkeys(scene.regions, given)
    course = _Course(scene, settings, above, own, {}, set(), set(), choose, add_mixing)
    complaint = (
        f"FedMeld: no exchange around the {settings.topology} fits into "
        f"{scene.horizon_s / 3600:g} h; lengthen scenario.hours, lower round_interval "
        "or choose regions that one satellite passes in turn."
    )
    add_cycle = partial(_add_cycle, course)
    rounds = given if intervals is None else 1
    plan = plan_cycles(scene, rounds, add_cycle, complaint)
    may_lack = settings.variant == "pipelined" or intervals is not None
    if may_lack and not plan.ops["staleness"].any():
        raise TooShort(complaint)
    return plan


def _add_cycle(
    course: _Course, plan: PlanBuilder, holders: Holders, round_numbers: range
) -> Holders | None:
    """Add some rounds in every region, with the mixings that are due.

    Returns the holders of the last models, or ``None`` if a round does not end before
    the horizon.
    """
    scene, broadcasts = course.scene, course.broadcasts
    broadcasts |= {
        (region, round_numbers[0] - 1): holders[region] for region in holders
    }
    for round_number in round_numbers:
        _add_copies(course, plan, round_number)
    ready_s: dict[str, dict[int, float]] = {region: {} for region in scene.regions}
    for region in scene.regions:
        after: Holder | None = holders[region]
        for round_number in round_numbers:
            if course.mixes(region, round_number):
                after = _add_mixing_round(course, plan, region, after, round_number)
            else:
                once = range(round_number, round_number + 1)
                after, _ = add_ordinary_rounds(scene, plan, region, after, once)
            if after is None:
                return None
            broadcasts[region, round_number] = after
            ready_s[region][round_number] = after.ready_s
    add_evaluations(scene, plan, ready_s)
    return {region: broadcasts[region, round_numbers[-1]] for region in scene.regions}


def _add_copies(course: _Course, plan: PlanBuilder, round_number: int) -> None:
    """Add the copies of broadcasts that clients keep, for mixings after a round.

    A late pick-up may come when the region is rounds ahead, hence its number in the
    name of the copy.
    """
    regions = course.scene.regions
    wanted = {model for to in regions for model in course.mixed(to, round_number)}
    for region, before in sorted(wanted, key=lambda m: (regions.index(m[0]), m[1])):
        kept = names.kept(region, before)
        if kept not in course.kept:
            course.kept.add(kept)
            copied_s = course.broadcasts[region, before].broadcast_end_s
            weights = {names.region(region): 1.0}
            plan.mix(kept, weights, (copied_s, copied_s), before)


def _add_mixing_round(
    course: _Course, plan: PlanBuilder, region: str, holder: Holder, round_number: int
) -> Holder | None:
    """Add a round that ends with a mixing.

    Returns the satellite that collects as the holder of the mixed model, or ``None``
    if it does not end its broadcast before the horizon.
    """
    scene, delta = course.scene, course.intervals[region]
    trained = train_locally(scene, holder)
    available_s = {
        origin: course.broadcasts[origin, before].broadcast_end_s
        for origin, before in course.mixed(region, round_number)
    }
    arrivals = course.choose(scene, region, available_s, trained, round_number - delta)
    if isinstance(arrivals, Missed):
        return _add_unmixed_round(scene, plan, region, trained, arrivals, round_number)
    if arrivals is None or arrivals.collector.broadcast_end_s > scene.horizon_s:
        return None
    after = arrivals.collector
    add_round(
        scene, plan, region, trained, arrivals.upload_start_s, after, round_number
    )
    carriers = [
        _add_pickup(course, plan, origin, carry, round_number - delta)
        for origin, carry in arrivals.carries.items()
    ]
    ratio = _mixing_ratio(course, region)
    mixing = Mixing(region, trained, arrivals, carriers, ratio, round_number, delta)
    course.add_mixing(scene, plan, mixing)
    return after


def _add_unmixed_round(
    scene: Scene,
    plan: PlanBuilder,
    region: str,
    trained: Trained,
    missed: Missed,
    round_number: int,
) -> Holder | None:
    """Add a round without its mixing, once the region gives up waiting.

    Returns the holder after it, ``None`` if it does not end before the horizon.
    """
    from_s = max(trained.ready_s, missed.waited_until_s)
    after = next_holder(scene, region, replace(trained, ready_s=from_s))
    if after is None or after.ready_s > scene.horizon_s:
        return None
    start_s = max(from_s, scene.sky.rise_s[after.row])
    add_round(scene, plan, region, trained, start_s, after, round_number)
    return after


def _mixing_ratio(course: _Course, region: str) -> float:
    """Return alpha P_min / P_i, with which the ring weighs region i by P_i.

    In the limit of many mixings the weights pi of the initial models satisfy
    pi_i alpha_i = pi_{i+1} alpha_{i+1}; equal regions have the same ratio. A grid
    weighs region i by P_i times the number of its neighbours, a chain the first alone.
    With intervals delta_i of their own it is alpha_i / delta_i in place of alpha_i.
    """
    weights, intervals = course.scene.weights, course.intervals
    often = intervals[region] / (sum(intervals.values()) / len(intervals))
    ratio = course.settings.mixing_ratio * often
    return ratio * (min(weights.values()) / weights[region])


def _add_pickup(
    course: _Course, plan: PlanBuilder, origin: str, carry: Carry, round_number: int
) -> str:
    """Return the slot of a model on board, after one client has uploaded it there.

    The upload has a beam of its own. A satellite that brings the model to several
    regions picks it up once.
    """
    carrier = names.carrier(carry.satellite, origin, round_number)
    if carrier not in course.on_board:
        course.on_board.add(carrier)
        times_s = (carry.load_start_s, carry.load_end_s)
        kept = names.kept(origin, round_number)
        op = plan.mix(carrier, {kept: 1.0}, times_s, round_number)
        sender = names.client(course.scene.clients(origin)[0])
        bits = course.scene.model_bits
        plan.transfer(op, "access", sender, carry.satellite, times_s, bits)
    return carrier


STRATEGY = Strategy(FedMeld, plan_fedmeld)
