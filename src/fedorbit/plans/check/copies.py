"""Models that are handed on were sent to whoever has them."""

from collections import defaultdict
from typing import Any, NamedTuple

from fedorbit.plans import names
from fedorbit.plans.check.operations import TIME_TOLERANCE_S, require
from fedorbit.plans.plan import Plan
from fedorbit.plans.scene import Scene

HANDED_ON = (names.CARRIER, names.RELAY, names.GROUND, names.REPLY)
"""Kinds of models that whoever has them may hand on to a satellite."""


class _Move(NamedTuple):
    start_s: float
    sender: str
    receiver: str


def check_copies(plan: Plan, scene: Scene) -> None:
    """Raise ``PlanError`` if a copy on the way of a model was not sent there.

    A client that hands a model on has it by a transfer to its region that ends with
    the copy: from the satellite that had it, or the region's own broadcast. A satellite
    has it by one that serves the copy, from a client of the region that had it, from
    the satellite that had it, or from a station. Neither begins before they had it.
    """
    received, serving = _moves(plan, scene)
    written_s = {names.INITIAL: 0.0}
    for row, op in enumerate(plan.ops.itertuples(index=False)):
        if op.op == "evaluate":
            continue
        sent: list[_Move] | None = None
        if names.is_relay(op.target):
            sent = [m for m in received[op.end_s] if _is_at(op.target, m.receiver)]
        elif _is_copy_on_board(op):
            sent = [m for m in serving[row] if _is_at(op.target, m.receiver)]
        if sent is not None:
            source = op.sources[0]
            since_s = written_s[source] - TIME_TOLERANCE_S
            require(
                len(op.sources) == 1
                and any(m.start_s >= since_s and _has(m, source, scene) for m in sent),
                f"operation {row} (copy to {op.target} at {op.end_s:.3f} s) is of a "
                "model that was not sent there",
            )
        written_s[op.target] = op.end_s


def _moves(plan: Plan, scene: Scene) -> tuple[Any, Any]:
    """Return transfers to regions by their ends, and all by what they serve.

    Clients send in the name of their site.
    """
    sites = names.client_nodes(scene.homes)
    regions = set(scene.regions)
    received, serving = defaultdict(list), defaultdict(list)
    for move in plan.ledger.itertuples(index=False):
        if move.link != "carry":
            sender = sites.get(move.sender, move.sender)
            sent = _Move(move.start_s, sender, move.receiver)
            serving[move.op].append(sent)
            if move.receiver in regions:
                received[move.end_s].append(sent)
    return received, serving


def is_copy(op: Any) -> bool:
    """Return whether an operation is a copy of a model on its way."""
    return names.is_relay(op.target) or _is_copy_on_board(op)


def _is_copy_on_board(op: Any) -> bool:
    sources = list(op.sources)
    handed_on = len(sources) == 1 and names.kind_of(sources[0]) in HANDED_ON
    return names.is_carrier(op.target) and handed_on


def _is_at(slot: str, node: str) -> bool:
    """Return whether a slot is a copy on board a satellite or at a region's client."""
    return names.is_on_board(slot, node) or names.is_relayed_at(slot, node)


def _has(move: _Move, source: str, scene: Scene) -> bool:
    """Return whether the sender of a transfer has a model.

    Whoever broadcasts a region's model has it.
    """
    kind = names.kind_of(source)
    if kind == names.REGION:
        return source == names.region(move.receiver)
    if kind in (names.GROUND, names.REPLY):
        return move.sender in scene.stations
    return _is_at(source, move.sender)
