"""Earliest arrival over windows between nodes of any kind, and latest departure.

Windows are FIFO, so Dijkstra's algorithm with the arrival as distance is exact (S. E.
Dreyfus, "An appraisal of some shortest-path algorithms", Operations Research 17(3),
1969). Over contacts of satellites it is the contact graph routing of CCSDS 734.3.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from numpy.typing import NDArray

from fedorbit.plans.sky import NEVER
from fedorbit.plans.windows import Node, Transfer, Windows


@dataclass(frozen=True)
class Arrivals:
    """When something arrives at nodes, and how."""

    at_s: dict[Node, float]
    """By node; those that it never reaches are missing."""
    last: dict[Node, Transfer]
    """The transfer that brings it; the origins have none."""

    def route(self, node: Node) -> list[Transfer]:
        """Return the transfers that bring it to a node, from an origin on."""
        route = []
        while node in self.last:
            route.append(self.last[node])
            node = route[-1].sender
        return route[::-1]


Offers = Iterator[Transfer | float]
"""Transfers that a node can send. A time between them says that none of those that
follow starts before it, so that nobody asks for them until then."""


def earliest_arrival(
    windows: Windows,
    origins: Mapping[Node, float],
    bits: float,
    busy_s: NDArray | None = None,
) -> Arrivals:
    """Return when ``bits`` that origins have from some times on arrive at all nodes.

    They are sent on whole, by any windows into whose remaining time they fit. The
    array ``busy_s`` says of each window until when it is taken by other transfers.
    """

    def offers_of(node: Node, time_s: float) -> list[Offers]:
        bundle = windows.from_node(node)
        return [iter(bundle.soonest(time_s, bits, busy_s).values())] if bundle else []

    return spread(offers_of, origins)


def spread(
    offers_of: Callable[[Node, float], Iterable[Offers]],
    origins: Mapping[Node, float],
    is_enough: Callable[[Node], bool] = lambda node: False,
    rank: Callable[[Node], int] = lambda node: 0,
) -> Arrivals:
    """Return when something arrives at nodes that origins have from some times on.

    ``offers_of`` a node and the time of its arrival there are the transfers that take
    it on. It is told of nodes by arrival, of equal ones by ``rank``, and no more after
    one that ``is_enough``.
    """
    at_s: dict[Node, float] = {}
    last: dict[Node, Transfer] = {}
    best_s = dict(origins)
    # The counter keeps nodes, which need have no order, from being compared.
    number = count()
    waiting: list[tuple[float, int, int, Node, Offers | None]] = [
        (time_s, rank(node), next(number), node, None)
        for node, time_s in origins.items()
    ]
    heapq.heapify(waiting)
    while waiting:
        time_s, _, _, node, asked = heapq.heappop(waiting)
        if asked is None:
            if node in at_s:
                continue
            at_s[node] = time_s
            if is_enough(node):
                break
        for offers in offers_of(node, time_s) if asked is None else [asked]:
            for offer in offers:
                if isinstance(offer, float):
                    again = (offer, 0, next(number), node, offers)
                    heapq.heappush(waiting, again)
                    break
                there, end_s = offer.receiver, offer.end_s
                if there not in at_s and end_s < best_s.get(there, NEVER):
                    best_s[there] = end_s
                    last[there] = offer
                    arrival = (end_s, rank(there), next(number), there, None)
                    heapq.heappush(waiting, arrival)
    return Arrivals(at_s, last)


def latest_departures(
    windows: Windows,
    target: Node,
    deadline_s: float,
    bits: float,
    busy_s: NDArray | None = None,
) -> tuple[dict[Node, float], dict[Node, Node]]:
    """Return when ``bits`` must leave each node to be in time, and to whom.

    It is earliest arrival at the target, against the time. Nodes from which they never
    get there are missing; the target has no successor.
    """
    from_s: dict[Node, float] = {}
    successor: dict[Node, Node] = {}
    best_s = {target: deadline_s}
    waiting, count = [(-deadline_s, 0, target)], 1
    while waiting:
        _, _, node = heapq.heappop(waiting)
        if node in from_s:
            continue
        from_s[node] = best_s[node]
        bundle = windows.to_node(node)
        starts = bundle.latest_starts_s(best_s[node], bits, busy_s) if bundle else {}
        for neighbour, start_s in starts.items():
            if neighbour not in from_s and start_s > best_s.get(neighbour, -NEVER):
                best_s[neighbour] = start_s
                successor[neighbour] = node
                heapq.heappush(waiting, (-start_s, count, neighbour))
                count += 1
    return from_s, successor
