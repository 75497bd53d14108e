"""The search for windows between satellites: from positions to edges of conditions.

The path of a satellite between two nodes of a grid is the polynomial of degree 7
through the positions at the eight nodes around, which is within 5 mm of SGP4 on any
orbit clear of the Earth; range rates are derivatives of such paths. A window
is the time during which five conditions hold at once, each the sign of a smooth
function of time. Let R be the radius that a line of sight must clear, r the radii of
the satellites, rho their range and L the limit on its rate:

* the line clears the sphere: sqrt(ra^2 - R^2) + sqrt(rb^2 - R^2) - rho >= 0, where the
  roots are the lengths of the tangents from the satellites,
* either satellite is outside of the sphere: ra^2 - R^2 >= 0 and rb^2 - R^2 >= 0,
* the rate is within its limit on either side: L - drho/dt >= 0 and L + drho/dt >= 0.
"""

import math
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize.elementwise import find_root
from sgp4.api import Satrec

from fedorbit.orbits.propagate import positions

STEP_S = 60.0  # a satellite turns by less than 0.1 rad between two nodes
TOLERANCE_S = 1e-6  # to which roots are found
BEFORE, AFTER = 3, 4  # nodes around the one that begins an interval
BLOCK_SAMPLES = 150_000  # satellites by nodes at a time: 40 MB of paths
CHUNK_SAMPLES = 50_000  # pairs by nodes at a time: 20 MB of states and signals
TINY_KM = 1e-9  # keeps quotients finite where satellites or horizons coincide

# The signals: the five conditions, then range and range rate.
SIGHT, ABOVE_A, ABOVE_B, RECEDING, CLOSING, RANGE, RATE = range(7)
CONDITIONS = 5
VALUE, SLOPE = range(2)  # slopes are per second

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


class Block(NamedTuple):
    """Pairs of satellites over some nodes of the grid."""

    paths: NDArray  # (powers, 3, satellites, nodes), see _paths
    seconds: NDArray  # (nodes,)
    a: NDArray  # (pairs,), indices of satellites
    b: NDArray
    radius_km: float
    limit_km_s: float


class Pieces(NamedTuple):
    """Parts of intervals between nodes, each with the signals at its two ends."""

    pair: NDArray  # (pieces,)
    node: NDArray  # at which the interval begins
    from_s: NDArray  # since the node
    to_s: NDArray
    at_from: NDArray  # (value and slope, signals, pieces)
    at_to: NDArray


def _path_weights() -> NDArray:
    """Return the matrix from positions at eight nodes to coefficients of x^k."""
    nodes = np.arange(-BEFORE, AFTER + 1, dtype=float)
    return np.linalg.inv(nodes[:, np.newaxis] ** np.arange(len(nodes)))


PATH = _path_weights()


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
        paths = _paths(r_km, step_s)
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


def _paths(r_km: NDArray, step_s: float) -> NDArray:
    """Return coefficients of powers of seconds since the node that begins an interval.

    The shape is (powers, 3, satellites, nodes). The nodes lack those at both ends
    that have too few others around.
    """
    xyz_km = np.ascontiguousarray(np.moveaxis(r_km, -1, 0))
    weights = PATH / step_s ** np.arange(len(PATH))[:, np.newaxis]
    count = xyz_km.shape[-1] - BEFORE - AFTER
    paths = np.zeros((len(PATH), *xyz_km.shape[:-1], count))
    # Not a matrix product, whose last bits may depend on the number of threads.
    for power, node in np.argwhere(weights):
        paths[power] += weights[power, node] * xyz_km[..., node : node + count]
    return paths


def _search(block: Block, known: NDArray, is_first: bool, is_last: bool) -> NDArray:
    """Return the events of a block; ``known`` says at which nodes a pair has paths."""
    signals = _at_nodes(block)
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
        at_edge = _look(block, edges.pair, edges.node, seconds)
        events.append(_events(block, edges, seconds, step, at_edge))
    return np.concatenate(events)


