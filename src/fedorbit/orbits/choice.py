"""Which satellites of a list take part in a scenario, and which are left out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedorbit.base.errors import SettingsError
from fedorbit.orbits.constants import EARTH_RADIUS_KM
from fedorbit.orbits.decay import lives
from fedorbit.orbits.elements import ElementSet, semi_major_axis_km
from fedorbit.orbits.records import LeftOut, count_reasons
from fedorbit.orbits.sources import Select
from fedorbit.orbits.walker import Walker, walker_elements

DAY = timedelta(days=1)


class NoneTakesPart(SettingsError):
    """No satellite is left for a scenario; ``counts`` has the reasons."""

    def __init__(self, message: str, counts: Mapping[str, int]):
        super().__init__(message)
        self.counts = counts


def choose(
    sets: Sequence[ElementSet],
    select: Select,
    start: datetime,
    hours: float,
    left_out: Sequence[LeftOut] = (),
) -> tuple[list[ElementSet], pd.DataFrame]:
    """Return the satellites that take part in a scenario, and how many do not, and why.

    Of elements of the same satellite those count whose epoch is nearest to the start.
    A satellite that has come down before the start is left out; one that comes down
    later takes part until then. Satellites of the same name have their catalogue
    numbers appended.

    The table has the columns ``reason`` and ``satellites``: the first row counts all
    records, the last the satellites that take part, and each between them those that
    are left out, by the first reason that applies. ``left_out`` are records that were
    no element sets. Raises ``NoneTakesPart`` if nothing is left.
    """
    ages_days = epoch_ages_days(sets, start)
    altitudes_km = mean_altitudes_km(sets)
    inclinations_deg = np.array([s.inclination_deg for s in sets])
    pattern = re.compile(select.name_pattern or "")
    applying = {
        "duplicate": _superseded(sets, ages_days),
        "far from epoch": farthest_days(ages_days, hours) > select.max_epoch_age_days,
    }
    fresh = ~(applying["duplicate"] | applying["far from epoch"])
    applying |= {
        "decayed": _have_come_down(sets, fresh, start, hours),
        "name": np.array([pattern.search(s.name) is None for s in sets], dtype=bool),
        "altitude": _outside(altitudes_km, select.altitude_km),
        "inclination": _outside(inclinations_deg, select.inclination_deg),
    }
    counts = {"all": len(sets) + len(left_out), **count_reasons(left_out)}
    kept = np.ones(len(sets), dtype=bool)
    for reason, applies in applying.items():
        counts[reason] = int((kept & applies).sum())
        kept &= ~applies
    counts["taking part"] = int(kept.sum())
    if not kept.any():
        told = ", ".join(f"{r} {n}" for r, n in counts.items() if n and r != "all")
        raise NoneTakesPart(
            f"scenario.constellation: of {counts['all']} element sets with epochs "
            f"{_epochs(ages_days, start)} none takes part ({told}); widen select, "
            "or choose a scenario.start near the epochs.",
            counts,
        )
    table = pd.DataFrame(counts.items(), columns=["reason", "satellites"])
    return _with_own_names([s for s, k in zip(sets, kept, strict=True) if k]), table


def walker_constellation(
    walker: Walker, start: datetime
) -> tuple[list[ElementSet], pd.DataFrame]:
    """Return the satellites of a pattern and the table that ``choose`` returns."""
    sets = walker_elements(walker, start)
    rows = [("all", len(sets)), ("taking part", len(sets))]
    return sets, pd.DataFrame(rows, columns=["reason", "satellites"])


def epoch_ages_days(sets: Sequence[ElementSet], start: datetime) -> NDArray:
    """Return the days from each epoch to ``start``, negative for a later epoch."""
    return np.array([(start - s.epoch) / DAY for s in sets])


def farthest_days(ages_days: NDArray, hours: float) -> NDArray:
    """Return the most days between an epoch and any time of a scenario."""
    return np.maximum(np.abs(ages_days), np.abs(ages_days + hours / 24))


def mean_altitudes_km(sets: Sequence[ElementSet]) -> NDArray:
    """Return the two-body semi-major axis of each mean motion less Earth's radius."""
    return np.array(
        [semi_major_axis_km(s.mean_motion_rev_day) - EARTH_RADIUS_KM for s in sets]
    )


def _superseded(sets: Sequence[ElementSet], ages_days: NDArray) -> NDArray:
    """Return where elements of the same satellite are nearer to the start.

    Of elements equally near those before the start count, and of equal epochs those
    that the list has first. Satellites without a number are told apart by name.
    """
    nearest = {}
    for i in np.lexsort([-ages_days, np.abs(ages_days)]):
        key = sets[i].number or sets[i].name
        nearest.setdefault(key, i)
    superseded = np.ones(len(sets), dtype=bool)
    superseded[list(nearest.values())] = False
    return superseded


def _have_come_down(
    sets: Sequence[ElementSet], some: NDArray, start: datetime, hours: float
) -> NDArray:
    """Return which of some satellites do not fly at any time of a scenario."""
    members = np.flatnonzero(some)
    satrecs = [sets[i].satrec() for i in members]
    flights_s = lives(satrecs, start, 0.0, hours * 3600)
    down = np.zeros(len(sets), dtype=bool)
    begins_s, ends_s = flights_s.T
    down[members] = (ends_s <= 0) | (begins_s >= hours * 3600) | (ends_s <= begins_s)
    return down


def _outside(values: NDArray, band: Sequence[float] | None) -> NDArray:
    low, high = band or (-np.inf, np.inf)
    return ~((values >= low) & (values <= high))


def _with_own_names(sets: list[ElementSet]) -> list[ElementSet]:
    """Return satellites with their numbers appended to names until none repeats.

    Two satellites whose names have once been alike never are again, since these end
    with different numbers.
    """
    while True:
        names = pd.Series([s.name for s in sets], dtype=str)
        repeated = names.duplicated(keep=False)
        if not repeated.any():
            return sets
        sets = [
            replace(s, name=f"{s.name} {s.number}") if again else s
            for s, again in zip(sets, repeated, strict=True)
        ]


def _epochs(ages_days: NDArray, start: datetime) -> str:
    """Return the first and the last epoch as words."""
    first, last = (start - a * DAY for a in (ages_days.max(), ages_days.min()))
    return f"from {first:%Y-%m-%d} to {last:%Y-%m-%d}"
