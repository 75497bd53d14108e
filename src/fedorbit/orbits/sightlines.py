"""The search for windows between satellites: from positions to edges of conditions.

A window is the time during which the five conditions of ``signals`` hold at once. The
search looks at them at the nodes of a grid, splits the intervals between nodes where
the satellites are closest or a condition may turn, so that each piece has one root of
each condition at most, and finds those roots.
"""

import math
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize.elementwise import find_root
from sgp4.api import Satrec

from fedorbit.orbits.propagate import positions
from fedorbit.orbits.signals import (
    ABOVE_A,
    ABOVE_B,
    AFTER,
    BEFORE,
    CONDITIONS,
    RANGE,
    RATE,
    SIGHT,
    SLOPE,
    VALUE,
    Block,
    paths_between,
    signals_at,
    signals_at_nodes,
)

STEP_S = 60.0  # a satellite turns by less than 0.1 rad between two nodes
TOLERANCE_S = 1e-6  # to which roots are found
BLOCK_SAMPLES = 150_000  # satellites by nodes at a time: 40 MB of paths
CHUNK_SAMPLES = 150_000  # pairs by nodes at a time: some 80 MB

EVENT = np.dtype(
    [
        ("pair", np.int64),
        ("time_s", np.float64),
        ("order", np.int64),  # -1 at the start, 1 at the end of a pair, 0 between
        ("step", np.int64),  # by how much the number of conditions that hold changes
        ("range_km", np.float64),
        ("rate_km_s", np.float64),
    ]
)


class Pieces(NamedTuple):
    """Parts of intervals between nodes, each with the signals at its two ends."""

    pair: NDArray  # (pieces,)
    node: NDArray  # at which the interval begins
    from_s: NDArray  # since the node
    to_s: NDArray
    at_from: NDArray  # (value and slope, signals, pieces)
    at_to: NDArray


