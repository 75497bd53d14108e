"""How many satellites stand in view, from pole to pole."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pandas as pd

from fedorbit.orbits.elements import ElementSet
from fedorbit.orbits.propagate import positions, site_frames
from fedorbit.orbits.settings import Coverage


def count_in_view(
    element_sets: Sequence[ElementSet],
    start: datetime,
    hours: float,
    settings: Coverage,
) -> pd.DataFrame:
    """Return numbers of satellites in view by latitude and mask, over the scenario.

    Places are at longitude 0 and height 0. The columns are ``latitude_deg``,
    ``mask_deg``, and over time ``mean``, ``low`` and ``high``, the latter two the 5th
    and 95th percentile.
    """
    steps = round(180 / settings.latitude_step_deg)
    latitudes_deg = np.linspace(-90, 90, steps + 1)
    place_km, up = site_frames(latitudes_deg, 0.0, 0.0)
    seconds = np.arange(0, hours * 3600, settings.time_step_s)
    r_km, _ = positions([s.satrec() for s in element_sets], start, seconds)
    sines = np.sin(np.radians(settings.masks_deg))
    count = np.empty((len(sines), len(latitudes_deg), len(seconds)))
    for k in range(len(latitudes_deg)):
        sight_km = r_km - place_km[k]
        height_km = sight_km @ up[k]  # (satellites, times)
        range_km = np.linalg.norm(sight_km, axis=-1)
        for m, sine in enumerate(sines):
            count[m, k] = (height_km >= sine * range_km).sum(axis=0)
    low, high = np.percentile(count, [5, 95], axis=-1)
    grid = pd.MultiIndex.from_product([settings.masks_deg, latitudes_deg])
    return pd.DataFrame(
        {
            "latitude_deg": grid.get_level_values(1),
            "mask_deg": grid.get_level_values(0),
            "mean": count.mean(axis=-1).ravel(),
            "low": low.ravel(),
            "high": high.ravel(),
        }
    )
