"""How all nodes get the sum, or the heads, of all: by a root, by flooding, by a walk.

Nodes may be planes, inside which everybody has the sum after an all-reduce, so that
any satellite of a plane can send it on.
"""

import heapq
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fedorbit.base.errors import Infeasible
from fedorbit.plans.moves.earliest import earliest_arrival, latest_departures
from fedorbit.plans.sky import NEVER
from fedorbit.plans.windows import Node, Transfer, Windows

ROUNDING_S = 1e-7  # of times, forwards and backwards
Ready = Mapping[Node, float]
"""From when on, in s, each node has its head."""


@dataclass(frozen=True)
class Exchange:
    """How the sum of all heads gets to all nodes."""

    root: Node
    """Who has the sum first."""
    gathered_s: float
    """When the root has it."""
    end_s: float
    """When the last node has it."""
    up: list[Transfer]
    """Heads and partial sums towards the root, each after those that it sums up."""
    down: list[Transfer]
    """The sum on its way from the root, in order of arrival."""


@dataclass(frozen=True)
class Flood:
    """How all nodes get the heads of all."""

    end_s: float
    """When the last node has the last head."""
    transfers: list[tuple[Node, Transfer]]
    """Whose head, and how it travels, in order of arrival."""


def best_root(
    windows: Windows,
    ready_s: Ready,
    bits: float,
    roots: Collection[Node] | None = None,
    busy_s: NDArray | None = None,
) -> Exchange:
    """Return how the sum of all heads gets to all nodes soonest by way of one node.

    Heads of ``bits`` are summed up on their way to the root, which sends the sum, or
    the mean, back. With EA for earliest arrival,

        T = min over roots [max_o EA(o -> root), then max_o EA(root -> o)].

    Summing costs no time: if all send along the latest ways that still reach the root
    in time, whoever waits for others is not late. ``roots`` are the nodes of
    ``ready_s`` if not given; with one on the ground it is the baseline that goes by
    ground, and over windows of fixed pairs that of fixed neighbours. Raises
    ``Infeasible`` if no root is reached by all and reaches all.
    """
    candidates = list(ready_s if roots is None else roots)
    at = [
        earliest_arrival(windows, {node: time_s}, bits, busy_s).at_s
        for node, time_s in ready_s.items()
    ]
    gathered_s = {r: max(one.get(r, NEVER) for one in at) for r in candidates}
    best_s, root = NEVER, None
    for candidate in sorted(candidates, key=gathered_s.__getitem__):
        start_s = gathered_s[candidate]
        if start_s >= best_s:
            break
        back = earliest_arrival(windows, {candidate: start_s}, bits, busy_s).at_s
        end_s = max(back.get(node, NEVER) for node in ready_s)
        if end_s < best_s:
            best_s, root = end_s, candidate
    if root is None:
        raise Infeasible(
            f"the models of {len(ready_s)} groups never get to one place and back "
            f"before the scenario ends{REMEDY}"
        )
    deadline_s = gathered_s[root] + ROUNDING_S
    _, parents = latest_departures(windows, root, deadline_s, bits, busy_s)
    return along_tree(windows, root, parents, ready_s, bits, busy_s)


def along_tree(
    windows: Windows,
    root: Node,
    parents: Mapping[Node, Node],
    ready_s: Ready,
    bits: float,
    busy_s: NDArray | None = None,
) -> Exchange:
    """Return how heads are summed up along a tree and the sum goes back by any way.

    ``parents`` says to whom nodes send on the way to the root. A node sends when it
    has its own head and all that comes from its children. Raises ``Infeasible`` if a
    node is not reached.
    """
    has_s, up = dict(ready_s), []
    for node in _leaves_first(root, parents, ready_s):
        sent = _soonest(windows, node, parents[node], has_s[node], bits, busy_s)
        has_s[sent.receiver] = max(has_s.get(sent.receiver, sent.end_s), sent.end_s)
        up.append(sent)
    back = earliest_arrival(windows, {root: has_s[root]}, bits, busy_s)
    for node in ready_s:
        if node not in back.at_s:
            raise Infeasible(_never(root, node))
    needed = dict.fromkeys(t for node in ready_s for t in back.route(node))
    down = sorted(needed, key=lambda transfer: transfer.end_s)
    end_s = max(back.at_s[node] for node in ready_s)
    return Exchange(root, has_s[root], end_s, up, down)


