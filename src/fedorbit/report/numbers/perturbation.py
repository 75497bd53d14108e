"""What old elements do to exchanges between regions, and to accuracy, by age."""

from collections.abc import Mapping

import pandas as pd

from fedorbit.plans.readings.exchanges import summarise_exchanges
from fedorbit.report.numbers.rounds import summary

ACCURACY = {
    "accuracy": "accuracy_mean",
    "accuracy_low": "accuracy_mean_low",
    "accuracy_high": "accuracy_mean_high",
}
"""Columns of accuracy, and what ``summary`` calls them."""


def perturbation_table(
    exchanges: Mapping[float, pd.DataFrame],
    rounds: Mapping[float, pd.DataFrame],
    trained_s: float,
) -> pd.DataFrame:
    """Return a row for each patience and each age of elements.

    ``exchanges`` has for each age in days the rows of ``exchanges`` for all patiences,
    with a column ``patience_s``. ``rounds`` has for each age the tidy rounds of the
    plan with the patience ``trained_s``. The columns are ``age_days``, ``patience_s``,
    those of ``summarise_exchanges`` and ``ACCURACY``: the accuracy at the end, mean
    over the regional models, with its 95 % interval over seeds; missing for other
    patiences. A plan that is infeasible has no rows.
    """
    rows = []
    for age_days, table in exchanges.items():
        accuracy = dict.fromkeys(ACCURACY, float("nan"))
        if len(rounds[age_days]):
            end = summary(rounds[age_days]).iloc[0]
            accuracy = {column: end[name] for column, name in ACCURACY.items()}
        for patience_s, own in table.groupby("patience_s"):
            row = {"age_days": float(age_days), "patience_s": patience_s}
            row |= {k: round(v, 3) for k, v in summarise_exchanges(own).items()}
            rows.append(row | (accuracy if patience_s == trained_s else {}))
    by = ["patience_s", "age_days"]
    table = pd.DataFrame(rows, columns=None if rows else [*by, *ACCURACY])
    return table.sort_values(by, ignore_index=True)
