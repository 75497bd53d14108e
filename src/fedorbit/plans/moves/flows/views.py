"""What satellites could send to stations, slot by slot, and what is to be sent.

All satellites of a plane hold the whole volume of the plane, so that any of them can
send any part of it. The way up is the same: any satellite of a plane can receive any
part, and ``link`` is then that of the feeder upwards. Both ways use the same antennas,
so plan one after the other: from the end of the first as the second's ready time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from fedorbit.base.errors import Infeasible
from fedorbit.orbits.links import Link
from fedorbit.plans.sky import Sky

COLUMNS = ("satellite", "station", "slot", "bits")  # of cells
NO_CELLS = np.empty(0, dtype=int)


@dataclass(frozen=True)
class Views:
    """Cells: a satellite, a station, and a slot that one pass covers from end to end.

    They are in order of slots, satellites and stations.
    """

    satellites: list[str]
    stations: list[str]
    edges_s: NDArray
    """Where slots begin and end, shape (slots + 1,)."""
    satellite: NDArray
    """Of each cell, as a number in ``satellites``."""
    station: NDArray
    slot: NDArray
    bits: NDArray
    """What the link carries in the whole slot, the integral of its rate."""

    def where(self, kept: NDArray) -> Self:
        """Return the cells of a mask."""
        return replace(self, **{name: getattr(self, name)[kept] for name in COLUMNS})

    def first(self, slots: int) -> Self:
        """Return the first slots alone."""
        kept = slice(0, int(np.searchsorted(self.slot, slots)))
        return replace(self.where(kept), edges_s=self.edges_s[: slots + 1])


@dataclass(frozen=True)
class Demand:
    """What is to be sent: a volume for each plane, which all its satellites hold."""

    planes: list[str]
    plane: NDArray
    """Of each satellite of the views, as a number in ``planes``; -1 for none."""
    bits: NDArray
    """Volume of each plane."""
    ready_s: NDArray
    """From when on each plane can send: in the slots that begin no earlier."""
    antennas: NDArray
    """Of each station: how many satellites it serves at once, at least one."""

    def usable(self, views: Views) -> Views:
        """Return the cells of satellites that have something to send by then."""
        plane = self.plane[views.satellite]
        start_s = views.edges_s[views.slot]
        is_due = (plane >= 0) & (self.bits[plane] > 0)
        return views.where(is_due & (start_s >= self.ready_s[plane]))


def demand_of(
    views: Views,
    members: Mapping[str, Sequence[str]],
    bits: Mapping[str, float],
    ready_s: Mapping[str, float],
    antennas: Mapping[str, int],
) -> Demand:
    """Return a demand from satellites, bits and ready times of planes, by name.

    ``antennas`` are those of each station. Satellites of no plane send nothing.
    """
    planes = list(members)
    number = {s: p for p, name in enumerate(planes) for s in members[name]}
    return Demand(
        planes,
        np.array([number.get(s, -1) for s in views.satellites], dtype=int),
        np.array([bits[name] for name in planes], dtype=float),
        np.array([ready_s[name] for name in planes], dtype=float),
        np.array([antennas[name] for name in views.stations], dtype=int),
    )


def slot_edges(
    sky: Sky, stations: Sequence[str], start_s: float, until_s: float, slot_s: float
) -> NDArray:
    """Return edges of slots: a grid and, if they are fewer, the ends of passes, too.

    With the ends of passes no second of a pass is lost. Of many satellites they are so
    close that the grid has to do, and each pass loses up to a slot at either end. The
    last slot ends no earlier than ``until_s``.
    """
    count = int(np.ceil((until_s - start_s) / slot_s))
    grid_s = start_s + slot_s * np.arange(count + 1)
    here = np.isin(sky.site, list(stations))
    ends_s = np.unique([sky.rise_s[here], sky.set_s[here]])
    ends_s = ends_s[(ends_s > start_s) & (ends_s < grid_s[-1])]
    return np.union1d(grid_s, ends_s) if len(ends_s) <= count else grid_s


def views_of(
    sky: Sky,
    link: Link,
    satellites: Sequence[str],
    stations: Sequence[str],
    edges_s: NDArray,
) -> Views:
    """Return what some satellites could send to some stations over a link."""
    number = {name: n for n, name in enumerate(satellites)}
    columns: dict[str, list[NDArray]] = {name: [] for name in COLUMNS}
    for at, station in enumerate(stations):
        for row in sky.passes(station, edges_s[0]):
            if sky.rise_s[row] >= edges_s[-1]:
                break
            if sky.satellite[row] not in number:
                continue
            first = int(np.searchsorted(edges_s, sky.rise_s[row], side="left"))
            last = int(np.searchsorted(edges_s, sky.set_s[row], side="right"))
            if last - first < 2:
                continue
            slots = np.arange(first, last - 1)
            columns["slot"].append(slots)
            columns["satellite"].append(np.full_like(slots, number[sky.satellite[row]]))
            columns["station"].append(np.full_like(slots, at))
            bits = sky.bits_in_steps(row, link, edges_s[first:last])
            columns["bits"].append(bits)
    whole = {name: np.concatenate(own or [NO_CELLS]) for name, own in columns.items()}
    order = np.lexsort([whole[name] for name in ("station", "satellite", "slot")])
    cells = {name: column[order] for name, column in whole.items()}
    return Views(list(satellites), list(stations), edges_s, **cells)


def least_slots(views: Views, demand: Demand) -> int:
    """Return a number of slots without which no plan can do.

    In fewer, either a plane could not send its volume if it had all stations for
    itself and each satellite sent where it can send most, or the stations could not
    take the volume of all planes. Raises ``Infeasible`` if the views are too few.
    """
    views = demand.usable(views)
    slots = len(views.edges_s) - 1
    alone = np.zeros((len(demand.planes), slots))
    order = np.argsort(-views.bits, kind="stable")
    key = views.slot * len(views.satellites) + views.satellite
    best = order[np.unique(key[order], return_index=True)[1]]
    plane = demand.plane[views.satellite[best]]
    np.add.at(alone, (plane, views.slot[best]), views.bits[best])
    key = views.slot * len(views.stations) + views.station
    order = np.lexsort([-views.bits, key])
    begin = np.searchsorted(key[order], key[order])
    taken = np.arange(len(order)) - begin < demand.antennas[views.station[order]]
    together = np.bincount(
        views.slot[order][taken], views.bits[order][taken], minlength=slots
    )
    carried = np.cumsum(np.vstack([alone, together]), axis=1)
    needed = (1 - 1e-9) * np.append(demand.bits, demand.bits.sum())
    enough = carried >= needed[:, np.newaxis]
    last_s = views.edges_s[-1]
    if not enough[:, -1].all():
        short = int(np.argmin(enough[:, -1]))
        who = f"plane {demand.planes[short]}" if short < len(alone) else "all planes"
        raise Infeasible(
            f"{who} cannot bring {needed[short]:.4g} bits down before {last_s:g} s; "
            "make the scenario longer, or give it more stations or smaller volumes."
        )
    return int(enough.argmax(axis=1).max()) + 1