def along_walk(
    windows: Windows,
    walk: Sequence[Node],
    ready_s: Ready,
    bits: float,
    busy_s: NDArray | None = None,
) -> list[Transfer]:
    """Return the transfers of a sum that is handed on along a walk, as a baseline.

    A node adds its head when the walk first comes by, for which it must be ready.
    ``chain_walk`` and ``ring_walk`` make walks at whose end all have the sum. Raises
    ``Infeasible`` if the walk gets stuck.
    """
    now_s, done = -math.inf, []
    for node, after in pairwise(walk):
        now_s = max(now_s, ready_s.get(node, -math.inf))
        done.append(_soonest(windows, node, after, now_s, bits, busy_s))
        now_s = done[-1].end_s
    return done


def chain_walk(nodes: Sequence[Node]) -> list[Node]:
    """Return the walk from the first node to the last and back."""
    return [*nodes, *nodes[-2::-1]]


def ring_walk(nodes: Sequence[Node]) -> list[Node]:
    """Return the walk around a ring, and on to the last that lacks the sum."""
    return [*nodes, *nodes[:-1]]


def flood(
    windows: Windows, ready_s: Ready, bits: float, busy_s: NDArray | None = None
) -> Flood:
    """Return how all nodes send all heads to all others as soon as they have them.

    Heads that share a window take turns, in order of arrival, and no node gets a head
    twice. For heads so small that turns do not matter T is the greatest EA from any
    node to any other, and no root is sooner. Raises ``Infeasible`` unless all get all.
    """
    if busy_s is None:
        busy_s = np.full(len(windows.ends), -math.inf)
    busy_s, has, transfers = busy_s.copy(), set(), []
    # Entries are (time, counter, node, owner of the head, transfer that brings it).
    waiting = [(s, n, node, node, None) for n, (node, s) in enumerate(ready_s.items())]
    heapq.heapify(waiting)
    count = len(waiting)
    while waiting:
        time_s, _, node, owner, came = heapq.heappop(waiting)
        if (node, owner) in has:
            continue
        if came is not None and came.start_s < busy_s[came.window]:
            # Another head was first: try once more between the two.
            ends = came.sender, node
            onward = [windows.soonest(*ends, came.start_s, bits, busy_s)]
        else:
            has.add((node, owner))
            if came is not None:
                busy_s[came.window] = came.end_s
                transfers.append((owner, came))
            bundle = windows.from_node(node)
            onward = bundle.soonest(time_s, bits, busy_s).values() if bundle else ()
        for transfer in onward:
            if transfer is not None and (transfer.receiver, owner) not in has:
                entry = transfer.end_s, count, transfer.receiver, owner, transfer
                heapq.heappush(waiting, entry)
                count += 1
    for owner in ready_s:
        for node in ready_s:
            if (node, owner) not in has:
                raise Infeasible(_never(owner, node))
    ends_s = [t.end_s for _, t in transfers if t.receiver in ready_s]
    return Flood(max([*ready_s.values(), *ends_s]), transfers)


def _leaves_first(
    root: Node, parents: Mapping[Node, Node], ready_s: Ready
) -> list[Node]:
    """Return all nodes on ways to the root but itself, each after its children."""
    depth = {root: 0}
    for node in ready_s:
        way = [node]
        while way[-1] not in depth:
            way.append(parents[way[-1]])
        for above, below in pairwise(way[::-1]):
            depth[below] = depth[above] + 1
    return sorted((n for n in depth if n != root), key=depth.get, reverse=True)


def _soonest(
    windows: Windows,
    origin: Node,
    target: Node,
    from_s: float,
    bits: float,
    busy_s: NDArray | None,
) -> Transfer:
    """Return the soonest transfer between neighbours, or raise ``Infeasible``."""
    transfer = windows.soonest(origin, target, from_s, bits, busy_s)
    if transfer is None:
        raise Infeasible(_never(origin, target))
    return transfer


REMEDY = (
    "; lengthen scenario.hours or choose a constellation whose planes see each other."
)


def _never(origin: Node, target: Node) -> str:
    return (
        f"the model of {origin} never gets to {target} before the scenario ends{REMEDY}"
    )
