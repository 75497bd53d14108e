"""How good the models are that clients anywhere on Earth can get."""

import pandas as pd

from fedorbit.data.homes import REGION, group_of
from fedorbit.plans.names import GROUND
from fedorbit.report.numbers.rounds import as_texts

BY = ["strategy", "hour"]


def with_accuracy(newest: pd.DataFrame, rounds: pd.DataFrame) -> pd.DataFrame:
    """Return what places have got, with ``age_h`` and the model's ``accuracy``.

    ``newest`` is that of ``newest_by_place``, ``rounds`` the tidy rounds of the
    strategy with the study's own values. The accuracy is that of the last evaluation
    of the region's model, or of the server's, until it was made, and the mean over
    seeds.
    """
    levels = rounds.groupby(["model", "time_s"], as_index=False)["accuracy"].mean()
    levels = as_texts(levels).rename(columns={"time_s": "evaluated_s"})
    levels = levels.sort_values("evaluated_s")
    models = [r if r == GROUND else group_of(REGION, r) for r in newest["region"]]
    newest = newest.assign(model=models)
    joined = pd.merge_asof(
        newest.sort_values("made_s"),
        levels,
        left_on="made_s",
        right_on="evaluated_s",
        by="model",
    )
    joined["age_h"] = (joined["time_s"] - joined["made_s"]) / 3600
    joined["hour"] = joined["time_s"] / 3600
    columns = ["hour", "site", "region", "round", "age_h", "accuracy"]
    return joined.sort_values(["time_s", "site"], ignore_index=True)[columns]


def availability(places: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return one row per strategy and hour, over the ``count`` places that see any.

    ``share`` is that of the places which have a model; then come the median, 5th and
    95th percentile of the ages and accuracies of their models.
    """
    parts = [("", 0.5), ("_p5", 0.05), ("_p95", 0.95)]
    quantiles = {
        f"{column}{name}": (column, part)
        for column in ("age_h", "accuracy")
        for name, part in parts
    }
    rows = []
    for key, some in places.groupby(BY, sort=False):
        row = dict(zip(BY, key, strict=True)) | {"share": len(some) / count}
        for name, (column, part) in quantiles.items():
            row[name] = some[column].quantile(part)
        rows.append(row)
    return pd.DataFrame(rows, columns=[*BY, "share", *quantiles])
