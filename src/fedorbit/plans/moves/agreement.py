"""How planes of satellites come to the mean of their models.

Inside a plane all satellites have the same model before. One of several ways brings
the mean of all planes to all of them:

* ``earliest``: the root that is best, along ways of earliest arrival over any pair of
  satellites that see each other;
* ``flood``: everybody sends all models on, and each plane takes the mean itself;
* ``fixed``: as ``earliest``, but over the fixed neighbours of the +grid alone;
* ``chain``: from plane to plane, to the last and back;
* ``ground``: by the stations, which share one server.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

import numpy as np

from fedorbit.base.errors import TooShort
from fedorbit.plans import names
from fedorbit.plans.costs import ALL
from fedorbit.plans.moves.fleet import Fleet, Sent, add_sent, over_ring
from fedorbit.plans.moves.heads import best_root, chain_walk, flood
from fedorbit.plans.moves.stations import Antennas, Pass
from fedorbit.plans.plan import PlanBuilder
from fedorbit.plans.scene import Scene

Way = Literal["earliest", "flood", "fixed", "chain", "ground"]
"""How planes come to a mean."""
Ready = Mapping[str, float]
"""From when on all satellites of each plane have its model, by plane."""


@dataclass(frozen=True)
class Agreement:
    """How the mean of all planes gets to all of them."""

    average_s: float
    """When somebody has it first."""
    ready_s: dict[str, float]
    """By plane, when all its satellites have it."""
    towards: list[Sent]
    """What is sent before there is a mean."""
    back: dict[str, list[Sent]] = field(default_factory=dict)
    """What is sent afterwards, by the plane that it arrives at."""


def agree(fleet: Fleet, ready_s: Ready, bits: float, way: Way) -> Agreement:
    """Return how models of ``bits`` become their mean; a single plane has it already.

    Raises ``Infeasible`` if they do not within the scenario.
    """
    if len(fleet.planes) == 1:
        return Agreement(max(ready_s.values()), dict(ready_s), [])
    return WAYS[way](fleet, ready_s, bits)


def add_agreement(
    fleet: Fleet,
    plan: PlanBuilder,
    agreement: Agreement,
    round_number: int,
    scope: Sequence[str] = ALL,
) -> None:
    """Add the mean and its copies in all planes, with what was sent."""
    average_s = (agreement.average_s,) * 2
    weights = fleet.weights
    op = plan.mix(names.AVERAGE, weights, average_s, round_number, scope=scope)
    add_sent(plan, op, agreement.towards)
    for plane, ready_s in agreement.ready_s.items():
        copy = {names.AVERAGE: 1.0}
        op = plan.mix(plane, copy, (ready_s, ready_s), round_number, scope=scope)
        add_sent(plan, op, agreement.back.get(plane, []))


def add_evaluations(
    scene: Scene, plan: PlanBuilder, agreement: Agreement, round_number: int
) -> None:
    """Evaluate the mean, and the model of each plane when all of it has that."""
    plan.evaluate(names.AVERAGE, agreement.average_s, round_number)
    for plane, ready_s in agreement.ready_s.items():
        plan.evaluate(plane, ready_s, round_number, scene.tests(plane))


def _by_root(
    fleet: Fleet, ready_s: Ready, bits: float, grid_only: bool = False
) -> Agreement:
    """Return the agreement by the best root."""
    found = best_root(fleet.windows(bits, grid_only), ready_s, bits)
    up = [(transfer.sender, transfer.receiver) for transfer in found.up]
    down = [(transfer.sender, transfer.receiver) for transfer in found.down]
    return _along(fleet, ready_s, bits, up, down, found.root, grid_only)


def _by_chain(fleet: Fleet, ready_s: Ready, bits: float) -> Agreement:
    """Return the agreement by a walk from the first plane to the last and back."""
    walk, half = list(pairwise(chain_walk(fleet.planes))), len(fleet.planes) - 1
    last = fleet.planes[-1]
    return _along(fleet, ready_s, bits, walk[:half], walk[half:], last)


def _along(
    fleet: Fleet,
    ready_s: Ready,
    bits: float,
    up: Sequence[tuple[str, str]],
    down: Sequence[tuple[str, str]],
    root: str,
    grid_only: bool = False,
) -> Agreement:
    """Return the agreement by given ways between planes, up to a root and down again.

    A plane sends on what all its satellites have.
    """
    hops = _Hops(fleet, bits, grid_only)
    has_s = dict(ready_s)
    towards, back = [], {}
    for sender, receiver in up:
        at_s, sent = hops.send(sender, receiver, has_s[sender])
        has_s[receiver] = max(at_s, has_s.get(receiver, at_s))
        towards += sent
    average_s = has_s[root]
    has_s = {root: average_s}
    for sender, receiver in down:
        has_s[receiver], back[receiver] = hops.send(sender, receiver, has_s[sender])
    return Agreement(average_s, {p: has_s[p] for p in fleet.planes}, towards, back)


def _by_flood(fleet: Fleet, ready_s: Ready, bits: float) -> Agreement:
    """Return the agreement in which all planes have all models."""
    found = flood(fleet.windows(bits), ready_s, bits)
    hops = _Hops(fleet, bits)
    has_s = {(plane, plane): at_s for plane, at_s in ready_s.items()}
    rows = defaultdict(list)
    for owner, transfer in found.transfers:
        sender, receiver = transfer.sender, transfer.receiver
        at_s, sent = hops.send(sender, receiver, has_s[sender, owner])
        has_s[receiver, owner] = at_s
        rows[receiver] += sent
    at_s = {p: max(has_s[p, owner] for owner in ready_s) for p in fleet.planes}
    first = min(at_s, key=at_s.__getitem__)
    return Agreement(at_s[first], at_s, rows.pop(first, []), rows)


def _by_ground(fleet: Fleet, ready_s: Ready, bits: float) -> Agreement:
    """Return the agreement by stations; raises ``TooShort`` if it takes too long."""
    scene = fleet.scene
    antennas = Antennas(scene)
    towards: list[Sent] = []
    for plane in sorted(fleet.planes, key=ready_s.__getitem__):
        asked = fleet.rings[plane], scene.links.feeder_down, ready_s[plane], bits
        found = _pass(antennas.soonest(*asked), scene.horizon_s)
        antennas.book(found)
        towards.append(_sent(found, bits, down=True))
    average_s = max(sent.end_s for sent in towards)
    back = sent_up(fleet, antennas, average_s, bits)
    # All go on together, so that the next models down meet no antenna that is taken.
    last_s = max(back.ready_s.values())
    together_s = dict.fromkeys(fleet.planes, last_s)
    return replace(back, towards=towards, ready_s=together_s)


def sent_up(fleet: Fleet, antennas: Antennas, from_s: float, bits: float) -> Agreement:
    """Return how a model that the ground has from a time on gets to all satellites.

    Raises ``TooShort`` if it does not within the scenario.
    """
    scene, at_s, back = fleet.scene, {}, {}
    for plane, ring in fleet.rings.items():
        soonest = antennas.soonest(ring, scene.links.feeder_up, from_s, bits)
        found = _pass(soonest, scene.horizon_s)
        antennas.book(found)
        spread = fleet.book(fleet.spread(plane, found.satellite, bits, found.end_s))
        at_s[plane] = max(found.end_s, spread.end_s)
        back[plane] = [_sent(found, bits, down=False), *over_ring(spread)]
    return Agreement(from_s, at_s, [], back)


def _pass(found: Pass | None, horizon_s: float) -> Pass:
    if found is None or found.end_s > horizon_s:
        raise TooShort(
            "the models of some planes do not get to a station and back before the "
            f"scenario ends at {horizon_s / 3600:g} h; lengthen scenario.hours or add "
            "a ground station."
        )
    return found


def _sent(found: Pass, bits: float, down: bool) -> Sent:
    ends = (found.satellite, found.station)
    ends = ends if down else ends[::-1]
    return Sent("feeder", *ends, found.start_s, found.end_s, bits)


class _Hops:
    """Transfers between planes, each with its spreading in the plane that receives."""

    def __init__(self, fleet: Fleet, bits: float, grid_only: bool = False) -> None:
        self.fleet, self.bits = fleet, bits
        self.windows = fleet.windows(None, grid_only)
        free = np.full(len(self.windows.ends), -np.inf)
        self.busy_s = fleet.busy_s.setdefault(grid_only, free)

    def send(
        self, sender: str, receiver: str, from_s: float
    ) -> tuple[float, list[Sent]]:
        """Return when all of a plane have what another has, and what is sent for it.

        Raises ``Infeasible`` if they never see each other again.
        """
        windows, bits = self.windows, self.bits
        transfer = windows.soonest(sender, receiver, from_s, bits, self.busy_s)
        if transfer is None:
            raise TooShort(
                f"{sender} does not see {receiver} from {from_s:.0f} s on before the "
                "scenario ends; lengthen scenario.hours."
            )
        self.busy_s[transfer.window] = transfer.end_s
        ends = windows.ends.iloc[transfer.window]
        pair = ends["satellite_a"], ends["satellite_b"]
        is_back = transfer.window >= len(windows.ends) // 2
        source, target = pair[::-1] if is_back else pair
        spread = self.fleet.spread(receiver, target, bits, transfer.end_s)
        self.fleet.book(spread)
        hop = Sent("isl", source, target, transfer.start_s, transfer.end_s, bits)
        return max(transfer.end_s, spread.end_s), [hop, *over_ring(spread)]


WAYS: dict[str, Callable[[Fleet, Ready, float], Agreement]] = {
    "earliest": _by_root,
    "flood": _by_flood,
    "fixed": lambda fleet, ready_s, bits: _by_root(fleet, ready_s, bits, True),
    "chain": _by_chain,
    "ground": _by_ground,
}
"""The function of each way."""
