"""The search for passes: from a coarse grid of positions to rise, culmination and set.

The search keeps the few nodes of the grid near a site by a cone test that cannot lose
a pass, and joins the nodes around those by Hermite polynomials. It then works on two
functions of time, with z the height of the satellite over the horizon plane of the
site, rho its range and e0 the mask:

* margin = z - sin(e0) rho, which is positive above the mask, and
* climb = rho^2 dz/dt - z rho drho/dt, which is positive while the elevation grows.
"""

import math
from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

BEYOND = 5  # nodes before the start and after the end: 4 for differences, 1 for a fit
ROOT_STEPS = 1e-5  # steps, 2 ms of 240 s, within which roots are found

# What ``_sight`` returns, in order.
MARGIN, CLIMB, SINE_ELEVATION, RANGE = range(4)

PASS = np.dtype(
    [
        ("satellite", np.int64),
        ("site", np.int64),
        ("rise_s", np.float64),
        ("culmination_s", np.float64),
        ("set_s", np.float64),
        ("max_elevation_sine", np.float64),
        ("range_rise_km", np.float64),
        ("range_culmination_km", np.float64),
        ("range_set_km", np.float64),
        ("cut_start", np.bool_),
        ("cut_end", np.bool_),
    ],
    align=True,
)


def _hermite_weights(nodes: Sequence[int]) -> NDArray:
    """Return the matrix from values and slopes at ``nodes`` to coefficients of x^k."""
    power = np.arange(2 * len(nodes))
    at = np.array(nodes, dtype=float)[:, np.newaxis]
    values = at**power
    slopes = power * at ** np.maximum(power - 1, 0)
    return np.linalg.inv(np.vstack([values, slopes]))


# Through the four nodes around an interval: degree 7, with at most a hundredth of the
# error of the cubic, which serves only beside a failure of SGP4.
WIDE = _hermite_weights([-1, 0, 1, 2])
CUBIC = _hermite_weights([0, 1])


@njit(cache=True, nogil=True)
def find_passes(r_km, v_km_s, seconds, places, masks_rad, satellites):
    """Return all passes of some satellites over all sites, times in seconds."""
    passes = np.empty(1024, PASS)
    count = 0
    nodes = r_km.shape[1]
    step_s = seconds[1] - seconds[0]
    distance_km = np.empty(nodes)
    near = np.empty(nodes, dtype=np.bool_)
    for i in range(len(satellites)):
        r, v = r_km[i], _differences(r_km[i], v_km_s[i] * step_s)
        xyz = r.T.copy()  # by axis, so that the loop over nodes runs in vectors
        last = BEYOND - 1  # node that SGP4 reaches without an error
        while last < nodes - BEYOND - 1 and not np.isnan(r[last + 1, 0]):
            last += 1
        if last <= BEYOND:
            continue
        turn_rad = _turn_in_a_step(r, v, last, distance_km)
        for j in range(len(places)):
            if count + nodes > len(passes):
                longer = np.empty(2 * len(passes) + nodes, PASS)
                longer[:count] = passes[:count]
                passes = longer
            _mark_near(xyz, distance_km, last, turn_rad, places[j], masks_rad[j], near)
            begin = count
            count = _scan(r, v, seconds, near, last, places[j], passes, count)
            passes["satellite"][begin:count] = satellites[i]
            passes["site"][begin:count] = j
    return passes[:count].copy()


@njit(cache=True, nogil=True)
def _differences(r, v):
    """Return velocities per step from central differences of order 8 of positions.

    The velocities ``v`` of SGP4, taken where the differences lack a node, are not
    quite the derivatives of its positions: they leave out some of the drag, which
    comes to 25 m/s for satellites with a B* of 0.15, and to 20 mm/s usually.
    """
    smooth = v.copy()
    for k in range(4, len(r) - 4):
        for axis in range(3):
            difference = (
                4 / 5 * (r[k + 1, axis] - r[k - 1, axis])
                - 1 / 5 * (r[k + 2, axis] - r[k - 2, axis])
                + 4 / 105 * (r[k + 3, axis] - r[k - 3, axis])
                - 1 / 280 * (r[k + 4, axis] - r[k - 4, axis])
            )
            if not np.isnan(difference):
                smooth[k, axis] = difference
    return smooth


