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
        inside = np.diff(window) == 0
        if len(ends) and np.any(np.diff(self._samples[0])[inside] <= 0):
            raise ValueError("the times of a window do not grow")

    @cached_property
    def nodes(self) -> list[Node]:
        """Return all senders and receivers, in order of appearance."""
        return list(dict.fromkeys(self.ends[ENDS].to_numpy(dtype=object).ravel()))

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
    """The windows of one node, laid one behind the other to be searched at once."""

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
        """Take windows in order of neighbours, and all their samples."""
        self.node, self.rows = node, rows
        last = [*first[1:].tolist(), len(rows)]
        self._slices = list(zip(neighbours, first.tolist(), last, strict=True))
        ends = np.cumsum(lengths)
        self._open_s = time_s[ends - lengths]
        self._close_s = time_s[ends - 1]
        # A second and a bit lie between windows, so that no key belongs to two.
        step_s = np.diff(time_s, prepend=time_s[:1])
        step_bits = step_s * (rate_bps + np.concatenate([rate_bps[:1], rate_bps[:-1]]))
        step_bits /= 2
        step_s[ends - lengths] = step_bits[ends - lengths] = 1.0
        self._key_s, self._bits = np.cumsum(step_s), np.cumsum(step_bits)
        self._shift_s = self._key_s[ends - 1] - self._close_s
        self._full_bits = self._bits[ends - 1]
        self._none_bits = self._bits[ends - lengths]
        self._light_s = light_s
        self._slack_bits = SLACK_S * rate_bps[[ends - lengths, ends - 1]]
        self._arrival_key_s = self._key_s + light_s

    def sends(
        self, from_s: float, bits: float, busy_s: NDArray | None = None
    ) -> tuple[NDArray, NDArray]:
        """Return start and arrival of a transfer by each window, or infinite.

        ``busy_s`` says of every window of the table until when it is taken.
        """
        start_s = np.maximum(self._open_s, from_s)
        if busy_s is not None:
            start_s = np.maximum(start_s, busy_s[self.rows])
        is_open = start_s <= self._close_s + SLACK_S
        key_s = np.minimum(start_s, self._close_s) + self._shift_s
        sent_bits = np.interp(key_s, self._key_s, self._bits)
        left_bits = self._full_bits - sent_bits
        fits = is_open & (bits <= left_bits + self._slack_bits[1])
        sent_bits = np.minimum(sent_bits + bits, self._full_bits)
        key_s = np.interp(sent_bits, self._bits, self._key_s)
        end_s = key_s - self._shift_s + np.interp(key_s, self._key_s, self._light_s)
        end_s = np.maximum(end_s, start_s)  # rounding
        return np.where(fits, start_s, NEVER), np.where(fits, end_s, NEVER)

    def soonest(
        self, from_s: float, bits: float, busy_s: NDArray | None = None
    ) -> dict[Node, Transfer]:
        """Return the transfer that arrives first at each neighbour that one reaches."""
        start_s, end_s = self.sends(from_s, bits, busy_s)
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
        arrival_key_s = arrival_s + self._shift_s
        is_open = arrival_key_s >= self._first_arrival_key_s - SLACK_S
        key_s = np.interp(arrival_key_s, self._arrival_key_s, self._key_s)
        key_s = np.clip(key_s - self._shift_s, self._open_s, self._close_s)
        left_bits = np.interp(key_s + self._shift_s, self._key_s, self._bits) - bits
        fits = is_open & (left_bits >= self._none_bits - self._slack_bits[0])
        left_bits = np.maximum(left_bits, self._none_bits)
        start_s = np.interp(left_bits, self._bits, self._key_s) - self._shift_s
        if busy_s is not None:
            fits &= start_s >= busy_s[self.rows]
        start_s = np.where(fits, start_s, -NEVER)
        best = ((n, float(start_s[row])) for n, row in self._best(start_s))
        return {n: latest_s for n, latest_s in best if latest_s > -NEVER}

    @cached_property
    def _first_arrival_key_s(self) -> NDArray:
        """Return the arrival of what is sent at the opening of each window."""
        key_s = self._open_s + self._shift_s
        return key_s + np.interp(key_s, self._key_s, self._light_s)

    def _best(self, merit: NDArray) -> Iterator[tuple[Node, int]]:
        """Yield neighbours with their windows of most merit, the first of equals."""
        for neighbour, first, last in self._slices:
            yield neighbour, first + int(merit[first:last].argmax())


def isl_windows(
    windows: pd.DataFrame,
    ranges: pd.DataFrame,
    link: RadioIsl | OpticalIsl,
    node_of: Mapping[str, Node] | None = None,
) -> Windows:
    """Return the windows between satellites, in both directions.

    ``windows`` and ``ranges`` are those of ``orbits.crossings``. ``node_of`` maps
    satellites to nodes, such as their planes; without it they are nodes themselves.
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
        rate_bps=link.rate_bps(range_km), light_s=1e3 * range_km / SPEED_OF_LIGHT_M_S
    )
    again = samples.assign(window=samples["window"] + len(windows))
    return Windows(ends, pd.concat([samples, again], ignore_index=True))
