"""Windows between satellites of different planes, as planners ask for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from fedorbit.orbits.links import OpticalIsl, RadioIsl
from fedorbit.plans.sky import NEVER
from fedorbit.plans.windows import Windows, isl_windows


@dataclass(frozen=True)
class Crossings:
    """All windows of a scenario, with the budget of the links."""

    windows: pd.DataFrame
    """As ``orbits.crossings.find_crossings`` returns them."""
    ranges: pd.DataFrame
    """As ``orbits.crossings.ranges_of`` returns them."""
    link: RadioIsl | OpticalIsl

    @cached_property
    def pairs(self) -> set[frozenset[str]]:
        """Return the pairs of satellites that ever see each other."""
        ends = self.windows[["satellite_a", "satellite_b"]].drop_duplicates()
        return set(map(frozenset, ends.itertuples(index=False, name=None)))

    def between(self, node_of: Mapping[str, str], delay_s: float = 0.0) -> Windows:
        """Return the windows between nodes, such as planes, by the satellites in them.

        What arrives at a satellite is at its node ``delay_s`` later.
        """
        return isl_windows(self.windows, self.ranges, self.link, node_of, delay_s)

    def of_pairs(self, kept: set[frozenset[str]]) -> "Crossings":
        """Return the windows of some pairs of satellites alone."""
        ends = self.windows[["satellite_a", "satellite_b"]].itertuples(index=False)
        rows = [n for n, pair in enumerate(ends) if frozenset(pair) in kept]
        number = pd.Series(range(len(rows)), index=rows)
        ranges = self.ranges[self.ranges["window"].isin(number.index)]
        return Crossings(
            self.windows.iloc[rows].reset_index(drop=True),
            ranges.assign(window=ranges["window"].map(number)).reset_index(drop=True),
            self.link,
        )

    def finish_s(
        self, sender: str, receiver: str, start_s: float, bits: float
    ) -> float:
        """Return when bits have arrived if they start at a time at the earliest.

        It is infinite if the two satellites do not see each other from then on for
        long enough.
        """
        window = self._satellites.soonest(sender, receiver, start_s, bits)
        return NEVER if window is None else window.end_s

    @cached_property
    def _satellites(self) -> Windows:
        return isl_windows(self.windows, self.ranges, self.link)