@njit(cache=True, nogil=True)
def _turn_in_a_step(r, v, last, distance_km):
    """Return the greatest angle turned in a step; fill in the distances of nodes."""
    turn_2 = 0.0
    for k in range(len(r)):
        x, y, z = r[k, 0], r[k, 1], r[k, 2]
        distance_km[k] = math.sqrt(x * x + y * y + z * z)
        if BEYOND <= k <= last:
            speed_2 = v[k, 0] ** 2 + v[k, 1] ** 2 + v[k, 2] ** 2
            outward = (x * v[k, 0] + y * v[k, 1] + z * v[k, 2]) / distance_km[k]
            turn_2 = max(turn_2, (speed_2 - outward**2) / distance_km[k] ** 2)
    # Between nodes STEP_RAD apart it can be larger by 1.2 percent, at a perigee.
    return 1.03 * math.sqrt(turn_2)


@njit(cache=True, nogil=True)
def _mark_near(xyz, distance_km, last, turn_rad, place, mask_rad, near):
    """Mark nodes within half a step of which the satellite may be over the mask."""
    x, y, z = place[0], place[1], place[2]
    radius_km = math.sqrt(x * x + y * y + z * z)
    x, y, z = x / radius_km, y / radius_km, z / radius_km
    farthest_km = 0.0
    for k in range(BEYOND, last + 1):
        farthest_km = max(farthest_km, distance_km[k])
    # Away from an apogee the distance changes by 1 percent in half a step.
    ratio = min(1.0, radius_km * math.cos(mask_rad) / (1.01 * farthest_km))
    cone_rad = math.acos(ratio) - mask_rad + turn_rad / 2
    cosine = math.cos(min(max(cone_rad, 0.0), math.pi))
    for k in range(len(near)):
        along = x * xyz[0, k] + y * xyz[1, k] + z * xyz[2, k]
        near[k] = along >= cosine * distance_km[k]


@njit(cache=True, nogil=True)
def _scan(r, v, seconds, near, last, place, passes, count):
    """Add the passes of one satellite over one site; return the new count of passes."""
    step_s = seconds[1] - seconds[0]
    track = np.empty((8, 3))
    for k in range(BEYOND, last):
        if not (near[k] or near[k + 1]):
            continue
        sight = _sight(r[k], v[k], place)
        end = _sight(r[k + 1], v[k + 1], place)
        turns = (sight[CLIMB] > 0) != (end[CLIMB] > 0)
        crosses = (sight[MARGIN] >= 0) != (end[MARGIN] >= 0)
        if turns or crosses:
            _fit(r, v, k, track)
        if k == BEYOND and sight[MARGIN] >= 0:
            _open(passes[count], seconds[k], sight, True)

        # An interval in which the elevation turns has two pieces, before and after:
        # this finds the culmination, a pass shorter than the interval, and a dip.
        x = 0.0
        for is_whole in range(not turns, 2):
            x_next, sight_next = 1.0, end
            if not is_whole:
                x_next = _root(CLIMB, track, place, x, sight, 1.0, end)
                sight_next = _look(track, x_next, place)
            if (sight[MARGIN] >= 0) != (sight_next[MARGIN] >= 0):
                x_root = _root(MARGIN, track, place, x, sight, x_next, sight_next)
                at_root = _look(track, x_root, place)
                time_s = seconds[k] + x_root * step_s
                if sight[MARGIN] >= 0:
                    _close(passes[count], time_s, at_root, False)
                    count += 1
                else:
                    _open(passes[count], time_s, at_root, False)
            if sight_next[MARGIN] >= 0:
                _culminate(passes[count], seconds[k] + x_next * step_s, sight_next)
            x, sight = x_next, sight_next
        if k + 1 == last and end[MARGIN] >= 0:
            _close(passes[count], seconds[k + 1], end, True)
            count += 1
    return count


