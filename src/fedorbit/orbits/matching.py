"""Which pass of one contact table is which of another, and how far they are apart."""

import numpy as np
import pandas as pd

PAIR = ["satellite", "site"]
MATCHED, MISSED, INVENTED = "matched", "missed", "invented"
COLUMNS = [*PAIR, "status", "culmination_s", "rise_error_s", "set_error_s"]


def match_passes(
    reference: pd.DataFrame, other: pd.DataFrame, within_s: float, until_s: float
) -> pd.DataFrame:
    """Return a row for each pass that two contact tables share or do not.

    Two passes of a satellite over a site are the same if each has the other as its
    nearest, by culmination, and both culminate ``within_s`` of each other. A pass of
    the reference without a partner is ``missed``, one of the other table
    ``invented``. Errors are times of the other less those of the reference; they are
    NaN where a pass is cut. ``culmination_s`` is the reference's, or else the other's.

    Passes that culminate from 0 to ``until_s`` have a row. The tables should reach
    further by ``within_s`` at either end, so that no partner is lost there.
    """
    left, right = _keyed(reference), _keyed(other)
    partner = _nearest(left, right, within_s)
    back = _nearest(right, left, within_s)
    mutual = partner >= 0
    mutual[mutual] = back[partner[mutual]] == np.flatnonzero(mutual)
    taken = np.zeros(len(right), dtype=bool)
    taken[partner[mutual]] = True

    found = left.assign(status=np.where(mutual, MATCHED, MISSED))
    twin = right.iloc[partner[mutual]]
    cut = (left["cut_start"] | left["cut_end"]).to_numpy()[mutual]
    cut |= (twin["cut_start"] | twin["cut_end"]).to_numpy()
    for edge in ("rise", "set"):
        error_s = np.full(len(left), np.nan)
        own_s = left[f"{edge}_s"].to_numpy()[mutual]
        error_s[mutual] = np.where(cut, np.nan, twin[f"{edge}_s"].to_numpy() - own_s)
        found[f"{edge}_error_s"] = error_s
    extra = right[~taken].assign(
        status=INVENTED, rise_error_s=np.nan, set_error_s=np.nan
    )
    rows = pd.concat([found[COLUMNS], extra[COLUMNS]], ignore_index=True)
    rows = rows[rows["culmination_s"].between(0, until_s, inclusive="left")]
    return rows.sort_values(["culmination_s", *PAIR], ignore_index=True)


def _keyed(contacts: pd.DataFrame) -> pd.DataFrame:
    """Return the passes in order of culmination, each with its place as ``row``."""
    ordered = contacts.sort_values(["culmination_s", *PAIR], ignore_index=True)
    return ordered.assign(row=np.arange(len(ordered)))


def _nearest(left: pd.DataFrame, right: pd.DataFrame, within_s: float) -> np.ndarray:
    """Return for each pass the place of the nearest of the other table, or -1."""
    if right.empty or left.empty:
        return np.full(len(left), -1)
    merged = pd.merge_asof(
        left[[*PAIR, "culmination_s"]],
        right[[*PAIR, "culmination_s", "row"]],
        on="culmination_s",
        by=PAIR,
        direction="nearest",
        tolerance=within_s,
    )
    return merged["row"].fillna(-1).astype(int).to_numpy()
