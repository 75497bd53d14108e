"""Questions that planners ask of the contact table: who is overhead, until when."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from fedorbit.orbits.links import Link, capacity_curve, clear_curves

BLOCK = 1024  # passes whose capacities are computed at once
NEVER = float("inf")


class Sky:
    """The passes of a contact table, found by site, by satellite and by time.

    A pass is known by its row number in the table, which is sorted by rise.
    """

    def __init__(self, contacts: pd.DataFrame) -> None:
        self.satellite = contacts["satellite"].to_numpy()
        self.site = contacts["site"].to_numpy()
        self.rise_s = contacts["rise_s"].to_numpy()
        self.set_s = contacts["set_s"].to_numpy()
        self._times_s = contacts[["rise_s", "culmination_s", "set_s"]].to_numpy()
        self._ranges_km = contacts[
            ["range_rise_km", "range_culmination_km", "range_set_km"]
        ].to_numpy()
        self._max_elevation_deg = contacts["max_elevation_deg"].to_numpy()
        if np.any(np.diff(self.rise_s) < 0):
            raise ValueError("the contact table is not sorted by rise_s")
        self._at_site = contacts.groupby("site").indices
        self._of_satellite = contacts.groupby("satellite").indices
        self._of_pair = contacts.groupby(["satellite", "site"]).indices
        self._longest_s = {
            name: float(np.max(self.set_s[rows] - self.rise_s[rows]))
            for name, rows in self._at_site.items()
        }
        self._clear_curves = lru_cache(maxsize=None)(self._find_clear_curves)
        self._other_curve = lru_cache(maxsize=None)(self._find_other_curve)

    def passes(self, site: str, from_s: float) -> Iterator[int]:
        """Yield the passes over a site that end after ``from_s``, by rise."""
        rows = self._at_site.get(site, np.empty(0, dtype=int))
        earliest = from_s - self._longest_s.get(site, 0.0)
        for row in rows[np.searchsorted(self.rise_s[rows], earliest) :]:
            if self.set_s[row] > from_s:
                yield int(row)

    def flights(self, satellite: str, from_s: float) -> Iterator[int]:
        """Yield one satellite's passes over all sites that end after ``from_s``."""
        rows = self._of_satellite.get(satellite, np.empty(0, dtype=int))
        for row in rows[self.set_s[rows] > from_s]:
            yield int(row)

    def passes_of(self, satellite: str, site: str, from_s: float) -> Iterator[int]:
        """Yield one satellite's passes over a site that end after ``from_s``."""
        rows = self._of_pair.get((satellite, site), np.empty(0, dtype=int))
        for row in rows[np.searchsorted(self.set_s[rows], from_s, side="right") :]:
            yield int(row)

    def finish_s(
        self, row: int, link: Link, start_s: float, bits: float, share: float = 1.0
    ) -> float:
        """Return when a transfer that starts at ``start_s`` ends; too late is infinite.

        The transfer starts at the pass's rise if that is later.
        """
        seconds, carried = self._curve(row, link, share)
        before = np.interp(start_s, seconds, carried)
        if before + bits > carried[-1]:
            return NEVER
        return float(np.interp(before + bits, carried, seconds))

    def bits_between(
        self, row: int, link: Link, times_s: tuple[float, float], share: float = 1.0
    ) -> float:
        """Return the bits that a link can carry between two times of a pass."""
        (bits,) = self.bits_in_steps(row, link, times_s, share)
        return float(bits)

    def bits_in_steps(
        self, row: int, link: Link, times_s: ArrayLike, share: float = 1.0
    ) -> NDArray:
        """Return the bits that a link carries from each time of a pass to the next."""
        return np.diff(np.interp(times_s, *self._curve(row, link, share)))

    def covering(self, satellite: str, site: str, times_s: tuple[float, float]) -> int:
        """Return the satellite's pass over a site that covers both times, or -1."""
        for row in self.passes_of(satellite, site, times_s[0] - 1e-6):
            if self.rise_s[row] <= times_s[0] and times_s[1] <= self.set_s[row]:
                return row
        return -1

    def _curve(self, row: int, link: Link, share: float) -> tuple[NDArray, NDArray]:
        """Return times in a pass and the bits that a link has carried until each."""
        if not link.is_clear:
            return self._other_curve(row, link, share)
        block, in_block = divmod(row, BLOCK)
        seconds, bits = self._clear_curves(block, link, share)
        return seconds[in_block], bits[in_block]

    def _find_clear_curves(self, block: int, link: Link, share: float):
        rows = slice(block * BLOCK, (block + 1) * BLOCK)
        return clear_curves(link, self._times_s[rows], self._ranges_km[rows], share)

    def _find_other_curve(self, row: int, link: Link, share: float):
        return capacity_curve(
            link,
            tuple(self._times_s[row]),
            tuple(self._ranges_km[row]),
            self._max_elevation_deg[row],
            share,
            link.draw(self.satellite[row], self.site[row], self.rise_s[row]),
        )