@njit(cache=True, nogil=True)
def _sight(r, v, place):
    """Return margin, climb, sine of the elevation and range, of a point in km."""
    x, y, z = r[0] - place[0], r[1] - place[1], r[2] - place[2]
    height = place[3] * x + place[4] * y + place[5] * z
    height_rate = place[3] * v[0] + place[4] * v[1] + place[5] * v[2]
    range_2 = x * x + y * y + z * z
    range_ = math.sqrt(range_2)
    climb = height_rate * range_2 - height * (x * v[0] + y * v[1] + z * v[2])
    return height - place[6] * range_, climb, height / range_, range_


@njit(cache=True, nogil=True)
def _fit(r, v, k, track):
    """Fill ``track`` with the coefficients of the path from node k to node k + 1."""
    track[:] = 0.0
    wide = not (np.isnan(r[k - 1, 0]) or np.isnan(r[k + 2, 0]))
    weights = WIDE if wide else CUBIC
    first = k - 1 if wide else k
    count = len(weights) // 2
    for power in range(2 * count):
        for node in range(count):
            for axis in range(3):
                track[power, axis] += (
                    weights[power, node] * r[first + node, axis]
                    + weights[power, count + node] * v[first + node, axis]
                )


@njit(cache=True, nogil=True)
def _look(track, x, place):
    """Return what ``_sight`` does, for the point ``x`` of an interval."""
    r0, r1, r2, v0, v1, v2 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for power in range(7, -1, -1):
        v0, v1, v2 = v0 * x + r0, v1 * x + r1, v2 * x + r2
        r0 = r0 * x + track[power, 0]
        r1 = r1 * x + track[power, 1]
        r2 = r2 * x + track[power, 2]
    return _sight((r0, r1, r2), (v0, v1, v2), place)


@njit(cache=True, nogil=True)
def _root(which, track, place, a, sight_a, b, sight_b):
    """Return where margin or climb changes its sign between ``a`` and ``b``.

    This is the bracketed secant method of Anderson and Bjorck, "A new high order
    method of regula falsi type for computing a root of an equation", BIT 13 (1973).
    """
    at_a, at_b = sight_a[which], sight_b[which]
    x = b
    for _ in range(100):
        if at_b == 0:
            break
        x = b + (a - b) * at_b / (at_b - at_a)
        if abs(a - b) < 2 * ROOT_STEPS:
            break
        # As in Brent's method a least step closes the bracket. It also frees the
        # search from a point just beside the root of a grazing pass, the top.
        if abs(x - b) < ROOT_STEPS:
            x = b + math.copysign(ROOT_STEPS, a - b)
        at_x = _look(track, x, place)[which]
        if (at_x > 0) != (at_b > 0):
            a, at_a = b, at_b
        else:
            scale = 1 - at_x / at_b
            at_a *= scale if scale > 0 else 0.5
        b, at_b = x, at_x
    return x


@njit(cache=True, nogil=True)
def _open(passed, time_s, sight, is_cut):
    """Begin a pass."""
    passed["rise_s"] = passed["culmination_s"] = time_s
    passed["range_rise_km"] = passed["range_culmination_km"] = sight[RANGE]
    passed["max_elevation_sine"] = sight[SINE_ELEVATION]
    passed["cut_start"] = is_cut


@njit(cache=True, nogil=True)
def _culminate(passed, time_s, sight):
    """Move the culmination of a pass, if the satellite stands higher now."""
    if sight[SINE_ELEVATION] > passed["max_elevation_sine"]:
        passed["culmination_s"] = time_s
        passed["range_culmination_km"] = sight[RANGE]
        passed["max_elevation_sine"] = sight[SINE_ELEVATION]


@njit(cache=True, nogil=True)
def _close(passed, time_s, sight, is_cut):
    """End a pass."""
    passed["set_s"] = time_s
    passed["range_set_km"] = sight[RANGE]
    passed["cut_end"] = is_cut
