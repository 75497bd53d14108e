"""How far what plans tell spreads over drawn skies and stations."""

import pandas as pd

from fedorbit.plans.readings.draws import KEY, STATIONS
from fedorbit.report.numbers.rounds import interval

COLUMNS = ["mean", "mean_low", "mean_high", "least", "median", "greatest"]


def spread(draws: pd.DataFrame) -> pd.DataFrame:
    """Return ``strategy, stations, quantity, draws`` and ``COLUMNS``.

    ``draws`` has a row for each plan, with the columns ``KEY`` and the quantities. The
    mean has its 95 % interval over the skies, by Student's distribution. Skies where a
    quantity cannot be measured are left out; ``draws`` counts the others, of which
    there must be two for an interval.
    """
    quantities = [column for column in draws.columns if column not in KEY]
    rows = []
    for key, some in draws.groupby(["strategy", STATIONS], sort=False):
        for quantity in quantities:
            values = some[quantity].dropna()
            if len(values) < 2:
                continue
            order = (values.min(), values.median(), values.max())
            rows.append((*key, quantity, len(values), *interval(values), *order))
    columns = ["strategy", STATIONS, "quantity", "draws", *COLUMNS]
    return pd.DataFrame(rows, columns=columns)
