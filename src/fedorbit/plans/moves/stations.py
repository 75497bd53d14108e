"""Single transfers between satellites and stations that have so many antennas."""

import heapq
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedorbit.orbits.links import Link
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import NEVER


@dataclass(frozen=True)
class Pass:
    """A transfer in one pass over a station."""

    satellite: str
    station: str
    start_s: float
    end_s: float


class Antennas:
    """When the antennas of each station are free, given what was booked before."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        count = scene.antennas_per_station
        self._free_s = {s: [0.0] * (count or 0) for s in scene.stations}

    def soonest(
        self, satellites: Collection[str], link: Link, from_s: float, bits: float
    ) -> Pass | None:
        """Return the transfer by any of some satellites that is over first.

        It starts no earlier than ``from_s``, and when an antenna of the station is
        free; nothing is booked. ``None`` means that there is none.
        """
        found = None
        sky = self._scene.sky
        for station in self._scene.stations:
            free_s = max([from_s, *self._free_s[station][:1]])
            for row in sky.passes(station, free_s):
                start_s = max(free_s, float(sky.rise_s[row]))
                if found is not None and start_s >= found.end_s:
                    break
                if sky.satellite[row] not in satellites:
                    continue
                end_s = sky.finish_s(row, link, start_s, bits)
                if end_s < (NEVER if found is None else found.end_s):
                    found = Pass(sky.satellite[row], station, start_s, end_s)
        return found

    def soonest_of(
        self, satellite: str, link: Link, from_s: float, bits: float
    ) -> Pass | None:
        """Return the same for a single satellite, whose own passes are searched."""
        found = None
        sky = self._scene.sky
        for row in self.passes_of(satellite, from_s):
            if found is not None and sky.rise_s[row] >= found.end_s:
                break
            station = sky.site[row]
            start_s = max([from_s, float(sky.rise_s[row]), *self._free_s[station][:1]])
            end_s = sky.finish_s(row, link, start_s, bits)
            if end_s < (NEVER if found is None else found.end_s):
                found = Pass(satellite, station, start_s, end_s)
        return found

    def passes_of(self, satellite: str, from_s: float) -> NDArray:
        """Return a satellite's passes over all stations that end after a time."""
        rows = self._rows_of.get(satellite, np.empty(0, dtype=int))
        return rows[self._scene.sky.set_s[rows] > from_s]

    @cached_property
    def _rows_of(self) -> dict[str, NDArray]:
        """The passes over stations of each satellite, by rise."""
        sky = self._scene.sky
        rows = np.flatnonzero(np.isin(sky.site.astype(str), self._scene.stations))
        return pd.Series(rows).groupby(sky.satellite[rows]).apply(np.array).to_dict()

    def book(self, found: Pass) -> None:
        """Take an antenna of the station until the end of a transfer."""
        if self._free_s[found.station]:
            heapq.heapreplace(self._free_s[found.station], found.end_s)
