"""What all strategies of a study share on the page: the Earth, satellites, passes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from fedorbit.orbits.eclipse import sun_km
from fedorbit.orbits.elements import ElementSet
from fedorbit.orbits.propagate import positions
from fedorbit.report.explorer import packing

STEP_S = 900.0
"""From one state of a satellite to the next; between them, gravity is followed."""
MOST_STATES = 250_000
"""Of all satellites together, some 4 MB on the page."""


@dataclass(frozen=True)
class Nodes:
    """Satellites that are drawn and sites, numbered in one row, satellites first."""

    satellites: Sequence[str]
    sites: Sequence[str]

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each node by its name."""
        names = [*self.satellites, *self.sites]
        return {name: number for number, name in enumerate(names)}


def drawn(sets: Sequence[ElementSet], used: set[str], hours: float) -> list[ElementSet]:
    """Return the satellites that are drawn: all, or as many as the page can carry.

    Those that a plan uses are always there; of the others, every second, third or so.
    """
    most = int(MOST_STATES // _count(hours))
    others = [s for s in sets if s.name not in used]
    room = max(0, most - (len(sets) - len(others)))
    every = max(1, -(-len(others) // room)) if room else len(others) + 1
    kept = used | {s.name for s in others[every - 1 :: every]}
    return [s for s in sets if s.name in kept]


def sky(
    sets: Sequence[ElementSet],
    start: datetime,
    hours: float,
    contacts: pd.DataFrame,
    nodes: Nodes,
) -> dict[str, Any]:
    """Return satellites and the Sun every ``STEP_S``, and the passes over sites.

    Positions are Earth-fixed, in km, in the order satellites, times, x y z; velocities
    are relative to the turning Earth, in km/s. The Sun is a unit vector.
    """
    seconds = np.arange(_count(hours)) * STEP_S
    r_km, v_km_s = positions([s.satrec() for s in sets], start, seconds)
    sun = sun_km(start, seconds)
    sun /= np.linalg.norm(sun, axis=1, keepdims=True)
    passes = contacts[contacts["satellite"].isin(set(nodes.satellites))]
    passes = passes.sort_values("rise_s", kind="stable")
    return {
        "step_s": STEP_S,
        "satellites": {
            "names": [s.name for s in sets],
            "r_km": packing.scaled(r_km),
            "v_km_s": packing.scaled(v_km_s),
        },
        "sun": sun.round(4).tolist(),
        "passes": {
            "start": packing.times(passes["rise_s"]),
            "end": packing.times(passes["set_s"]),
            "from": packing.counts(passes["satellite"].map(nodes.numbers)),
            "to": packing.counts(passes["site"].map(nodes.numbers)),
        },
    }


def land(coastlines: pd.DataFrame) -> list[list[list[float]]]:
    """Return the coasts as rings of longitude and latitude, in degrees.

    A coast that ends at the 180th meridian is closed along it.
    """
    rings = []
    for _, line in coastlines.groupby("line"):
        ring = line[["longitude_deg", "latitude_deg"]].to_numpy().tolist()
        if ring[0] != ring[-1]:
            ring.append(ring[0])
        if len(ring) > 3:
            rings.append(ring)
    return rings


def _count(hours: float) -> int:
    """Return the number of states that reach from the start beyond the end."""
    return int(np.ceil(hours * 3600 / STEP_S)) + 1
