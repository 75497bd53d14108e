"""Satellites that fall behind where their old elements put them.

By real elements the error of time along the orbit grows with the square of their age,
and nearly all satellites come late: the elements expect drag, and thrusters make up
for it. docs/perturbation.md compares this model with measured errors.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from sgp4.api import WGS72, Satrec
from sgp4.exporter import export_tle

from fedorbit.base.settings import Seed, Settings, between
from fedorbit.orbits.constants import DAY_S
from fedorbit.orbits.elements import SGP4_EPOCH_JD, ElementSet
from fedorbit.orbits.tle import from_lines


class Drift(Settings):
    """How fast satellites fall behind their old elements."""

    median_late_s_per_day2: between(float, 0.0, 1e4)
    """Median over satellites of the delay divided by the square of the age."""
    seed: Seed
    """Sets which satellite falls behind how fast."""


def drifted(
    sets: Sequence[ElementSet], age_days: float, drift: Drift
) -> list[ElementSet]:
    """Return the satellites of ``sets`` at their epochs, as they really are by then.

    ``sets`` is where elements ``age_days`` old put them. A satellite is late by
    c * age^2, c from an exponential distribution, and goes on to fall behind by
    2 c * age in a day: its mean anomaly and its mean motion are less by that. The
    draw of a satellite is the same for all ages. Age 0 changes nothing.
    """
    rng = np.random.Generator(np.random.Philox(key=drift.seed))
    mean_s_per_day2 = drift.median_late_s_per_day2 / math.log(2)
    rates = rng.exponential(mean_s_per_day2, len(sets))
    return [
        _late(element_set, rate * age_days**2, 2 * rate * age_days / DAY_S)
        for element_set, rate in zip(sets, rates, strict=True)
    ]


def _late(element_set: ElementSet, late_s: float, late_per_s: float) -> ElementSet:
    """Return a satellite late by some seconds, and by more with every second."""
    if late_s == 0:
        return element_set
    old = element_set.satrec()
    satrec = Satrec()
    satrec.sgp4init(
        WGS72,
        "i",
        0,
        old.jdsatepoch - SGP4_EPOCH_JD + old.jdsatepochF,
        old.bstar,
        old.ndot,
        old.nddot,
        old.ecco,
        old.argpo,
        old.inclo,
        (old.mo - old.no_kozai / 60 * late_s) % math.tau,
        old.no_kozai * (1 - late_per_s),
        old.nodeo,
    )
    late = from_lines(element_set.name, *export_tle(satrec))
    return replace(late, number=element_set.number, designator=element_set.designator)
