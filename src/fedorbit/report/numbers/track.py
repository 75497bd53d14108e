"""The ground track of a satellite that carries a model."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pandas as pd

from fedorbit.orbits.elements import ElementSet
from fedorbit.orbits.propagate import positions, subpoints

MARGIN_S = 2400.0  # shown before and after the flight, just under half a revolution
STEP_S = 20.0


def first_carry(ledgers: Sequence[pd.DataFrame]) -> pd.Series | None:
    """Return the first carry of the first ledger that has one, or ``None``."""
    for ledger in ledgers:
        carries = ledger[ledger["link"] == "carry"]
        if len(carries):
            return carries.sort_values("start_s").iloc[0]
    return None


def ground_track(
    sets: Sequence[ElementSet], start: datetime, carry: pd.Series
) -> pd.DataFrame:
    """Return ``latitude_deg, longitude_deg, carrying`` about one carry of a ledger.

    Rows are ``STEP_S`` apart, from before the model is loaded until after it arrives.
    """
    satellite = next(s for s in sets if s.name == carry["sender"])
    seconds = np.arange(carry["start_s"] - MARGIN_S, carry["end_s"] + MARGIN_S, STEP_S)
    r_km, _ = positions([satellite.satrec()], start, seconds)
    latitude_deg, longitude_deg = subpoints(r_km[0])
    return pd.DataFrame(
        {
            "latitude_deg": latitude_deg,
            "longitude_deg": longitude_deg,
            "carrying": (seconds >= carry["start_s"]) & (seconds <= carry["end_s"]),
        }
    )
