"""Windows between nodes of any kind, and the transfers that fit into them.

A window has a sender and a receiver, and a rate and a light time over the times
during which it is open. Nodes are what the user makes them: satellites, planes,
regions, stations. Windows are FIFO: who starts later never arrives earlier, since
ranges change far more slowly than light travels.
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray

from fedorbit.orbits.constants import SPEED_OF_LIGHT_M_S
from fedorbit.orbits.links import OpticalIsl, RadioIsl
from fedorbit.plans.sky import NEVER

SLACK_S = 1e-6  # by which a transfer may be too late for a window: only rounding is
ENDS = ["sender", "receiver"]
SAMPLES = ["window", "time_s", "rate_bps", "light_s"]

Node = Hashable


@dataclass(frozen=True)
class Transfer:
    """A transfer through a window."""

    window: int
    """Number of the window."""
    sender: Node
    receiver: Node
    start_s: float
    end_s: float
    """When the last bit has arrived."""


class Windows:
    """Windows between nodes, numbered as the rows of a table.

    ``ends`` has the columns ``sender`` and ``receiver``, and others if there is use
    for them. ``samples`` has ``window`` (the row in ``ends``), ``time_s``,
    ``rate_bps`` (above 0) and ``light_s``, in order of windows and times, from the
    opening to the closing of each window. Between samples the bits carried and the
    light time are straight lines; the rate of a stretch is the mean of its ends.
    """

    def __init__(self, ends: pd.DataFrame, samples: pd.DataFrame) -> None:
        window = samples["window"].to_numpy()
        first = np.flatnonzero(np.diff(window, prepend=-1))
        if not np.array_equal(window[first], np.arange(len(ends))):
            raise ValueError("the samples are not those of the windows, in order")
        self.ends = ends.reset_index(drop=True)
        self._samples = [samples[name].to_numpy(dtype=float) for name in SAMPLES[1:]]
        self._first = np.append(first, len(window))
        time_s, rate_bps, _ = self._samples
        if np.any(np.diff(self._first) < 2):
            raise ValueError("a window has fewer than two samples")
        if np.any(np.diff(time_s)[np.diff(window) == 0] <= 0):
            raise ValueError("the times of a window do not grow")
        if np.any(rate_bps <= 0):
            raise ValueError("a rate is not above 0")

    def from_node(self, node: Node) -> "Bundle | None":
        """Return the windows that a node sends through, ``None`` if there are none."""
        return self._from.get(node)

    def to_node(self, node: Node) -> "Bundle | None":
        """Return the windows that a node receives through, ``None`` without any."""
        return self._to.get(node)

    def soonest(
        self,
        sender: Node,
        receiver: Node,
        from_s: float,
        bits: float,
        busy_s: NDArray | None = None,
    ) -> Transfer | None:
        """Return the transfer between two nodes that arrives first, if there is any."""
        bundle = self._from.get(sender)
        found = bundle.soonest(from_s, bits, busy_s) if bundle else {}
        return found.get(receiver)

    @cached_property
    def _from(self) -> dict[Node, "Bundle"]:
        return self._bundles("sender")

    @cached_property
    def _to(self) -> dict[Node, "Bundle"]:
        return self._bundles("receiver")

    def _bundles(self, end: str) -> dict[Node, "Bundle"]:
        """Return the windows of each node at one end, by those at the other."""
        other = ENDS[1 - ENDS.index(end)]
        bundles = {}
        for node, group in self.ends.groupby(end, sort=False):
            # Neighbours in order of appearance, so that equal times fall to the first.
            neighbour, names = pd.factorize(group[other])
            order = np.argsort(neighbour, kind="stable")
            rows = group.index.to_numpy()[order]
            first = np.flatnonzero(np.diff(neighbour[order], prepend=-1))
            spans = zip(self._first[rows], self._first[rows + 1], strict=True)
            index = [np.arange(*span) for span in spans]
            lengths = np.array([len(one) for one in index])
            columns = [values[np.concatenate(index)] for values in self._samples]
            bundles[node] = Bundle(node, list(names), first, rows, lengths, *columns)
        return bundles


class Bundle:
    """The windows of one node, which are searched at once."""

    def __init__(
        self,
        node: Node,
        neighbours: list[Node],
        first: NDArray,
        rows: NDArray,
        lengths: NDArray,
        time_s: NDArray,
        rate_bps: NDArray,
        light_s: NDArray,
    ) -> None:
        """Take windows in order of neighbours, and all their samples.

        ``first`` has the first window of each neighbour, ``rows`` the numbers of all.
        """
        self.node, self.rows = node, rows
        last = [*first[1:].tolist(), len(rows)]
        self._slices = list(zip(neighbours, first.tolist(), last, strict=True))
        self._neighbour = np.repeat(np.arange(len(first)), np.diff([*first, len(rows)]))
        ends = np.cumsum(lengths)
        steps_bits = np.diff(time_s) * (rate_bps[1:] + rate_bps[:-1]) / 2
        bits = np.concatenate([[0.0], np.cumsum(steps_bits)])
        bits -= np.repeat(bits[ends - lengths], lengths)
        self._samples = ends - lengths, ends - 1, time_s, bits, light_s
        self._never_busy_s = np.full(len(rows), -NEVER)

    def soonest(
        self, from_s: float, bits: float, busy_s: NDArray | None = None
    ) -> dict[Node, Transfer]:
        """Return the transfer that arrives first at each neighbour that one reaches.

        ``busy_s`` says of every window of the table until when it is taken.
        """
        asked = float(from_s), float(bits), self._busy_s(busy_s)
        start_s, end_s = _sends(self._neighbour, *self._samples, *asked)
        found = {}
        for neighbour, row in self._best(-end_s):
            if end_s[row] < NEVER:
                times_s = float(start_s[row]), float(end_s[row])
                number = int(self.rows[row])
                found[neighbour] = Transfer(number, self.node, neighbour, *times_s)
        return found

    def latest_starts_s(
        self, arrival_s: float, bits: float, busy_s: NDArray | None = None
    ) -> dict[Node, float]:
        """Return when each neighbour must start at the latest to arrive by a time.

        For windows by which the node receives. Neighbours that are always too late
        are left out.
        """
        asked = float(arrival_s), float(bits), self._busy_s(busy_s)
        start_s = _latest_starts(*self._samples, *asked)
        best = ((n, float(start_s[row])) for n, row in self._best(start_s))
        return {n: latest_s for n, latest_s in best if latest_s > -NEVER}

    def _busy_s(self, busy_s: NDArray | None) -> NDArray:
        return self._never_busy_s if busy_s is None else busy_s[self.rows]

    def _best(self, merit: NDArray) -> Iterator[tuple[Node, int]]:
        """Yield neighbours with their windows of most merit, the first of equals."""
        for neighbour, first, last in self._slices:
            yield neighbour, first + int(merit[first:last].argmax())


@njit(cache=True)
def _sends(neighbour, first, last, time_s, bits, light_s, from_s, sent_bits, busy_s):
    """Return start and arrival of a transfer by each window, or infinite.

    It is infinite, too, for windows that open after the transfer by another window to
    the same neighbour has arrived, and for those that have closed.
    """
    start_s = np.full(len(first), np.inf)
    end_s = np.full(len(first), np.inf)
    best_s = np.inf
    for n in range(len(first)):
        if n == 0 or neighbour[n] != neighbour[n - 1]:
            best_s = np.inf
        low, high = first[n], last[n]
        if time_s[low] >= best_s or from_s > time_s[high] + SLACK_S:
            continue
        begin_s = max(from_s, time_s[low], busy_s[n])
        done_bits = _line(begin_s, time_s, bits, low, high) + sent_bits
        rate_bps = (bits[high] - bits[high - 1]) / (time_s[high] - time_s[high - 1])
        is_open = begin_s <= time_s[high] + SLACK_S
        if is_open and done_bits <= bits[high] + SLACK_S * rate_bps:
            done_s = _line(done_bits, bits, time_s, low, high)
            arrival_s = done_s + _line(done_s, time_s, light_s, low, high)
            start_s[n], end_s[n] = begin_s, max(arrival_s, begin_s)
            best_s = min(best_s, end_s[n])
    return start_s, end_s


@njit(cache=True)
def _latest_starts(first, last, time_s, bits, light_s, arrival_s, sent_bits, busy_s):
    """Return the latest start by each window to arrive by a time, or minus infinite."""
    start_s = np.full(len(first), -np.inf)
    arrivals_s = time_s + light_s
    for n in range(len(first)):
        low, high = first[n], last[n]
        done_s = _line(arrival_s, arrivals_s, time_s, low, high)
        begin_bits = _line(done_s, time_s, bits, low, high) - sent_bits
        rate_bps = (bits[low + 1] - bits[low]) / (time_s[low + 1] - time_s[low])
        in_time = arrival_s >= arrivals_s[low] - SLACK_S
        if in_time and begin_bits >= -SLACK_S * rate_bps:
            latest_s = _line(begin_bits, bits, time_s, low, high)
            if latest_s >= busy_s[n]:
                start_s[n] = latest_s
    return start_s


@njit(cache=True)
def _line(x, xs, ys, low, high):
    """Return y on the line through samples, and beyond them that of the nearest."""
    if x <= xs[low]:
        return ys[low]
    if x >= xs[high]:
        return ys[high]
    while high - low > 1:
        middle = (low + high) // 2
        if xs[middle] <= x:
            low = middle
        else:
            high = middle
    return ys[low] + (ys[high] - ys[low]) * (x - xs[low]) / (xs[high] - xs[low])


def isl_windows(
    windows: pd.DataFrame,
    ranges: pd.DataFrame,
    link: RadioIsl | OpticalIsl,
    node_of: Mapping[str, Node] | None = None,
    delay_s: float = 0.0,
) -> Windows:
    """Return the windows between satellites, in both directions.

    ``windows`` and ``ranges`` are those of ``orbits.crossings``. ``node_of`` maps
    satellites to nodes, such as their planes; without it they are nodes themselves,
    with it those that it lacks take no part. What arrives at a satellite is at its
    node ``delay_s`` later, which is part of ``light_s``.
    The satellites of window n are ``satellite_a`` and ``satellite_b`` of its ``ends``;
    a is the sender of the first half of the windows and the receiver of the second.
    """
    names = windows[["satellite_a", "satellite_b"]]
    nodes = names if node_of is None else names.apply(lambda own: own.map(node_of))
    there = nodes.set_axis(ENDS, axis=1)
    back = there[ENDS[::-1]].set_axis(ENDS, axis=1)
    ends = pd.concat([there, back], ignore_index=True)
    ends[names.columns] = np.concatenate([names.to_numpy(dtype=object)] * 2)
    range_km = ranges["range_km"].to_numpy()
    samples = ranges[["window", "time_s"]].assign(
        rate_bps=link.rate_bps(range_km),
        light_s=delay_s + 1e3 * range_km / SPEED_OF_LIGHT_M_S,
    )
    again = samples.assign(window=samples["window"] + len(windows))
    return Windows(ends, pd.concat([samples, again], ignore_index=True))
