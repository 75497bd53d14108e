"""The forecast of training for any constellation, from one pilot, and its check.

The target is an accuracy on the test samples. The pilot, whose regions are averaged at
every exchange, tells after how many exchanges it is reached, and the loss of the
average on all training samples then. From there on the regions of the pilot learn
alone, for the law's second curve. FedMeld is forecast to reach the target when the law
says that the mean loss of its regional models is as low.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import pandas as pd

from fedorbit.base.errors import RunError
from fedorbit.learn.law.pilot import measure_curves
from fedorbit.learn.run.engine import run_all
from fedorbit.learn.run.task import Task
from fedorbit.learn.scmr.pilots import Device
from fedorbit.plans import names
from fedorbit.plans.designs.readings import exchange_ends_s
from fedorbit.plans.law.pilot_plans import law_pilot_ops
from fedorbit.plans.plan import TEST
from fedorbit.plans.scene import Scene
from fedorbit.theory.fedmeld.forecast import Forecast, of_averages, of_fedmeld
from fedorbit.theory.fedmeld.law import Curves, Upstreams


@dataclass(frozen=True)
class Pilot:
    """What one pilot training has measured, means over the seeds."""

    curves: Curves
    """The second curve is that of regions which part when their average is at the
    target."""
    accuracy: list[float]
    """Of the average on the test samples, after each exchange from none on."""
    exchanges: int
    """After how many of them the average is at the target."""

    @property
    def target_loss(self) -> float:
        """Return the loss of the average when it first has the target accuracy."""
        return self.curves.mean_loss[self.exchanges]


def measure_pilot(
    scene: Scene,
    tasks: Sequence[Task],
    delta: int,
    exchanges: int,
    alone_rounds: int,
    target_accuracy: float,
    device: Device,
) -> Pilot:
    """Return what a pilot of some exchanges, each after ``delta`` rounds, measures.

    Raises ``RunError`` if its average never has the target accuracy.
    """
    ops = law_pilot_ops(scene, delta, delta * exchanges, 1)
    accuracy = _accuracies(ops[ops["round"] <= delta * exchanges], tasks, device)
    reached = [n for n, seen in enumerate(accuracy) if seen >= target_accuracy]
    if not reached:
        raise RunError(
            f"the pilot of the forecast has an accuracy of {max(accuracy):.3f} at "
            f"most, below target_accuracy {target_accuracy:g}; raise "
            "forecast.exchanges or lower target_accuracy."
        )
    together = measure_curves(ops, tasks, delta * exchanges, device)
    parting = delta * reached[0]
    ops = law_pilot_ops(scene, delta, parting, alone_rounds)
    alone = measure_curves(ops, tasks, parting, device)
    curves = replace(together, alone_rounds=alone.alone_rounds, gap=alone.gap)
    return Pilot(curves, accuracy, reached[0])


def _accuracies(
    ops: pd.DataFrame, tasks: Sequence[Task], device: Device
) -> list[float]:
    """Return the mean accuracies of the average on the test samples, by rounds."""
    record = pd.concat(run_all(ops, tasks, device))
    averages = record[record["model"] == names.AVERAGE]
    return averages.groupby("round")["accuracy"].mean().tolist()


def forecast_of(
    strategy: str, pilot: Pilot, upstreams: Upstreams, delta: int
) -> Forecast:
    """Return the forecast for a strategy that exchanges after ``delta`` rounds."""
    if strategy == "fedmeld":
        return of_fedmeld(pilot.curves, upstreams, delta, pilot.target_loss)
    return of_averages(pilot.curves, pilot.target_loss)


def told(pilot: Pilot, forecasts: dict[str, Forecast]) -> dict[str, Any]:
    """Return pilot and forecasts ready for JSON."""
    return {
        "target_loss": pilot.target_loss,
        "forecasts": {name: asdict(own) for name, own in forecasts.items()},
        "pilot": asdict(pilot),
    }


def exchanges_to_accuracy(
    ops: pd.DataFrame,
    tasks: Sequence[Task],
    target_accuracy: float,
    most_exchanges: int,
    device: Device,
) -> int | None:
    """Return after how many exchanges of a plan regional models have an accuracy.

    It is the mean over regions and tasks on the test samples. No more than
    ``most_exchanges`` are trained; ``None`` if the accuracy is not reached by then.
    """
    rounds = exchange_ends_s(ops).index[:most_exchanges]
    some = ops[ops["round"] <= rounds[-1]]
    record = pd.concat(run_all(some, tasks, device))
    is_regional = record["group"].eq(names.REGION) & record["part"].eq(TEST)
    accuracy = record[is_regional].groupby("round")["accuracy"].mean().loc[rounds]
    reached = accuracy >= target_accuracy
    return int(reached.to_numpy().argmax()) + 1 if reached.any() else None
