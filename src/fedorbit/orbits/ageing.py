"""Old elements against new ones: the same satellites in two snapshots of a list."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path

from sgp4.conveniences import jday_datetime

from fedorbit.base.errors import InputError, SettingsError
from fedorbit.orbits.choice import choose
from fedorbit.orbits.constants import EARTH_RADIUS_KM
from fedorbit.orbits.elements import ElementSet
from fedorbit.orbits.lists import read_elements
from fedorbit.orbits.settings import Ageing
from fedorbit.orbits.sources import Select

PLAUSIBLE_KM = 100.0  # more than drag or the flattening take in months


@dataclass(frozen=True)
class Snapshot:
    """The element sets that a list of satellites had on one day."""

    source: str
    epoch: datetime
    """The median epoch, to the second."""
    sets: list[ElementSet]
    """Named by catalogue number, since names change."""


@dataclass(frozen=True)
class Pair:
    """Satellites by their elements in an older and in a newer snapshot."""

    older: Snapshot
    newer: Snapshot
    old_sets: list[ElementSet]
    new_sets: list[ElementSet]
    """As many as ``old_sets``, of the same satellites in the same order."""
    gone: int
    """Satellites that the older snapshot promises and the newer does not have."""
    implausible: int
    """Satellites that SGP4, from the old elements, loses or puts far off the band."""

    @property
    def age_days(self) -> float:
        """Return the days from the older to the newer median epoch."""
        return (self.newer.epoch - self.older.epoch) / timedelta(days=1)

    @property
    def name(self) -> str:
        """Return the two epochs, as a case of a table."""
        return (
            f"{self.older.epoch:%Y-%m-%dT%H:%MZ} for {self.newer.epoch:%Y-%m-%dT%H:%MZ}"
        )


def load_snapshot(path: str | Path) -> Snapshot:
    """Return the snapshot in a file of element sets; records that are none are left."""
    sets = read_elements(path).sets
    epochs = sorted(s.epoch for s in sets)
    middle = epochs[len(epochs) // 2].replace(microsecond=0)
    named = [replace(s, name=str(s.number)) for s in sets]
    return Snapshot(str(path), middle, named)


def pair_up(paths: Iterable[str | Path], settings: Ageing) -> list[Pair]:
    """Return every older with every newer snapshot, by age.

    A planner chooses satellites by the older snapshot, so that alone decides which
    are followed. Snapshots with the same median epoch are copies; one of them counts.
    Raises ``InputError`` if no two are of different times.
    """
    paths = list(paths)
    loaded = {s.epoch: s for s in map(load_snapshot, sorted(map(str, paths)))}
    if len(loaded) < 2:
        raise InputError(
            f"{', '.join(map(str, paths))}: the snapshots have the same median epoch; "
            "name two of different days in ageing.snapshots."
        )
    snapshots = sorted(loaded.values(), key=lambda s: s.epoch)
    pairs = [_pair(*two, settings) for two in combinations(snapshots, 2)]
    return sorted(pairs, key=lambda pair: pair.age_days)


def _pair(older: Snapshot, newer: Snapshot, settings: Ageing) -> Pair:
    chosen = _usable(older, settings, bands=True)
    present = {s.name: s for s in _usable(newer, settings, bands=False)}
    both = [s for s in chosen if s.name in present]
    old_sets = [s for s in both if _is_plausible(s, newer.epoch, settings)]
    new_sets = [present[s.name] for s in old_sets]
    gone, implausible = len(chosen) - len(both), len(both) - len(old_sets)
    return Pair(older, newer, old_sets, new_sets, gone, implausible)


def _is_plausible(element_set: ElementSet, start: datetime, settings: Ageing) -> bool:
    """Return whether SGP4 still has a satellite near the band when a scenario begins.

    Beyond its decay SGP4 may let a satellite climb to thousands of kilometres, where
    it is in view of two regions for hours, and a plan would take it for the best.
    """
    error, r_km, _ = element_set.satrec().sgp4(*jday_datetime(start))
    if error:
        return False
    height_km = math.dist(r_km, (0.0, 0.0, 0.0)) - EARTH_RADIUS_KM
    low_km, high_km = settings.altitude_km
    return low_km - PLAUSIBLE_KM < height_km < high_km + PLAUSIBLE_KM


def _usable(snapshot: Snapshot, settings: Ageing, bands: bool) -> list[ElementSet]:
    """Return satellites fresh in their snapshot and, if asked, in the bands."""
    select = Select(
        altitude_km=settings.altitude_km if bands else None,
        inclination_deg=settings.inclination_deg if bands else None,
        max_epoch_age_days=settings.max_epoch_age_days,
    )
    try:
        return choose(snapshot.sets, select, snapshot.epoch, settings.hours)[0]
    except SettingsError:  # none at all
        return []
