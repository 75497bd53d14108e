"""Flights of models between regions: as planned by one theory, as flown by another.

Transfers take no time here, so that what differs is the motion of satellites alone.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fedorbit.plans.readings.flights import hops, soonest_flight
from fedorbit.plans.sky import Sky

FLIGHTS = [
    "case",
    "origin",
    "destination",
    "ready_s",
    "satellite",
    "planned_s",
    "flown_s",
    "soonest_s",
]


def compare_flights(
    case: str,
    planned: Sky,
    true: Sky,
    regions: Sequence[str],
    ready_s: np.ndarray,
    give_up_s: float,
) -> pd.DataFrame:
    """Return a row for each flight that is planned, columns ``FLIGHTS``.

    A model is ready at each of ``ready_s`` in every region of the ring, and the
    satellite that brings it to the next one soonest by the contacts ``planned``
    takes it. ``planned_s`` is how long that takes from readiness to arrival,
    ``flown_s`` how long the same satellite takes by the contacts ``true``, and
    ``soonest_s`` what the best satellite takes by those. All are infinite where
    nothing arrives within ``give_up_s``; with no satellite planned, nothing flies.
    """
    rows = []
    for origin, destination in hops(regions):
        for ready in ready_s:
            leg = (origin, destination, float(ready))
            satellite, planned_s = soonest_flight(planned, *leg, give_up_s)
            flown_s = _flown(true, satellite, *leg, give_up_s)
            _, soonest_s = soonest_flight(true, *leg, give_up_s)
            rows.append((case, *leg, satellite, planned_s, flown_s, soonest_s))
    return pd.DataFrame(rows, columns=FLIGHTS)


def _flown(
    sky: Sky,
    satellite: str,
    origin: str,
    destination: str,
    ready_s: float,
    give_up_s: float,
) -> float:
    """Return how long a model takes that waits for one satellite, come what may."""
    row = next(sky.passes_of(satellite, origin, ready_s), None)
    if row is None:
        return np.inf
    loaded_s = max(ready_s, sky.rise_s[row])
    there = next(sky.passes_of(satellite, destination, loaded_s), None)
    if there is None:
        return np.inf
    taken_s = max(loaded_s, sky.rise_s[there]) - ready_s
    return taken_s if taken_s <= give_up_s else np.inf
