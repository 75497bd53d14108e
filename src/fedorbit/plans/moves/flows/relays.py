"""Links over which planes hand volume on to other planes, slot by slot.

What a plane receives in a slot all its satellites can send from the next slot on: the
ring of a plane is taken to spread it meanwhile. Volumes are not told apart on the way,
so ``plane`` of a transfer is that of the satellite that sends.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedorbit.orbits.links import OpticalIsl, RadioIsl
from fedorbit.plans.moves.flows.transfers import merged
from fedorbit.plans.moves.flows.views import Views

RELAYED = ["sender", "receiver", "start_s", "end_s", "bits"]


@dataclass(frozen=True)
class Arcs:
    """What planes can hand to planes: all links between them, by slot."""

    sender: NDArray
    """Number of the plane."""
    receiver: NDArray
    slot: NDArray
    bits: NDArray


@dataclass(frozen=True)
class Relays:
    """Directed links between satellites of different planes, each with its slot."""

    satellites: list[str]
    plane: NDArray
    """Of each satellite, as a number."""
    sender: NDArray
    """Of each link and slot, the number of a satellite."""
    receiver: NDArray
    slot: NDArray
    bits: NDArray
    """What the link carries in the slot."""

    def arcs(self, slots: int) -> Arcs:
        """Return what planes can hand on in the first slots."""
        links, arc = self._arc_of_link(slots)
        firsts = links[np.unique(arc, return_index=True)[1]]
        return Arcs(
            self.plane[self.sender[firsts]],
            self.plane[self.receiver[firsts]],
            self.slot[firsts],
            np.bincount(arc, self.bits[links]),
        )

    def play(self, views: Views, flows: NDArray) -> pd.DataFrame:
        """Return transfers between satellites, from the bits of each arc.

        All links of an arc send for the same part of the slot, from its beginning.
        """
        slots = len(views.edges_s) - 2
        links, arc = self._arc_of_link(slots)
        part = np.clip(flows / np.bincount(arc, self.bits[links]), 0.0, 1.0)[arc]
        used = part > 1e-6
        links, part = links[used], part[used]
        begin_s, end_s = (
            views.edges_s[self.slot[links]],
            views.edges_s[self.slot[links] + 1],
        )
        until_s = np.where(part > 1 - 1e-6, end_s, begin_s + part * (end_s - begin_s))
        name = np.array(self.satellites, dtype=object)
        columns = (
            self.sender[links],
            self.receiver[links],
            begin_s,
            until_s,
            part * self.bits[links],
        )
        table = merged(pd.DataFrame(dict(zip(RELAYED, columns, strict=True))))
        for end in ("sender", "receiver"):
            table[end] = name[table[end].to_numpy(dtype=int)]
        return table

    def _arc_of_link(self, slots: int) -> tuple[NDArray, NDArray]:
        """Return the links of the first slots, and the number of the arc of each."""
        links = np.flatnonzero(self.slot < slots)
        planes = int(self.plane.max(initial=-1)) + 1
        ends = (
            self.plane[self.sender[links]] * planes + self.plane[self.receiver[links]]
        )
        key = self.slot[links] * planes**2 + ends
        return links, np.unique(key, return_inverse=True)[1]


def no_relays() -> Relays:
    """Return no links at all."""
    none = np.empty(0, dtype=int)
    return Relays([], none, none, none, none, np.empty(0))


def relays_of(
    ranges: pd.DataFrame,
    link: RadioIsl | OpticalIsl,
    planes: Mapping[str, int],
    edges_s: NDArray,
) -> Relays:
    """Return the links between planes of a table as ``grid_ranges`` returns it.

    ``planes`` has the number of each satellite's plane. A link carries in a slot what
    its rate at the range in the middle of the slot allows, if the two see each other
    at the samples of the table before the slot begins and after it ends. On the grid
    each satellite has one link to each plane beside it, both ways at once.
    """
    seconds = ranges["time_s"].unique()
    range_km = ranges["range_km"].to_numpy(dtype=float).reshape(-1, len(seconds))
    pairs = ranges.iloc[:: len(seconds)][["satellite_a", "satellite_b"]]
    pairs = pairs.to_numpy(dtype=object)
    edges_s = edges_s[edges_s <= seconds[-1]]
    middle_s = (edges_s[:-1] + edges_s[1:]) / 2
    before = np.searchsorted(seconds, edges_s[:-1], side="right") - 1
    after = np.searchsorted(seconds, edges_s[1:], side="left")
    satellites = sorted(planes)
    number = {name: n for n, name in enumerate(satellites)}
    blocks = []
    for (a, b), km in zip(pairs, range_km, strict=True):
        if a not in planes or b not in planes or planes[a] == planes[b]:
            continue
        # Distances out of sight are NaN, and so is what is added up over them.
        unseen = np.concatenate([[0], np.cumsum(np.isnan(km))])
        slots = np.flatnonzero(unseen[after + 1] == unseen[before])
        if not len(slots):
            continue
        rate_bps = link.rate_bps(np.interp(middle_s[slots], seconds, km))
        bits = rate_bps * np.diff(edges_s)[slots]
        for one, other in ((a, b), (b, a)):
            ends = np.full((2, len(slots)), [[number[one]], [number[other]]])
            blocks.append((*ends, slots, bits))
    if not blocks:
        return no_relays()
    sender, receiver, slot, bits = map(np.concatenate, zip(*blocks, strict=True))
    plane = np.array([planes[name] for name in satellites])
    return Relays(satellites, plane, sender, receiver, slot, bits)
