"""The pilot training that measures the two curves of the law for FedMeld's ratio.

Losses are those on all training samples. The test part is not looked at, so that no
choice hangs on it.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import torch

from fedorbit.learn.run.engine import run_all
from fedorbit.learn.run.task import Task
from fedorbit.learn.scmr.pilots import Device
from fedorbit.plans import names
from fedorbit.plans.plan import TEST
from fedorbit.theory.fedmeld.law import Curves


def measure_curves(
    ops: pd.DataFrame, tasks: Sequence[Task], rounds: int, device: Device = "cpu"
) -> Curves:
    """Return the two curves, means over the tasks.

    ``ops`` are those of ``law_pilot_ops``, with averages in the first ``rounds``.
    Raises ``RunError`` as ``run_plan`` does.
    """
    records = run_all(ops, [_on_training_samples(task) for task in tasks], device)
    return mean_curves([curves_of(record, rounds) for record in records])


def mean_curves(found: Sequence[Curves]) -> Curves:
    """Return the means of curves that were measured after the same rounds."""
    return Curves(
        found[0].rounds,
        np.mean([one.mean_loss for one in found], axis=0).tolist(),
        found[0].alone_rounds,
        np.mean([one.gap for one in found], axis=0).tolist(),
    )


def curves_of(record: pd.DataFrame, rounds: int) -> Curves:
    """Return the two curves that the record of a pilot shows."""
    is_average = record["model"] == names.AVERAGE
    averages = record[is_average].set_index("round")["loss"]
    regional = record[~is_average].groupby("round")["loss"].mean()
    together = averages[averages.index <= rounds]
    gap = regional - averages[averages.index > rounds]
    return Curves(
        together.index.tolist(),
        together.tolist(),
        [0, *(gap.index - rounds)],
        [0.0, *gap],
    )


def _on_training_samples(task: Task) -> Task:
    return replace(
        task,
        test_x=task.train_x,
        test_y=task.train_y,
        interim_tests={TEST: torch.arange(len(task.train_y))},
    )
