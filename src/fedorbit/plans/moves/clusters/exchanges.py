"""Uploads of experts in a window, and the broadcast of their mean.

Devices upload their experts to one satellite, all at once with equal shares of the
band, or one after the other with the whole of it. The satellite averages what it has
and broadcasts the mean to all devices of the cluster, so that no satellite has to know
what another has received.

Where a window does not suffice, an exchange goes on in the next, in *parts*: in each,
all uploaders send the same part of their experts, and the satellite that is there
averages this part and broadcasts it. Of every upload each bit is thus sent once, and
counted once, and nothing has to pass from satellite to satellite.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from fedorbit.plans import names
from fedorbit.plans.moves.clusters.cluster import Cluster, Window
from fedorbit.plans.plan import PlanBuilder
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import NEVER

Band = Literal["shared", "in_turn"]
"""How devices share the band: a part of it for each, or all of it one by one."""


@dataclass(frozen=True)
class Part:
    """What a satellite collects and broadcasts in one pass."""

    row: int
    """The pass, a row of the contact table."""
    bits: float
    """What each device uploads, and what is broadcast."""
    share: float
    """Of the band, for each upload."""
    uploads_s: tuple[tuple[float, float], ...]
    """Start and end of each upload, in the order of devices."""
    broadcast_s: tuple[float, float]


@dataclass(frozen=True)
class Exchange:
    """Uploads of some devices of a cluster, and their mean's way back to all."""

    clients: tuple[int, ...]
    """Who uploads."""
    parts: tuple[Part, ...]

    @property
    def start_s(self) -> float:
        """Return when the first upload starts."""
        return self.parts[0].uploads_s[0][0]

    @property
    def collected_s(self) -> float:
        """Return when the last upload has ended."""
        return self.parts[-1].broadcast_s[0]

    @property
    def ready_s(self) -> float:
        """Return when the devices have the whole mean."""
        return self.parts[-1].broadcast_s[1]


def part_in(
    scene: Scene, row: int, from_s: float, bits: float, uploaders: int, band: Band
) -> Part | None:
    """Return the part of so many bits in a pass, ``None`` if they do not fit.

    Without uploaders it is a broadcast alone.
    """
    sky, up = scene.sky, scene.links.access_up
    start_s = max(from_s, float(sky.rise_s[row]))
    share = 1 / uploaders if band == "shared" and uploaders else 1.0
    turns = 1 if band == "shared" else uploaders
    end_s = start_s
    if uploaders:
        end_s = sky.finish_s(row, up, start_s, turns * bits, share)
    if end_s == NEVER:
        return None
    done_s = sky.finish_s(row, scene.links.access_down, end_s, bits)
    if done_s == NEVER:
        return None
    if band == "shared":
        uploads_s = ((start_s, end_s),) * uploaders
    else:
        inner = (sky.finish_s(row, up, start_s, n * bits) for n in range(1, turns))
        edges_s = [start_s, *inner, end_s]
        uploads_s = tuple(zip(edges_s[:turns], edges_s[1 : turns + 1], strict=True))
    return Part(row, bits, share, uploads_s, (end_s, done_s))


def soonest_part(
    scene: Scene,
    rows: Iterable[int],
    from_s: float,
    bits: float,
    uploaders: int,
    band: Band,
) -> Part | None:
    """Return the part whose broadcast ends soonest in any of some passes."""
    found = None
    for row in rows:
        if scene.sky.set_s[row] <= from_s:
            continue
        if found is not None and scene.sky.rise_s[row] >= found.broadcast_s[1]:
            break
        part = part_in(scene, row, from_s, bits, uploaders, band)
        if part and (found is None or part.broadcast_s[1] < found.broadcast_s[1]):
            found = part
    return found


