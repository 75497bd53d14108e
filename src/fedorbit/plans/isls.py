"""Routes over links between satellites: fewest hops, one hop after the other."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedorbit.orbits.constants import SPEED_OF_LIGHT_M_S
from fedorbit.orbits.links import OpticalIsl, RadioIsl
from fedorbit.plans.sky import NEVER

HOPS_PER_KM = 1e-9  # far less than one hop for any route, so that length breaks ties


@dataclass(frozen=True)
class Hop:
    """A transfer from one satellite to a neighbour."""

    sender: str
    receiver: str
    start_s: float
    end_s: float
    """When the last bit has arrived."""


class Isls:
    """The links between satellites over time, with the budget of all of them."""

    def __init__(self, ranges: pd.DataFrame, link: RadioIsl | OpticalIsl) -> None:
        """Take a table as ``grid_ranges`` returns it, and the budget of the links."""
        self._link = link
        self._seconds = ranges["time_s"].unique().tolist()
        # Shape (pairs, times).
        self._range_km = (
            ranges["range_km"].to_numpy(dtype=float).reshape(-1, len(self._seconds))
        )
        first = ranges.iloc[:: len(self._seconds)]
        names = first[["satellite_a", "satellite_b"]].to_numpy(dtype=object)
        self.satellites, ends = np.unique(names.ravel(), return_inverse=True)
        self._ends = ends.reshape(names.shape)  # (pairs, 2)
        self._number = {name: number for number, name in enumerate(self.satellites)}
        self._pair = {frozenset(pair): row for row, pair in enumerate(names)}
        self._neighbours: dict[str, list[str]] = {}
        for a, b in names:
            self._neighbours.setdefault(a, []).append(b)
            self._neighbours.setdefault(b, []).append(a)
        self._towards = lru_cache(maxsize=256)(self._next_hops)

    @cached_property
    def _in_sight(self) -> NDArray:
        """Return which pairs see each other at a sample and at the next."""
        return ~np.isnan(self._range_km[:, :-1] + self._range_km[:, 1:])

    @property
    def pairs(self) -> set[frozenset[str]]:
        """Return the pairs of satellites that have a link."""
        return set(self._pair)

    def neighbours(self, satellite: str) -> list[str]:
        """Return the satellites to which one has a link, whether in sight or not."""
        return self._neighbours.get(satellite, [])

    def next_sample_s(self, time_s: float) -> float:
        """Return the next time of the table after another, infinite after the last."""
        sample = bisect_right(self._seconds, time_s)
        return self._seconds[sample] if sample < len(self._seconds) else NEVER

    def linked(self, contacts: pd.DataFrame) -> pd.DataFrame:
        """Return the passes of those satellites that have links to others."""
        mine = contacts["satellite"].isin(self.satellites)
        return contacts[mine].reset_index(drop=True)

    def send(
        self,
        origin: str,
        destination: str,
        start_s: float,
        bits: float,
        busy_until_s: Mapping[tuple[str, str], float],
    ) -> list[Hop] | None:
        """Return the hops of a message, store and forward, by a route of fewest hops.

        Of such routes it is the shortest. A satellite sends on what it has received
        whole, as soon as the link, in this direction, is free: ``busy_until_s`` maps
        senders and receivers to times. Where there is no route, or a link is lost
        before the end, the message waits for the next sample of the table. There are
        no hops if origin and destination are the same, and the result is ``None`` if
        the message does not arrive before the end of the table.
        """
        hops: list[Hop] = []
        at, time_s = origin, start_s
        while at != destination:
            sample = bisect_right(self._seconds, time_s) - 1
            if sample > len(self._seconds) - 2:
                return None
            onward = self._towards(sample, destination)[self._number[at]]
            end_s = NEVER
            if onward >= 0:
                receiver = self.satellites[onward]
                sent_s = max(time_s, busy_until_s.get((at, receiver), 0.0))
                end_s = self.finish_s(at, receiver, sent_s, bits)
            else:
                sample = self._last_without_route(sample, at, destination)
            if end_s < NEVER:
                hops.append(Hop(at, receiver, sent_s, end_s))
                at, time_s = receiver, end_s
            else:
                time_s = self._seconds[sample + 1]
        return hops

    def finish_s(
        self, sender: str, receiver: str, start_s: float, bits: float
    ) -> float:
        """Return when a message has arrived, infinite if the two are not in sight.

        It takes the bits over the rate at the range at the start, and the time of
        light over that range.
        """
        row = self._pair.get(frozenset((sender, receiver)))
        if row is None or not self._seconds[0] <= start_s <= self._seconds[-1]:
            return NEVER
        first = bisect_right(self._seconds, start_s) - 1
        range_km = self._range_at(row, first, start_s)
        if math.isnan(range_km):
            return NEVER
        light_s = 1e3 * range_km / SPEED_OF_LIGHT_M_S
        end_s = start_s + bits / float(self._link.rate_bps(range_km)) + light_s
        last = bisect_left(self._seconds, end_s)
        between = self._range_km[row, first : last + 1].tolist()
        in_sight = all(range_km > 0 for range_km in between)
        return end_s if end_s <= self._seconds[-1] and in_sight else NEVER

    def _range_at(self, row: int, sample: int, time_s: float) -> float:
        """Return the range of a pair at a time from a sample to before the next.

        It is NaN if that of either sample is and the time is between them. The formula
        is that of ``numpy.interp``, which takes longer for one number.
        """
        before_s, before_km = self._seconds[sample], float(self._range_km[row, sample])
        if time_s == before_s:
            return before_km
        after_km = float(self._range_km[row, sample + 1])
        slope = (after_km - before_km) / (self._seconds[sample + 1] - before_s)
        return slope * (time_s - before_s) + before_km

    def _last_without_route(self, sample: int, at: str, destination: str) -> int:
        """Return the sample before the next that has a route, or the last of all."""
        here, there = self._number[at], self._number[destination]
        islands = self._islands[sample + 1 :]
        found = np.flatnonzero(islands[:, here] == islands[:, there])
        return sample + int(found[0]) if len(found) else len(self._seconds) - 2

    @cached_property
    def _islands(self) -> NDArray:
        """Return which satellites have routes to one another: those of equal number.

        The shape is (samples but the last, satellites).
        """
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        pairs, samples = np.nonzero(self._in_sight)
        size = len(self.satellites)
        a, b = (self._ends[pairs] + size * samples[:, None]).T
        nodes = size * self._in_sight.shape[1]
        links = coo_array((np.ones(len(a), dtype=bool), (a, b)), shape=(nodes, nodes))
        return connected_components(links, directed=False)[1].reshape(-1, size)

    def _next_hops(self, sample: int, destination: str) -> NDArray:
        """Return whom each satellite sends to for a destination, negative for nobody.

        Links are those in sight at a sample and at the next.
        """
        # Only plans over such links need SciPy, which takes long to load.
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import dijkstra

        in_sight = self._in_sight[:, sample]
        hops = 1 + HOPS_PER_KM * self._range_km[in_sight, sample]
        a, b = self._ends[in_sight].T
        size = len(self.satellites)
        # Its tree of shortest paths from the destination has the ways towards it.
        return dijkstra(
            csr_array((hops, (a, b)), shape=(size, size)),
            directed=False,
            indices=self._number[destination],
            return_predecessors=True,
        )[1]
