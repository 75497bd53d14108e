"""The tidy table of a study, which is all that tables and figures are made from."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy import stats

from fedorbit.base.files import read_table
from fedorbit.plans import names
from fedorbit.plans.plan import TEST
from fedorbit.report.numbers.phase import MEANS, PHASE, phase_means, phase_of

BITS = {
    "access": "bits_access",
    "feeder": "bits_feeder",
    "isl": "bits_isl",
    "carry": "bits_carried",
}
TEXT = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema(
    {
        **{"strategy": TEXT, "setting": TEXT, "seed": pa.int64(), "round": pa.int64()},
        **{"time_s": pa.float64(), "model": TEXT, "group": TEXT, "part": TEXT},
        **{"accuracy": pa.float64(), "loss": pa.float64()},
        **dict.fromkeys(BITS.values(), pa.int64()),
        **{"exchanges": pa.int64(), "weight_s": pa.float64()},
    }
)
"""The columns of the tidy table, as ``rounds.parquet`` has them."""
ROUNDS = SCHEMA.names
LEVELS = [column for column in ROUNDS if column not in PHASE]
"""The columns that ``group_means`` reads."""
SERVER = "accuracy_server"
WHOLE = ["whole", "whole_loss"]
CONFIDENCE = 0.95
UNLIMITED = (-np.inf, np.inf)


def collect_rounds(
    record: pd.DataFrame,
    ops: pd.DataFrame,
    ledger: pd.DataFrame,
    run: Mapping[str, Any],
) -> pd.DataFrame:
    """Return the tidy rounds of one run, columns ``ROUNDS``.

    ``run`` has its ``strategy``, ``setting`` and the ``hours`` of the scenario. The
    bits of a row are those of all transfers, of the whole strategy, that ended by its
    time, by link; ``bits_carried`` went on board a satellite. ``phase_of`` tells of the
    columns ``PHASE``.
    """
    rounds = record.assign(strategy=run["strategy"], setting=run["setting"])
    rounds[PHASE] = phase_of(record, ops, run["hours"] * 3600.0)
    for link, column in BITS.items():
        moves = ledger[ledger["link"] == link].sort_values("end_s")
        total = np.concatenate([[0.0], moves["bits"].cumsum()])
        done = np.searchsorted(moves["end_s"], rounds["time_s"], side="right")
        rounds[column] = total[done].astype("int64")
    return rounds[ROUNDS]


def read_rounds(
    path: str | Path, columns: Sequence[str] = ROUNDS, setting: str | None = None
) -> pd.DataFrame:
    """Return columns of the tidy table of a study, of all settings or of one.

    Texts are categoricals, which take a hundredth of the memory, in alphabetical
    order, so that they sort as texts do.
    """
    where = None if setting is None else {"setting": setting}
    rounds = read_table(path, columns, where)
    for column in rounds.select_dtypes("category"):
        known = sorted(rounds[column].cat.categories)
        rounds[column] = rounds[column].cat.set_categories(known)
    return rounds


def read_curves(path: str | Path) -> pd.DataFrame:
    """Return the rounds that curves of accuracy are drawn from.

    They are those at a study's own values, with the columns ``LEVELS`` and
    ``exchanges``, by which a curve knows its cycles.
    """
    return read_rounds(path, [*LEVELS, "exchanges"], setting="default")


def as_texts(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with plain texts in place of categoricals."""
    return table.astype(dict.fromkeys(table.select_dtypes("category"), str))


def group_of(rounds: pd.DataFrame) -> str:
    """Return the kind of groups that clients are in, such as ``region`` or ``orbit``.

    It is the one kind of models in a study that is neither on board nor at a server.
    Raises ``ValueError`` if there is none, or more than one.
    """
    found = sorted(set(rounds["group"].unique()) - names.NO_GROUPS)
    if len(found) != 1:
        raise ValueError(f"the groups of clients are {found}; there should be one kind")
    return found[0]


def group_means(rounds: pd.DataFrame) -> pd.DataFrame:
    """Return one row per strategy, setting, seed and round, over the groups' models.

    ``accuracy`` and ``loss``, on all test samples or on those like a group's own, are
    means over the groups of clients, or over clients that learn alone, ``worst`` is the
    accuracy of the worst group, and time and bits are those when the last was ready.
    ``whole`` and ``whole_loss`` are those, on all test samples, of the model that
    averages all, if it was evaluated in the same round. Without any rounds there are
    no rows.
    """
    if rounds.empty:
        columns = ["strategy", "setting", "seed", "round", "time_s"]
        columns += ["accuracy", "worst", "loss", "whole", "whole_loss"]
        return pd.DataFrame(columns=[*columns, *BITS.values()])
    own = _of_groups(rounds)
    by = ["strategy", "setting", "seed", "round"]
    means = own.groupby(by, as_index=False, sort=False).agg(
        time_s=("time_s", "max"),
        accuracy=("accuracy", "mean"),
        worst=("accuracy", "min"),
        loss=("loss", "mean"),
        **{column: (column, "max") for column in BITS.values()},
    )
    wholes = _of_all(rounds).groupby(by, as_index=False, sort=False)[WHOLE].last()
    return as_texts(means.merge(wholes, on=by, how="left"))


