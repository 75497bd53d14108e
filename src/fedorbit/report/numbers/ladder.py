"""Tables of the study of orbits: windows and flights, by theory and by age."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fedorbit.orbits.ageing import Pair
from fedorbit.orbits.matching import INVENTED, MATCHED, MISSED
from fedorbit.plans.readings.flights import ALL_HOPS

PERCENTILES = (50, 90, 99)
ERRORS = ["rise_error_s", "set_error_s"]
WINDOWS = [
    "passes",
    "matched",
    "missed_percent",
    "invented_percent",
    *(f"error_p{p}_s" for p in PERCENTILES),
    "shift_p50_s",
]
NOTHING_SHARED = "left out: no satellite of the bands is in both snapshots"


def window_errors_s(matches: pd.DataFrame) -> np.ndarray:
    """Return how late every rise and set of a matched pass is, by the table."""
    errors_s = matches[ERRORS].to_numpy().ravel()
    return errors_s[~np.isnan(errors_s)]


def summarise_windows(matches: pd.DataFrame) -> dict[str, float]:
    """Return the columns ``WINDOWS`` of one case from its matched passes.

    Missed and invented passes are in percent of the passes of the reference. The
    errors are percentiles of how far rise and set are off, either way; the shift is
    the median with its sign, positive if the case is late.
    """
    counts = matches["status"].value_counts()
    matched, missed, invented = (
        int(counts.get(status, 0)) for status in (MATCHED, MISSED, INVENTED)
    )
    passes = matched + missed
    row = {"passes": passes, "matched": matched}
    row["missed_percent"] = 100 * missed / passes if passes else np.nan
    row["invented_percent"] = 100 * invented / passes if passes else np.nan
    late_s = window_errors_s(matches)
    for p in PERCENTILES:
        off_s = np.percentile(np.abs(late_s), p) if len(late_s) else np.nan
        row[f"error_p{p}_s"] = off_s
    row["shift_p50_s"] = np.median(late_s) if len(late_s) else np.nan
    return row


def ladder_table(windows: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each theory of motion against the reference."""
    rows = [
        {"rung": case} | summarise_windows(matches)
        for case, matches in windows.groupby("case", sort=False)
    ]
    return pd.DataFrame(rows, columns=["rung", *WINDOWS]).round(3)


def ageing_table(pairs: Sequence[Pair], windows: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each pair of snapshots."""
    rows = []
    for pair in pairs:
        row = {
            "case": pair.name,
            "age_days": pair.age_days,
            "satellites": len(pair.old_sets),
            "gone": pair.gone,
            "implausible": pair.implausible,
        }
        row |= summarise_windows(windows[windows["case"] == pair.name])
        rows.append(row | {"note": "" if pair.old_sets else NOTHING_SHARED})
    columns = [
        "case",
        "age_days",
        "satellites",
        "gone",
        "implausible",
        *WINDOWS,
        "note",
    ]
    return pd.DataFrame(rows, columns=columns).round(3)


def flights_table(flights: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each case and hop of the ring, and one for all hops.

    Minutes are from a model's readiness to its arrival: planned, flown by the
    satellite of the plan, and soonest, the best that there was. A flight is lost if
    nothing was planned or the satellite of the plan does not arrive in time; the
    percentiles leave lost flights out, ``late_mean_min`` is flown less soonest.
    """
    hop = ["origin", "destination"]
    rows = []
    for case, own in flights.groupby("case", sort=False):
        for (origin, destination), some in own.groupby(hop, sort=False):
            ends = {"case": case, "origin": origin, "destination": destination}
            rows.append(ends | _times(some))
        ends = {"case": case, "origin": ALL_HOPS, "destination": ALL_HOPS}
        rows.append(ends | _times(own))
    columns = ["case", "origin", "destination", *_times(flights[:0])]
    return pd.DataFrame(rows, columns=columns).round(3)


def _times(hop: pd.DataFrame) -> dict[str, float]:
    """Return numbers and percentiles of some flights."""
    row: dict[str, float] = {"flights": len(hop)}
    for kind in ("planned", "flown", "soonest"):
        minutes = hop[f"{kind}_s"] / 60
        minutes = minutes[np.isfinite(minutes)]
        for p in (50, 95):
            row[f"{kind}_p{p}_min"] = minutes.quantile(p / 100)
    arrived = hop[np.isfinite(hop["flown_s"]) & np.isfinite(hop["soonest_s"])]
    row["late_mean_min"] = ((arrived["flown_s"] - arrived["soonest_s"]) / 60).mean()
    lost = ~np.isfinite(hop["flown_s"])
    row["lost_percent"] = 100 * lost.mean() if len(hop) else np.nan
    return row
