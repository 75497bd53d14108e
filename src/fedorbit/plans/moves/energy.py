"""Batteries of satellites: when there is charge enough for the next piece of work."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import model_validator

from fedorbit.base.errors import Infeasible
from fedorbit.base.settings import Settings, between
from fedorbit.plans.sky import NEVER

LEAST_DELAY_S = 1.0  # by which a start is put off at least when it is tried again
ROUNDING_J = 1e-6

Watts = between(float, 0.0, 1e6)
Part = between(float, 0.0, 1.0)


class Battery(Settings):
    """The energy budget of a satellite."""

    capacity_j: between(float, 1.0, 1e12)
    """What the full battery holds; a watt-hour is 3,600 J."""
    floor: Part
    """Part of the capacity that computing must leave from its start on. What is sent is
    not put off, so that it may take more."""
    start: Part = 1.0
    """Part of the capacity at the beginning."""
    panel_w: Watts
    """What the panels give in full sunlight."""
    idle_w: Watts
    """What the satellite draws all the time."""
    compute_w: Watts
    """What computing draws besides."""
    send_w: Watts
    """What sending draws besides."""

    @model_validator(mode="after")
    def _starts_above_floor(self) -> Self:
        if self.start < self.floor:
            raise ValueError(
                f"start is {self.start:g}, below the floor of {self.floor:g}; raise it"
            )
        return self


@dataclass(frozen=True)
class Load:
    """Work that draws power."""

    start_s: float
    end_s: float
    power_w: float


class Power:
    """The charge of one satellite over time, with all its work."""

    def __init__(self, battery: Battery, times_s: ArrayLike, share: ArrayLike) -> None:
        """Take a battery, and the part of the Sun seen at times from the beginning on.

        Between two times the panels give the mean of both. Raises ``Infeasible`` if
        the charge falls below the floor without any work.
        """
        self.battery = battery
        self._times_s = np.asarray(times_s, dtype=float)
        share = np.asarray(share, dtype=float)
        means_w = battery.panel_w * (share[1:] + share[:-1]) / 2 - battery.idle_w
        gained_j = np.cumsum(np.diff(self._times_s) * means_w)
        self._gained_j = np.concatenate([[0.0], gained_j])
        self._loads = np.empty((3, 0))  # starts, ends and powers
        self._added: list[Load] = []
        # With all of ``_loads``; work that was added since comes when it is asked for.
        self._known = self._times_s, self._gained_j
        if self._deficit_j([]) > 0:
            raise Infeasible(
                f"a satellite that only idles falls below {battery.floor:g} of its "
                f"battery of {battery.capacity_j:g} J; raise panel_w or capacity_j, or "
                "lower idle_w or floor."
            )

    def charges_j(
        self, loads: Sequence[Load] = (), also_s: Sequence[float] = ()
    ) -> tuple[NDArray, NDArray]:
        """Return times and the charge at each, with these loads and those added.

        Times are those at which power changes and those of ``also_s``; between them
        the charge has no lower point. The panels' surplus is lost while it is full.
        """
        if self._added:
            self._known = self._unbounded_j(self._added)
            rows = [(load.start_s, load.end_s, load.power_w) for load in self._added]
            self._loads = np.hstack([self._loads, np.transpose(rows)])
            self._added = []
        times_s, free_j = self._unbounded_j(loads, also_s)
        full_j = self.battery.capacity_j
        free_j += self.battery.start * full_j
        # What was lost until a time is the most that a battery without end was above.
        lost_j = np.maximum.accumulate(np.maximum(free_j - full_j, 0.0))
        return times_s, free_j - lost_j

    def earliest_start_s(self, ready_s: float, seconds: float, power_w: float) -> float:
        """Return when work may start so that the charge then stays above the floor.

        The work lasts some seconds without a break; it and all added before are done,
        and the charge is looked at from its start to the end of the times. The start is
        at most a second late. It is infinite if the work does not end before the times
        do.
        """
        start_s = max(ready_s, float(self._times_s[0]))
        while start_s + seconds <= self._times_s[-1]:
            work = Load(start_s, start_s + seconds, power_w)
            deficit_j = self._deficit_j([work], start_s)
            if deficit_j <= 0:
                return start_s
            # Putting work off by a second leaves no time with more than its power.
            by_power_s = deficit_j / power_w if power_w else 0.0
            start_s += max(by_power_s, LEAST_DELAY_S)
        return NEVER

    def add(self, load: Load) -> None:
        """Add work, which should start when ``earliest_start_s`` says or later."""
        self._added.append(load)

    def _unbounded_j(
        self, loads: Sequence[Load], also_s: Sequence[float] = ()
    ) -> tuple[NDArray, NDArray]:
        """Return what ``charges_j`` does, of a battery empty at first and without end.

        Sums are in the order in which work was added, whatever is known before.
        """
        edges_s = [edge_s for load in loads for edge_s in (load.start_s, load.end_s)]
        times_s, free_j = self._known
        first_s, last_s = times_s[[0, -1]]
        new_s = np.unique([e for e in (*edges_s, *also_s) if first_s < e < last_s])
        places = np.searchsorted(times_s, new_s)
        is_new = times_s[places] != new_s
        new_s, places = new_s[is_new], places[is_new]
        gained_j = np.interp(new_s, self._times_s, self._gained_j)
        new_j = np.subtract.reduce(np.vstack([gained_j, self._drawn_j(new_s)]))
        times_s = np.insert(times_s, places, new_s)
        free_j = np.insert(free_j, places, new_j)
        for load in loads:
            since_s = max(min(first_s, load.end_s), load.start_s)
            begin, end = np.searchsorted(times_s, (load.start_s, load.end_s))
            free_j[begin:end] -= load.power_w * (times_s[begin:end] - since_s)
            free_j[end:] -= load.power_w * (load.end_s - since_s)
        return times_s, free_j

    def _drawn_j(self, times_s: NDArray) -> NDArray:
        """Return what each of ``_loads`` has drawn by some times, (loads, times)."""
        start_s, end_s, power_w = self._loads[:, :, np.newaxis]
        since_s = np.maximum(np.minimum(self._times_s[0], end_s), start_s)
        return power_w * (np.clip(times_s, start_s, end_s) - since_s)

    def _deficit_j(self, loads: Sequence[Load], since_s: float = 0.0) -> float:
        """Return by how much the charge falls below the floor, 0 if it does not."""
        times_s, charge_j = self.charges_j(loads, [since_s])
        floor_j = self.battery.floor * self.battery.capacity_j
        deficit_j = floor_j - float(charge_j[times_s >= since_s].min())
        return deficit_j if deficit_j > ROUNDING_J else 0.0