def last_of_all(rounds: pd.DataFrame) -> pd.DataFrame:
    """Return ``whole`` and ``whole_loss`` at the end, by strategy, setting and seed."""
    run = ["strategy", "setting", "seed"]
    ordered = _of_all(rounds).sort_values("time_s", kind="stable")
    last = ordered.groupby(run, as_index=False, sort=False)[WHOLE].last()
    return as_texts(last).set_index(run)


def _of_all(rounds: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the model that averages all, on all test samples."""
    own = rounds[(rounds["model"] == names.AVERAGE) & (rounds["part"] == TEST)]
    return own.rename(columns={"accuracy": "whole", "loss": "whole_loss"})


def _of_groups(rounds: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the groups' models, or of clients that learn alone."""
    kind = group_of(rounds)
    tested = (rounds["part"] == TEST) | names.are_of_kind(rounds["part"], kind)
    return rounds[rounds["group"].isin([kind, names.CLIENT]) & tested]


def over_time(rounds: pd.DataFrame) -> pd.DataFrame:
    """Return ``MEANS`` and ``accuracy_server`` by strategy, setting and seed.

    The first are means over the groups of clients, see ``phase_means``; the last is
    that of the server's model at its end, on all test samples, missing without one.
    """
    run = ["strategy", "setting", "seed"]
    if rounds.empty:
        index = pd.MultiIndex.from_frame(rounds[run])
        return pd.DataFrame(columns=[*MEANS, SERVER], index=index, dtype=float)
    means = phase_means(_of_groups(rounds), run)
    server = rounds[(rounds["group"] == names.GROUND) & (rounds["part"] == TEST)]
    last = server.groupby(run, sort=False)["accuracy"].last()
    table = means.assign(**{SERVER: last}).reset_index()
    return as_texts(table).set_index(run).sort_index()


def interval(
    values: pd.Series, limits: tuple[float, float] = UNLIMITED
) -> tuple[float, float, float]:
    """Return the mean of values over seeds and the ends of its 95 % interval.

    The interval is Student's, for independent seeds; equal values have no width. A
    single seed has none, so its ends are NaN. Student's interval knows no bounds, so it
    is cut at the least and the greatest that a value can be.
    """
    if len(values) == 1:
        return values.mean(), np.nan, np.nan
    mean, error = values.mean(), stats.sem(values)
    if error == 0:
        return mean, mean, mean
    low, high = stats.t.interval(CONFIDENCE, len(values) - 1, mean, error)
    return mean, max(low, limits[0]), min(high, limits[1])


def limits_of(column: str) -> tuple[float, float]:
    """Return the least and the greatest that a column of accuracies or others can be.

    Accuracies go from 0 to 1, by whatever mean over regions or over time.
    """
    shares = ("accuracy", "worst", "whole")
    is_share = column in shares or column.startswith("accuracy_")
    return (0.0, 1.0) if is_share else UNLIMITED


def over_seeds(table: pd.DataFrame, by: list[str], column: str) -> pd.DataFrame:
    """Return mean, low and high of a column over the seeds, for each group."""
    groups = table.groupby(by, sort=False)[column]
    limits = limits_of(column)
    rows = [(*key, *interval(values, limits)) for key, values in groups]
    return pd.DataFrame(rows, columns=[*by, "mean", "low", "high"])


def summary(rounds: pd.DataFrame) -> pd.DataFrame:
    """Return the end of each strategy: accuracies with intervals, rounds and bits.

    ``mean`` is over the models of all groups, ``worst`` the worst of them,
    ``average`` the model that averages all; ``over_time`` tells of the others.
    """
    by = ["strategy", "setting"]
    means = group_means(rounds)
    ends = means.groupby([*by, "seed"], as_index=False, sort=False).last()
    average = rounds[(rounds["model"] == names.AVERAGE) & (rounds["part"] == TEST)]
    last = average.groupby([*by, "seed"], as_index=False, sort=False).last()
    times = over_time(rounds)
    rows = []
    for (strategy, setting), end in ends.groupby(by, sort=False):
        own = last[(last["strategy"] == strategy) & (last["setting"] == setting)]
        row = {"strategy": strategy, "setting": setting}
        phase = times.loc[(strategy, setting)]
        row |= {"rounds": end["round"].iloc[0], "hours": end["time_s"].iloc[0] / 3600}
        for name, values in (
            ("mean", end["accuracy"]),
            ("worst", end["worst"]),
            ("average", own["accuracy"]),
            *((name.removeprefix("accuracy_"), phase[name]) for name in phase),
        ):
            mean, low, high = interval(values, limits_of("accuracy"))
            row |= {
                f"accuracy_{name}": mean,
                f"accuracy_{name}_low": low,
                f"accuracy_{name}_high": high,
            }
        rows.append(row | {column: end[column].iloc[0] for column in BITS.values()})
    return pd.DataFrame(rows).round(4)