def _busy_pieces(block: Block, signals: NDArray, known: NDArray) -> Pieces:
    """Return the intervals between nodes in which anything happens."""
    step_s = block.seconds[1] - block.seconds[0]
    number = np.arange(known.shape[1] - 1)
    ends = signals[..., :-1], signals[..., 1:]
    pieces = Pieces(block.a, number, 0.0, step_s, *ends)
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
    at_root = _look(block, whole.pair, whole.node, seconds)
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

    def signal_at(seconds, piece):
        piece = piece.astype(int)
        found = _look(block, pieces.pair[piece], pieces.node[piece], seconds)
        return found[part, signal]

    ends = pieces.from_s, pieces.to_s
    root = find_root(
        signal_at,
        ends,
        args=(np.arange(len(pieces.pair)),),
        tolerances={"xatol": TOLERANCE_S, "xrtol": 0.0, "fatol": 0.0, "frtol": 0.0},
    )
    # Neighbouring paths disagree by rounding errors on what a signal is at a node, so
    # that a root there may be bracketed by neither: then it is the nearer end.
    values = pieces.at_from[part, signal], pieces.at_to[part, signal]
    nearer = np.where(np.abs(values[0]) < np.abs(values[1]), *ends)
    return np.where(root.success, root.x, nearer)


def _look(block: Block, pair: NDArray, node: NDArray, seconds: NDArray) -> NDArray:
    """Return value and slope of all signals, seconds after nodes."""
    states = []
    for satellite in (block.a[pair], block.b[pair]):
        path = block.paths[:, :, satellite, node]
        r, v, half_a = path[-1], 0.0, 0.0
        for coefficient in path[-2::-1]:
            half_a = half_a * seconds + v
            v = v * seconds + r
            r = r * seconds + coefficient
        states.append((r, v, 2 * half_a))
    return _signals(*states, block.radius_km, block.limit_km_s)


def _at_nodes(block: Block) -> NDArray:
    """Return value and slope of all signals of each pair at each node."""
    r, v, half_a = block.paths[:3]
    states = [(r[:, i], v[:, i], 2 * half_a[:, i]) for i in (block.a, block.b)]
    return _signals(*states, block.radius_km, block.limit_km_s)


def _signals(
    state_a: tuple, state_b: tuple, radius_km: float, limit_km_s: float
) -> NDArray:
    """Return the signals and their slopes, of shape (2, signals, ...), from states."""
    tangents, above = [], []
    for r, v, _ in (state_a, state_b):
        above_km2 = _dot(r, r) - radius_km**2
        tangent_km = np.sqrt(np.maximum(above_km2, TINY_KM**2))
        tangents.append((tangent_km, _dot(r, v) / tangent_km))
        above.append((above_km2, 2 * _dot(r, v)))
    r, v, a = (b - a for a, b in zip(state_a, state_b, strict=True))
    range_km = np.maximum(np.sqrt(_dot(r, r)), TINY_KM)
    rate_km_s = _dot(r, v) / range_km
    rate_slope = (_dot(v, v) + _dot(r, a) - rate_km_s**2) / range_km
    sight = [
        one + other - own
        for one, other, own in zip(*tangents, (range_km, rate_km_s), strict=True)
    ]
    signals = np.empty((2, RATE + 1, *range_km.shape))
    signals[:, SIGHT] = sight
    signals[:, ABOVE_A], signals[:, ABOVE_B] = above
    signals[:, RECEDING] = limit_km_s - rate_km_s, -rate_slope
    signals[:, CLOSING] = limit_km_s + rate_km_s, rate_slope
    signals[:, RANGE] = range_km, rate_km_s
    signals[:, RATE] = rate_km_s, rate_slope
    return signals


def _dot(one: NDArray, other: NDArray) -> NDArray:
    """Return the scalar products over the first axis."""
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]


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