def find_events(
    satrecs: list[Satrec],
    pairs: NDArray,
    start: datetime,
    duration_s: float,
    radius_km: float,
    limit_km_s: float,
    propagator: str,
) -> NDArray:
    """Return all that happens to pairs of satellites, as rows of ``EVENT``, unsorted.

    ``pairs`` has the shape (pairs, 2) and holds indices into ``satrecs``. Each pair
    has a row for its start and its end, a row for each time at which a condition
    begins or ceases to hold, and rows with ``step`` 0 where its range is least and,
    in sight, its range rate greatest or least.
    """
    intervals = math.ceil(duration_s / STEP_S)
    step_s = duration_s / intervals
    size = max(1, BLOCK_SAMPLES // len(satrecs))
    usable = np.ones(len(satrecs), dtype=bool)
    events = []
    for first in range(0, intervals, size):
        last = min(first + size, intervals)
        nodes = np.arange(first - BEFORE, last + AFTER + 1)
        r_km, _ = positions(satrecs, start, step_s * nodes, propagator)
        paths = paths_between(r_km, step_s)
        seconds = step_s * nodes[BEFORE:-AFTER]
        known = ~np.isnan(paths[0, 0])
        known[:, 0] &= usable
        known = np.logical_and.accumulate(known, axis=1)
        usable = known[:, -1]
        rows = max(1, CHUNK_SAMPLES // len(seconds))
        for begin in range(0, len(pairs), rows):
            a, b = pairs[begin : begin + rows].T
            block = Block(paths, seconds, a, b, radius_km, limit_km_s)
            ends = first == 0, last == intervals
            found = _search(block, known[a] & known[b], *ends)
            found["pair"] += begin
            events.append(found)
    return np.concatenate(events)


def _search(block: Block, known: NDArray, is_first: bool, is_last: bool) -> NDArray:
    """Return the events of a block; ``known`` says at which nodes a pair has paths."""
    signals = signals_at_nodes(block)
    events = []
    holding = np.sum(signals[VALUE, :CONDITIONS] >= 0, axis=0)
    pair = np.flatnonzero(known[:, 0])
    if is_first:
        events.append(_ends(block, signals, holding, pair, np.zeros_like(pair), -1))
    last = known.sum(axis=1) - 1
    if not is_last:
        pair = pair[last[pair] < known.shape[1] - 1]
    events.append(_ends(block, signals, -holding, pair, last[pair], 1))

    # The range rate can turn twice within seconds, but only around a closest approach.
    pieces = _busy_pieces(block, signals, known)
    pieces, found = _split(block, pieces, _is_closest(pieces), VALUE, RATE)
    events.append(found)
    for signal in (SIGHT, ABOVE_A, ABOVE_B):
        pieces, _ = _split(block, pieces, _dips(pieces, signal), SLOPE, signal)
    pieces, found = _split(block, pieces, _is_fastest(pieces), SLOPE, RATE)
    events.append(found)
    for signal in range(CONDITIONS):
        edges = _take(pieces, _changes(pieces, VALUE, signal))
        seconds = _root(block, edges, VALUE, signal)
        step = np.where(edges.at_to[VALUE, signal] >= 0, 1, -1)
        at_edge = signals_at(block, edges.pair, edges.node, seconds)
        events.append(_events(block, edges, seconds, step, at_edge))
    return np.concatenate(events)


def _busy_pieces(block: Block, signals: NDArray, known: NDArray) -> Pieces:
    """Return the intervals between nodes in which anything happens."""
    step_s = block.seconds[1] - block.seconds[0]
    number = np.arange(known.shape[1] - 1)
    ends = signals[..., :-1], signals[..., 1:]
    pieces = Pieces(number, number, 0.0, step_s, *ends)
    busy = _is_closest(pieces) | _is_fastest(pieces)
    for signal in (SIGHT, ABOVE_A, ABOVE_B):
        busy |= _dips(pieces, signal)
    for signal in range(CONDITIONS):
        busy |= _changes(pieces, VALUE, signal)
    pair, node = np.nonzero(busy & known[:, :-1] & known[:, 1:])
    zero = np.zeros(len(pair))
    ends = (at_end[..., pair, node] for at_end in ends)
    return Pieces(pair, node, zero, zero + step_s, *ends)


def _is_closest(pieces: Pieces) -> NDArray:
    """Return where the range has a minimum."""
    return (pieces.at_from[VALUE, RATE] < 0) & (pieces.at_to[VALUE, RATE] > 0)


def _is_fastest(pieces: Pieces) -> NDArray:
    """Return where the range rate has an extreme, for pairs in sight."""
    in_sight = (pieces.at_from[VALUE, SIGHT] >= 0) | (pieces.at_to[VALUE, SIGHT] >= 0)
    return in_sight & _changes(pieces, SLOPE, RATE)


def _changes(pieces: Pieces, part: int, signal: int) -> NDArray:
    """Return where the sign of a signal, or of its slope, changes within a piece."""
    return (pieces.at_from[part, signal] >= 0) != (pieces.at_to[part, signal] >= 0)


def _dips(pieces: Pieces, signal: int) -> NDArray:
    """Return where a signal turns towards zero and may cross it and come back.

    Pieces on which even twice the slope at either end would not suffice are left out.
    """
    length_s = pieces.to_s - pieces.from_s
    value, slope = pieces.at_from[:, signal]
    value_to, slope_to = pieces.at_to[:, signal]
    turns = np.where(value >= 0, slope < 0, slope > 0)
    turns &= np.where(value >= 0, slope_to > 0, slope_to < 0)
    near = np.abs(value) <= 2 * length_s * np.abs(slope)
    near &= np.abs(value_to) <= 2 * length_s * np.abs(slope_to)
    return turns & near & ~_changes(pieces, VALUE, signal)


def _split(
    block: Block, pieces: Pieces, where: NDArray, part: int, signal: int
) -> tuple[Pieces, NDArray]:
    """Return the pieces, some split at a root of a signal or slope, and the events."""
    whole = _take(pieces, where)
    seconds = _root(block, whole, part, signal)
    at_root = signals_at(block, whole.pair, whole.node, seconds)
    before = whole._replace(to_s=seconds, at_to=at_root)
    after = whole._replace(from_s=seconds, at_from=at_root)
    joined = zip(_take(pieces, ~where), before, after, strict=True)
    split = Pieces(*(np.concatenate(parts, axis=-1) for parts in joined))
    return split, _events(block, whole, seconds, 0, at_root)


def _take(pieces: Pieces, where: NDArray) -> Pieces:
    """Return some of the pieces."""
    return Pieces(*(field[..., where] for field in pieces))


def _root(block: Block, pieces: Pieces, part: int, signal: int) -> NDArray:
    """Return seconds since the node at which a signal or slope is 0, in each piece."""
    if not len(pieces.pair):
        return np.empty(0)

    def sought(seconds, piece):
        piece = piece.astype(int)
        found = signals_at(block, pieces.pair[piece], pieces.node[piece], seconds)
        return found[part, signal]

    ends = pieces.from_s, pieces.to_s
    root = find_root(
        sought,
        ends,
        args=(np.arange(len(pieces.pair)),),
        tolerances={"xatol": TOLERANCE_S, "xrtol": 0.0, "fatol": 0.0, "frtol": 0.0},
    )
    # Neighbouring paths disagree by rounding errors on what a signal is at a node, so
    # that a root there may be bracketed by neither: then it is the nearer end.
    is_unbracketed = root.status == -1
    values = pieces.at_from[part, signal], pieces.at_to[part, signal]
    nearer = np.where(np.abs(values[0]) < np.abs(values[1]), *ends)
    return np.where(is_unbracketed, nearer, root.x)


def _events(
    block: Block, pieces: Pieces, seconds: NDArray, step: NDArray | int, at: NDArray
) -> NDArray:
    """Return one event per piece."""
    events = np.zeros(len(pieces.pair), EVENT)
    events["pair"] = pieces.pair
    events["time_s"] = block.seconds[pieces.node] + seconds
    events["step"] = step
    events["range_km"], events["rate_km_s"] = at[VALUE, RANGE], at[VALUE, RATE]
    return events


def _ends(
    block: Block, signals: NDArray, step: NDArray, pair: NDArray, node: NDArray, order
) -> NDArray:
    """Return the starts (``order`` -1) or ends (1) of pairs at nodes."""
    events = np.zeros(len(pair), EVENT)
    events["pair"], events["order"] = pair, order
    events["time_s"] = block.seconds[node]
    events["step"] = step[pair, node]
    events["range_km"] = signals[VALUE, RANGE, pair, node]
    events["rate_km_s"] = signals[VALUE, RATE, pair, node]
    return events
