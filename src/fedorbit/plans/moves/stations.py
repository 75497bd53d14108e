"""Single transfers between satellites and stations that have so many antennas."""

import heapq
from collections.abc import Collection
from dataclasses import dataclass

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

    def book(self, found: Pass) -> None:
        """Take an antenna of the station until the end of a transfer."""
        if self._free_s[found.station]:
            heapq.heapreplace(self._free_s[found.station], found.end_s)
