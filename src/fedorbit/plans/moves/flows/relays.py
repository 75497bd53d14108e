"""Links over which planes hand volume on to other planes, slot by slot.

What a plane receives in a slot all its satellites can send from the next slot on: the
ring of a plane is taken to spread it meanwhile. Volumes are not told apart on the way,
so ``plane`` of a transfer to a station is that of the satellite that sends.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedorbit.orbits.links import OpticalIsl, RadioIsl
from fedorbit.plans.moves.flows.transfers import (
    TICKS,
    by_slot,
    merged,
    slot_transfers,
)

RELAYED = ["sender", "receiver", "start_s", "end_s", "bits"]


@dataclass(frozen=True)
class Relays:
    """Directed links between satellites of different planes, each with its slot.

    A terminal sends to one other at a time, or receives from one.
    """

    satellites: list[str]
    plane: NDArray
    """Of each satellite, as a number in the planes of the demand."""
    sender: NDArray
    """Of each link and slot, the number of a satellite."""
    receiver: NDArray
    sending: NDArray
    """Of each link and slot, the number of the terminal that sends."""
    receiving: NDArray
    slot: NDArray
    bits: NDArray
    """What the link carries in the slot."""

    def first(self, slots: int) -> Self:
        """Return the links of the first slots, in order of slots and ends."""
        kept = np.flatnonzero(self.slot < slots)
        columns = (self.receiver[kept], self.sender[kept], self.slot[kept])
        kept = kept[np.lexsort(columns)]
        names = [field.name for field in fields(self)][2:]
        return replace(self, **{name: getattr(self, name)[kept] for name in names})

    def play(self, edges_s: NDArray, fractions: NDArray) -> pd.DataFrame:
        """Return transfers between satellites that give each link its fraction."""
        ticks = np.rint(fractions * TICKS).astype(np.int64)
        rows = []
        for links in by_slot(self.slot, ticks > 0):
            terminals = (self.sending[links], self.receiving[links])
            times_s = edges_s[self.slot[links[0]] :][:2]
            once = np.ones(int(self.receiving.max()) + 1, dtype=int)
            for n, *times in slot_transfers(*terminals, ticks[links], once, times_s):
                link = links[n]
                part = (times[1] - times[0]) / (times_s[1] - times_s[0])
                ends = (self.sender[link], self.receiver[link])
                rows.append((*ends, *times, part * self.bits[link]))
        table = merged(pd.DataFrame(rows, columns=RELAYED))
        name = np.array(self.satellites, dtype=object)
        for end in ("sender", "receiver"):
            table[end] = name[table[end].to_numpy(dtype=int)]
        return table


def no_relays() -> Relays:
    """Return no links at all."""
    none = np.empty(0, dtype=int)
    return Relays([], none, none, none, none, none, none, np.empty(0))


def grid_relays(
    ranges: pd.DataFrame,
    link: RadioIsl | OpticalIsl,
    planes: Mapping[str, int],
    edges_s: NDArray,
) -> Relays:
    """Return the links between planes of a table as ``grid_ranges`` returns it.

    ``planes`` has the number of each satellite's plane. A link carries in a slot what
    its rate at the range in the middle of the slot allows, if the two see each other
    at the samples of the table before the slot begins and after it ends. Each link
    has terminals of its own, and carries as much either way.
    """
    seconds = ranges["time_s"].unique()
    range_km = ranges["range_km"].to_numpy(dtype=float).reshape(-1, len(seconds))
    pairs = ranges.iloc[:: len(seconds)][["satellite_a", "satellite_b"]]
    edges_s = edges_s[edges_s <= seconds[-1]]
    middle_s = (edges_s[:-1] + edges_s[1:]) / 2
    before = np.searchsorted(seconds, edges_s[:-1], side="right") - 1
    after = np.searchsorted(seconds, edges_s[1:], side="left")
    blocks = []
    for (a, b), km in zip(pairs.to_numpy(dtype=object), range_km, strict=True):
        unseen = np.concatenate([[0], np.cumsum(np.isnan(km))])
        slots = np.flatnonzero(unseen[after + 1] == unseen[before])
        rate_bps = link.rate_bps(np.interp(middle_s[slots], seconds, km))
        blocks.append((a, b, slots, rate_bps * np.diff(edges_s)[slots]))
    return _relays(blocks, planes, own_terminals=True)


def window_relays(
    windows: pd.DataFrame,
    ranges: pd.DataFrame,
    link: RadioIsl | OpticalIsl,
    planes: Mapping[str, int],
    edges_s: NDArray,
) -> Relays:
    """Return the links between planes of windows and ranges of ``orbits.crossings``.

    A link exists in the slots that a window covers from end to end. It carries what
    the lowest of its rates in the slot allows; between two samples the rate is the mean
    of both, as in ``Windows``.
    Each satellite has one terminal: it sends to one other satellite at a time, and
    receives from one.
    """
    names = windows[["satellite_a", "satellite_b"]].to_numpy(dtype=object)
    time_s = ranges["time_s"].to_numpy()
    range_km = ranges["range_km"].to_numpy()
    rate_bps = np.broadcast_to(link.rate_bps(range_km), range_km.shape)
    first = np.searchsorted(ranges["window"], np.arange(len(windows) + 1))
    begins = np.searchsorted(edges_s, time_s[first[:-1]], side="left")
    ends = np.searchsorted(edges_s, time_s[first[1:] - 1], side="right") - 1
    length_s = np.diff(edges_s)
    blocks = []
    for window in np.flatnonzero(ends > begins):
        low, high = first[window : window + 2]
        own_s, slots = time_s[low:high], np.arange(begins[window], ends[window])
        means_bps = (rate_bps[low + 1 : high] + rate_bps[low : high - 1]) / 2
        from_ = np.searchsorted(own_s, edges_s[slots], side="right") - 1
        until = np.searchsorted(own_s, edges_s[slots + 1], side="left")
        spans = np.column_stack([from_, until]).ravel()
        padded = np.append(means_bps, np.inf)
        lowest_bps = np.minimum.reduceat(padded, spans)[::2]
        blocks.append((*names[window], slots, lowest_bps * length_s[slots]))
    return _relays(blocks, planes, own_terminals=False)


def _relays(
    blocks: list[tuple], planes: Mapping[str, int], own_terminals: bool
) -> Relays:
    """Return both directions of links ``(a, b, slots, bits)`` between planes."""
    satellites = list(planes)
    number = {name: n for n, name in enumerate(satellites)}
    parts = []
    for pair, (a, b, slots, bits) in enumerate(blocks):
        if a not in planes or b not in planes or planes[a] == planes[b]:
            continue
        for way, (one, other) in enumerate(((a, b), (b, a))):
            ends = (number[one], number[other])
            terminals = (2 * pair + way,) * 2 if own_terminals else ends
            same = np.tile([*ends, *terminals], (len(slots), 1))
            parts.append(np.column_stack([same, slots, bits]))
    if not sum(map(len, parts)):
        return no_relays()
    *whole, bits = np.vstack(parts).T
    plane = np.array([planes[name] for name in satellites])
    return Relays(satellites, plane, *(c.astype(int) for c in whole), bits)
