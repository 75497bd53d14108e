"""What happens between two satellites, as smooth functions of time.

The path of a satellite between two nodes of a grid is the polynomial of degree 7
through the positions at the eight nodes around, which is within 5 mm of SGP4 on any
orbit clear of the Earth if nodes are a minute apart; range rates are derivatives of
such paths. Signals are range and range rate, and five conditions that hold where they
are not negative. Let R be the radius that a line of sight must clear, r the radii of
the satellites, rho their range and L the limit on its rate:

* the line clears the sphere: sqrt(ra^2 - R^2) + sqrt(rb^2 - R^2) - rho >= 0, where the
  roots are the lengths of the tangents from the satellites,
* either satellite is outside of the sphere: ra^2 - R^2 >= 0 and rb^2 - R^2 >= 0,
* the rate is within its limit on either side: L - drho/dt >= 0 and L + drho/dt >= 0.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# The signals: the five conditions, then range and range rate.
SIGHT, ABOVE_A, ABOVE_B, RECEDING, CLOSING, RANGE, RATE = range(7)
CONDITIONS = 5
VALUE, SLOPE = range(2)  # slopes are per second

BEFORE, AFTER = 3, 4  # nodes around the one that begins an interval
TINY_KM = 1e-9  # keeps quotients finite where satellites or horizons coincide


class Block(NamedTuple):
    """Pairs of satellites over some nodes of the grid."""

    paths: NDArray  # (powers, 3, satellites, nodes), see paths_between
    seconds: NDArray  # (nodes,)
    a: NDArray  # (pairs,), indices of satellites
    b: NDArray
    radius_km: float
    limit_km_s: float


def _path_weights() -> NDArray:
    """Return the matrix from positions at eight nodes to coefficients of x^k."""
    nodes = np.arange(-BEFORE, AFTER + 1, dtype=float)
    return np.linalg.inv(nodes[:, np.newaxis] ** np.arange(len(nodes)))


PATH = _path_weights()


def paths_between(r_km: NDArray, step_s: float) -> NDArray:
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


def signals_at(block: Block, pair: NDArray, node: NDArray, seconds: NDArray) -> NDArray:
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


def signals_at_nodes(block: Block) -> NDArray:
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
