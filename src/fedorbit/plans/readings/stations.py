"""Ground stations compared: the global averages that fit with each of them alone.

With Kourou, a plan of hierarchical FL may have three averages in twelve hours, with
Guam six: where the station stands is part of the result.
"""

from collections.abc import Callable, Iterable

import pandas as pd

from fedorbit.base.errors import TooShort
from fedorbit.plans import names
from fedorbit.plans.plan import Plan

COLUMNS = ["station", "averages", "last_h", "hours_per_average"]


def averages_by_station(
    plan_with: Callable[[str], Plan], stations: Iterable[str]
) -> pd.DataFrame:
    """Return ``COLUMNS`` of the plan with each station alone, the best first.

    ``averages`` counts the mixes of a server at the ground. ``last_h`` is when the
    plan ends, with the last average back in all regions, and ``hours_per_average`` is
    that over their number. Both are NaN where no average fits. Of equally many
    averages those that end sooner come first, then the names decide.
    """
    rows = []
    for station in stations:
        count, last_h = 0, float("nan")
        try:
            ops = plan_with(station).ops
        except TooShort:
            pass
        else:
            count = int(averages_at_ground(ops))
            last_h = float(ops["end_s"].max()) / 3600
        rows.append((station, count, last_h, last_h / count if count else last_h))
    table = pd.DataFrame(rows, columns=COLUMNS)
    order = ["averages", "last_h", "station"]
    return table.sort_values(order, ascending=[False, True, True], ignore_index=True)


def averages_at_ground(ops: pd.DataFrame) -> int:
    """Return how many times a plan mixes the model of a server at the ground."""
    return ((ops["op"] == "mix") & (ops["target"] == names.GROUND)).sum()
