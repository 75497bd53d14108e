"""Trainings in some cells of a grid, against which a forecast is held."""

from collections.abc import Sequence

import pandas as pd

from fedorbit.learn.law.forecast import exchanges_to_accuracy
from fedorbit.learn.run.task import Task
from fedorbit.learn.scmr.pilots import Device
from fedorbit.plans.designs.cells import Ground, Planner, Shell
from fedorbit.plans.designs.readings import exchange_ends_s

COLUMNS = ["cell", "strategy", "forecast_exchanges", "trained_exchanges"]
HOURS = ["forecast_hours", "trained_hours"]


def train_cells(
    cells: pd.DataFrame,
    ground: Ground,
    planner: Planner,
    tasks: Sequence[Task],
    target_accuracy: float,
    most_exchanges: int,
    device: Device,
) -> pd.DataFrame:
    """Return after how many exchanges and hours a strategy has an accuracy in cells.

    ``cells`` are rows of ``tables/designs.csv``, all of one strategy, which can be
    planned in each of them. The result has a row for each, with its forecast beside
    what was trained, missing if the accuracy is not reached after ``most_exchanges``
    or before the horizon. ``forecast_hours`` are missing, too, if they are beyond it.
    Where the forecast holds, no more than one exchange after it is trained.
    """
    rows = []
    for _, cell in cells.iterrows():
        scene = Shell(cell, ground).scene(cell, planner.needs)
        ops = planner.plan(scene).ops
        found, expected = None, cell["exchanges_to_target"]
        first = [] if pd.isna(expected) else [int(expected) + 1]
        for most in [*first, most_exchanges]:
            found = exchanges_to_accuracy(ops, tasks, target_accuracy, most, device)
            if found is not None:
                break
        end_s = exchange_ends_s(ops)
        trained = None if found is None else end_s.iloc[found - 1] / 3600
        forecast = cell["hours_to_target"] if cell["is_within"] else None
        counts = (cell["cell"], planner.name, cell["exchanges_to_target"], found)
        rows.append((*counts, forecast, trained))
    table = pd.DataFrame(rows, columns=COLUMNS + HOURS)
    exchanges = COLUMNS[2:]
    return table.astype(dict.fromkeys(exchanges, "Int64") | dict.fromkeys(HOURS, float))
