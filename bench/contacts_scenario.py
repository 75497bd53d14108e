"""The scenario of the measurements of contacts, and what they share."""

import importlib.util
from datetime import UTC, datetime

import numpy as np
import pandas as pd
from skyfield.api import EarthSatellite, load, wgs84
from skyfield.toposlib import GeographicPosition

from fedorbit.orbits.elements import ElementSet
from fedorbit.orbits.walker import Walker, walker_elements

START = datetime(2023, 8, 22, tzinfo=UTC)
HOURS = 24
MASK_DEG = 25.0
TIMESCALE = load.timescale(builtin=True)
START_TIME = TIMESCALE.from_datetime(START)
END_TIME = TIMESCALE.tt_jd(START_TIME.whole, START_TIME.tt_fraction + HOURS / 24)


def shell(planes: int, satellites_per_plane: int) -> list[ElementSet]:
    """Return the satellites of a Walker shell at 550 km and 53 degrees."""
    walker = Walker(
        pattern="delta",
        planes=planes,
        satellites_per_plane=satellites_per_plane,
        phasing=1,
        altitude_km=550.0,
        inclination_deg=53.0,
    )
    return walker_elements(walker, START)


def random_sites(count: int) -> pd.DataFrame:
    """Return sites spread evenly over the Earth between 64 degrees south and north."""
    generator = np.random.default_rng(1)
    sine = generator.uniform(-0.9, 0.9, count)
    return pd.DataFrame(
        {
            "name": [f"site-{i}" for i in range(count)],
            "latitude_deg": np.degrees(np.arcsin(sine)),
            "longitude_deg": generator.uniform(-180.0, 180.0, count),
            "altitude_m": generator.uniform(0.0, 2000.0, count),
            "min_elevation_deg": MASK_DEG,
        }
    )


def skyfield_place(site) -> GeographicPosition:
    """Return the Skyfield position of a row of the sites."""
    return wgs84.latlon(site.latitude_deg, site.longitude_deg, site.altitude_m)


def skyfield_satellite(element_set: ElementSet) -> EarthSatellite:
    """Return the Skyfield satellite of an element set."""
    return EarthSatellite.from_satrec(element_set.satrec(), TIMESCALE)


def installed(method: str) -> bool:
    """Return whether the optional package that a method may need is installed."""
    needs = [name for name in ("brahe", "heyoka") if name in method]
    return all(importlib.util.find_spec(name) for name in needs)
