"""Flights of models around a ring of regions: how long they take by a contact table.

Transfers take no time unless they are given, so that the motion of satellites alone
counts.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from fedorbit.plans.moves.carry import Work, soonest_carry
from fedorbit.plans.sky import Sky

ALL_HOPS = "all"


def _at_once(row: int, start_s: float) -> float:
    """Return the end of a transfer that takes no time."""
    return start_s


def hops(regions: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each region of a ring with the next."""
    yield from zip(regions, [*regions[1:], regions[0]], strict=True)


def soonest_flight(
    sky: Sky,
    origin: str,
    destination: str,
    ready_s: float,
    give_up_s: float,
    load: Work = _at_once,
    unload: Work = _at_once,
) -> tuple[str, float]:
    """Return the satellite that is done first, and how long after readiness.

    The time includes loading and unloading. It is infinite, of no satellite, where
    none is done within ``give_up_s``.
    """
    carry = soonest_carry(sky, origin, ready_s, load, destination, unload)
    if carry is None or carry.done_s - ready_s > give_up_s:
        return "", np.inf
    return carry.satellite, carry.done_s - ready_s


def flight_times(
    sky: Sky,
    regions: Sequence[str],
    ready_s: np.ndarray,
    give_up_s: float,
    load: Work = _at_once,
    unload: Work = _at_once,
) -> pd.DataFrame:
    """Return statistics of the flights on each hop of the ring, and on all of them.

    A model is ready at each of ``ready_s`` in every region. The columns are origin,
    destination, flights, lost (not arrived within ``give_up_s``), and the median, mean
    and 95th percentile of the times of those that arrived. The last row, with ``all``
    for both ends, is of the whole ring; its mean is the flight time that limits the
    cycles of FedMeld in the long run (docs/theory.md).
    """
    rows, everything = [], []
    for origin, destination in hops(regions):
        ways = (origin, destination)
        times_s = np.array(
            [
                soonest_flight(sky, *ways, float(ready), give_up_s, load, unload)[1]
                for ready in ready_s
            ]
        )
        rows.append((origin, destination, *_statistics(times_s)))
        everything.append(times_s)
    rows.append((ALL_HOPS, ALL_HOPS, *_statistics(np.concatenate(everything))))
    columns = ["origin", "destination", "flights", "lost", "p50_s", "mean_s", "p95_s"]
    return pd.DataFrame(rows, columns=columns)


def _statistics(times_s: np.ndarray) -> tuple[int, int, float, float, float]:
    arrived = times_s[np.isfinite(times_s)]
    lost = len(times_s) - len(arrived)
    if not len(arrived):
        return len(times_s), lost, np.nan, np.nan, np.nan
    p50_s, p95_s = np.percentile(arrived, [50, 95])
    return len(times_s), lost, float(p50_s), float(arrived.mean()), float(p95_s)