def most_uploaders(
    scene: Scene, cluster: Cluster, window: Window, from_s: float, band: Band
) -> Part | None:
    """Return the part of as many whole uploads as fit into one pass of a window.

    ``None`` means that not even one fits.
    """

    def part_of(count: int) -> Part | None:
        rows = window.rows
        return soonest_part(scene, rows, from_s, cluster.bits, count, band)

    everybody = part_of(len(cluster.clients))
    if everybody is not None:
        return everybody
    found, low, high = None, 1, len(cluster.clients) - 1
    while low <= high:
        middle = (low + high) // 2
        part = part_of(middle)
        if part is None:
            high = middle - 1
        else:
            found, low = part, middle + 1
    return found


def parts_over_windows(
    scene: Scene,
    cluster: Cluster,
    windows: Iterable[Window],
    from_s: float,
    uploaders: int,
    band: Band,
) -> tuple[Part, ...] | None:
    """Return parts of an exchange that takes what each pass can, one after the other.

    Parts are of whole bits but for the last. ``None`` means that the windows do not
    suffice, or that the horizon comes first.
    """
    parts: list[Part] = []
    left, now_s = cluster.bits, from_s
    for row in (row for window in windows for row in window.rows):
        if scene.sky.rise_s[row] > scene.horizon_s:
            break
        if scene.sky.set_s[row] <= now_s:
            continue
        part = part_in(scene, row, now_s, left, uploaders, band)
        if part is None:
            part = _largest_part(scene, row, now_s, left, uploaders, band)
        if part is not None:
            parts.append(part)
            left, now_s = left - part.bits, part.broadcast_s[1]
        if left <= 0:
            return tuple(parts)
    return None


def _largest_part(
    scene: Scene, row: int, from_s: float, bits: float, uploaders: int, band: Band
) -> Part | None:
    """Return the part of the most whole bits below some that fit into a pass."""
    low, high, best = 0, math.ceil(bits), None
    while high - low > 1:
        middle = (low + high) // 2
        part = part_in(scene, row, from_s, float(middle), uploaders, band)
        if part is None:
            high = middle
        else:
            low, best = middle, part
    return best


def first_broadcast(scene: Scene, cluster: Cluster, from_s: float) -> Exchange | None:
    """Return how the cluster gets its first experts, which all satellites hold.

    It is the first broadcast after a time. ``None`` means that they do not arrive
    before the horizon.
    """
    for window in cluster.windows_after(from_s):
        part = soonest_part(scene, window.rows, from_s, cluster.bits, 0, "shared")
        if part is not None:
            return _in_time(scene, Exchange((), (part,)))
    windows = cluster.windows_after(from_s)
    parts = parts_over_windows(scene, cluster, windows, from_s, 0, "shared")
    return None if parts is None else _in_time(scene, Exchange((), parts))


def _in_time(scene: Scene, exchange: Exchange) -> Exchange | None:
    return exchange if exchange.ready_s <= scene.horizon_s else None


def add_broadcast(
    scene: Scene, plan: PlanBuilder, op: int, cluster: Cluster, exchange: Exchange
) -> None:
    """Charge an operation that starts from a mean with the broadcast of it."""
    for part in exchange.parts:
        ends = (scene.sky.satellite[part.row], cluster.site)
        plan.transfer(op, "access", *ends, part.broadcast_s, part.bits)


def add_uploads(scene: Scene, plan: PlanBuilder, op: int, exchange: Exchange) -> None:
    """Charge an operation that averages devices with their uploads."""
    for part in exchange.parts:
        satellite = scene.sky.satellite[part.row]
        for client, times_s in zip(exchange.clients, part.uploads_s, strict=True):
            ends = (names.client(client), satellite)
            plan.transfer(op, "access", *ends, times_s, part.bits, part.share)


def in_turn_from(clients: Sequence[int], first: int, count: int) -> tuple[int, ...]:
    """Return the next ``count`` of the clients round the robin, sorted."""
    return tuple(sorted(clients[(first + n) % len(clients)] for n in range(count)))
