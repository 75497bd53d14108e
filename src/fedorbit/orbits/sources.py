"""Settings of where satellites come from and which of them take part."""

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, TypeAdapter

from fedorbit.base.errors import SettingsError
from fedorbit.base.settings import GivenPath, Name, Settings, between
from fedorbit.orbits.patterns import check_pattern
from fedorbit.orbits.walker import Walker


def _rising(band: list[float]) -> list[float]:
    if band[0] > band[1]:
        raise ValueError(f"the band {band} begins above its end; exchange the two")
    return band


def _band(low: float, high: float) -> Any:
    """Return the type of a lowest and a highest value between two limits."""
    value = between(float, low, high)
    pair = Field(min_length=2, max_length=2)
    return Annotated[list[value], pair, AfterValidator(_rising)]


AltitudeBand = _band(-1e4, 1e7)
"""The lowest and the highest altitude, in kilometres."""
InclinationBand = _band(0.0, 180.0)
"""The lowest and the highest inclination, in degrees."""
AgeLimit = between(float, 0.001, 36_525.0)
"""Days, up to a hundred years."""


class Select(Settings):
    """Which satellites of a source take part: those to which every key applies."""

    name_pattern: Annotated[str, AfterValidator(check_pattern)] | None = None
    """Regular expression that is found in the name, as ``^STARLINK-``."""
    altitude_km: AltitudeBand | None = None
    """Band of the mean motion's altitude: semi-major axis less equatorial radius."""
    inclination_deg: InclinationBand | None = None
    """Band of inclinations."""
    max_epoch_age_days: AgeLimit = 30.0
    """Longest time from the epoch of the elements to any time of the scenario.

    Starlink's elements are wrong by minutes after a month, manoeuvres included.
    """


class ElementFile(Settings):
    """The satellites in a file of TLEs, or of OMMs as JSON, CSV, XML or KVN."""

    source: Literal["file"]
    """Satellites that a file lists."""
    path: GivenPath
    """The file; it may name environment variables, as ``$FEDORBIT_DATA/x.tle``."""
    select: Select = Select()
    """Which of them take part."""


class CelesTrak(Settings):
    """A group of satellites as CelesTrak publishes them, downloaded as a snapshot."""

    source: Literal["celestrak"]
    """Satellites that a service lists today."""
    group: Name
    """Name of a group, as ``starlink``; see https://celestrak.org/NORAD/elements/."""
    url: str = Field(
        "https://celestrak.org/NORAD/elements/gp.php",
        pattern=r"^https?://[!-~]+$",
        max_length=1000,
    )
    """The service that is asked for the group."""
    snapshot: str | None = Field(None, pattern=r"^\d{4}-\d\d-\d\dT\d{6}Z$")
    """Time stamp of the snapshot to use; without it the newest, downloaded if due."""
    select: Select = Select()
    """Which of them take part."""


Constellation = Annotated[
    Walker | ElementFile | CelesTrak, Field(discriminator="source")
]
"""The satellites of a scenario."""


def parse_constellation(values: dict[str, Any]) -> Walker | ElementFile | CelesTrak:
    """Return checked values of the key ``constellation`` as settings."""
    return TypeAdapter(Constellation).validate_python(values)


def element_path(path: str, key: str = "scenario.constellation.path") -> Path:
    """Return the file that a ``key`` of a study names, environment variables filled.

    Raises ``SettingsError`` for a variable that is not set or a file that is missing.
    """
    if path.count("${") != path.count("}"):
        raise SettingsError(
            f"{key} is {path!r}, with a brace that stands alone; close it."
        )
    filled = os.path.expandvars(path)
    unset = re.search(r"\$\{?(\w+)", filled)
    if unset:
        raise SettingsError(
            f"{key} is {path!r}, but the environment variable "
            f"{unset[1]} is not set; set it to the folder of the file."
        )
    if not os.path.isfile(filled):
        meant = "such file" if filled == path else f"file {filled}"
        raise SettingsError(
            f"{key} is {path!r}, but there is no {meant}; correct the path."
        )
    return Path(filled)
