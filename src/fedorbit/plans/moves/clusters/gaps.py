"""What a cluster does from one mean of its devices to the next: steps, and uploads.

Devices that have a mean train until the next window, or for ``step_cap`` steps, since
more make them drift apart. If the cap is reached while the window is still open, as in
permanent contact, they upload at once. Where a window is too short for all of them,

* ``round_robin``: as many as can upload, those first whose turn it is; their mean goes
  to everybody, and what others have learned is lost;
* ``keep_last``: the same, but the mean is of the last uploads of all devices;
* ``wait_for_all``: all upload a part of their experts, and go on in the next windows.
  Meanwhile they take no steps, for the mean would overwrite them.

In the first two, a window that cannot even take one upload is left out; if there is
none that can, one device uploads in parts. Devices that will not be heard in a window
do not train for it: all know the windows beforehand.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from fedorbit.plans.moves.clusters.cluster import Cluster, Window, step_s
from fedorbit.plans.moves.clusters.exchanges import (
    Band,
    Exchange,
    Part,
    in_turn_from,
    most_uploaders,
    parts_over_windows,
    soonest_part,
)
from fedorbit.plans.scene import Scene

ShortWindows = Literal["round_robin", "keep_last", "wait_for_all"]
ROUNDING = 1e-9  # of a step, so that a time of whole steps is not one too short


@dataclass(frozen=True)
class Rules:
    """How clusters train and upload."""

    step_cap: int
    """The most steps from one mean to the next."""
    short_windows: ShortWindows
    band: Band
    trains_when_disconnected: bool
    """Otherwise devices take steps in windows only, before they upload."""


@dataclass(frozen=True)
class Gap:
    """The steps of a cluster's devices after a mean, and the exchange of the next."""

    ready_s: float
    """When the steps begin."""
    steps: int
    exchange: Exchange
    next_turn: int
    """Position of the device whose turn it is in the next short window."""


def next_gap(
    scene: Scene, cluster: Cluster, rules: Rules, ready_s: float, turn: int
) -> Gap | None:
    """Return what follows a mean that the devices have at ``ready_s``.

    ``turn`` is the position of the device whose turn it is. ``None`` means that no
    exchange ends before the horizon.
    """
    found = _next_exchange(scene, cluster, rules, ready_s, turn)
    if found is None or found[1].ready_s > scene.horizon_s:
        return None
    begin_s, exchange = found
    steps = whole_steps(scene, exchange.start_s - begin_s)
    heard = len(exchange.clients)
    next_turn = (turn + heard) % len(cluster.clients)
    return Gap(begin_s, min(rules.step_cap, steps), exchange, next_turn)


def _next_exchange(
    scene: Scene, cluster: Cluster, rules: Rules, ready_s: float, turn: int
) -> tuple[float, Exchange] | None:
    """Return from when on devices train, and the exchange that ends this."""
    everybody = len(cluster.clients)
    first: tuple[float, float] | None = None
    for window, begin_s, from_s in _openings(scene, cluster, rules, ready_s):
        if window.rise_s > scene.horizon_s:
            break
        first = first or (begin_s, from_s)
        part = _fitting(scene, cluster, rules, window, from_s)
        if part is not None:
            clients = in_turn_from(cluster.clients, turn, len(part.uploads_s))
            return begin_s, Exchange(clients, (part,))
        if rules.short_windows == "wait_for_all":
            break
    if first is None:
        return None
    begin_s, from_s = first
    uploaders = everybody if rules.short_windows == "wait_for_all" else 1
    clients = in_turn_from(cluster.clients, turn, uploaders)
    windows = cluster.windows_after(from_s)
    parts = parts_over_windows(scene, cluster, windows, from_s, uploaders, rules.band)
    return None if parts is None else (begin_s, Exchange(clients, parts))


def _openings(
    scene: Scene, cluster: Cluster, rules: Rules, ready_s: float
) -> Iterator[tuple[Window, float, float]]:
    """Yield windows, from when on devices train for each, and may upload in it."""
    step, cap = step_s(scene), rules.step_cap
    for window in cluster.windows_after(ready_s + step):
        if not rules.trains_when_disconnected:
            begin_s = max(window.rise_s, ready_s)
            steps = _steps_in(scene, cluster, rules, window, begin_s)
            opening = begin_s, begin_s + steps * step
        elif window.rise_s <= ready_s:
            opening = ready_s, ready_s + cap * step
        else:
            opening = ready_s, max(window.rise_s, ready_s + step)
        if opening[1] < window.set_s:
            yield window, *opening


def _steps_in(
    scene: Scene, cluster: Cluster, rules: Rules, window: Window, begin_s: float
) -> int:
    """Return the most steps in a window that leave time to hear all, at least one."""
    step = step_s(scene)

    def leave_time(steps: int) -> bool:
        asked = begin_s + steps * step, cluster.bits, len(cluster.clients)
        return soonest_part(scene, window.rows, *asked, rules.band) is not None

    low, high = 1, min(rules.step_cap, whole_steps(scene, window.set_s - begin_s))
    while low < high:
        middle = (low + high + 1) // 2
        if leave_time(middle):
            low = middle
        else:
            high = middle - 1
    return low


def _fitting(
    scene: Scene, cluster: Cluster, rules: Rules, window: Window, from_s: float
) -> Part | None:
    """Return the part of whole uploads that a window takes, if it takes any."""
    if rules.short_windows == "wait_for_all":
        asked = from_s, cluster.bits, len(cluster.clients)
        return soonest_part(scene, window.rows, *asked, rules.band)
    return most_uploaders(scene, cluster, window, from_s, rules.band)


def whole_steps(scene: Scene, seconds: float) -> int:
    """Return how many local steps fit into a time."""
    return math.floor(seconds / step_s(scene) + ROUNDING)
