"""Settings of studies of orbits alone: no clients, no training, no strategies."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
)

from fedorbit.base.settings import GivenPath, Settings, between
from fedorbit.orbits.limits import (
    FIRST_YEAR,
    HIGHEST_MASK_DEG,
    LAST_YEAR,
    LOWEST_MASK_DEG,
    SHORTEST_H,
    YEAR_H,
)
from fedorbit.orbits.sources import (
    AgeLimit,
    AltitudeBand,
    Constellation,
    InclinationBand,
)


def _text(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text; write it in quotation marks")
    try:
        start = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(
            f"{value!r} is no time; write it as 2026-01-01T00:00:00Z"
        ) from None
    if start.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone; end it with Z for UTC")
    return start


def _in_tle(start: datetime) -> datetime:
    if not FIRST_YEAR <= start.year <= LAST_YEAR:
        raise ValueError(
            f"{start} is not in {FIRST_YEAR} to {LAST_YEAR}, the years that a TLE can "
            "name"
        )
    return start


Start = Annotated[AwareDatetime, BeforeValidator(_text), AfterValidator(_in_tle)]
"""A moment in ISO 8601, with its time zone."""
Hours = between(float, SHORTEST_H, YEAR_H)
"""Length of a scenario: no element set is good for longer than a year."""
Mask = between(float, LOWEST_MASK_DEG, HIGHEST_MASK_DEG)
"""Elevation in degrees above which satellites are seen."""


Seconds = between(float, 1.0, 3600 * YEAR_H)
"""A time of at least a second."""


class Sites(Settings):
    """A list of places and the elevation above which they see satellites."""

    file: GivenPath
    """CSV with the columns ``name, latitude_deg, longitude_deg, altitude_m``, and
    perhaps ``min_elevation_deg``.
    """
    min_elevation_deg: between(float, 0.0, HIGHEST_MASK_DEG)
    """Elevation mask of these sites, but for those that have one in the file.

    Links begin at the horizon, so that masks of studies are not below it.
    """


class Scenario(Settings):
    """When, and which satellites."""

    start: Start
    """The scenario's epoch, ISO 8601 in UTC; all times count from it."""
    hours: Hours
    """Length of the scenario."""
    constellation: Constellation
    """The satellites: ``source`` is ``walker``, ``file`` or ``celestrak``."""


class Sight(Settings):
    """When satellites of different planes can talk to each other."""

    grazing_km: between(float, 0.0, 500.0)
    """Height above the equatorial radius that the line of sight must clear."""
    max_doppler_hz: between(float, 1.0, 1e12) | None
    """Largest Doppler shift of the carrier of radio links; any if null."""
    planes_apart: between(int, 1, 10_000) | None
    """How many planes apart two satellites may be, counted around the shell; any if
    null, which takes minutes for large constellations."""


class OrbitScenario(Scenario):
    """When and where: the satellites and the regions between which models fly."""

    regions: Sites
    """Where models come from and go to, in the order of the ring."""


class Comparison(Settings):
    """How two contact tables of the same satellites are compared."""

    match_within_s: Seconds
    """Passes whose culminations lie further apart are not the same pass."""
    ready_every_s: Seconds
    """Time from one model that is ready to fly to the next."""
    give_up_s: Seconds
    """A model that has not arrived this long after it was ready is lost."""


class Ageing(Settings):
    """Which real satellites are followed from an older snapshot to a newer one."""

    snapshots: list[GivenPath] = Field(min_length=2)
    """Files of the same list on several days; they may name environment variables."""
    hours: Hours
    """Length of the scenario; it begins at the newer snapshot's median epoch."""
    altitude_km: AltitudeBand
    """Band of altitudes by the older snapshot, which is all that a planner knows."""
    inclination_deg: InclinationBand
    """Band of inclinations by the older snapshot."""
    max_epoch_age_days: AgeLimit
    """Elements further from the median epoch of their own snapshot are left out."""


class Coverage(Settings):
    """Where and when satellites in view are counted."""

    masks_deg: list[Mask] = Field(min_length=1, max_length=100)
    """Elevation masks, a curve for each."""
    latitude_step_deg: between(float, 0.01, 30.0)
    """Step of latitudes from pole to pole, at longitude 0."""
    time_step_s: Seconds
    """Step of times over the scenario."""
