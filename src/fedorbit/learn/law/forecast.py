"""The forecast of training for any constellation, from one pilot, and its check.

The target is an accuracy on the test samples. The pilot, whose regions are averaged at
every exchange, tells after how many exchanges it is reached, and the loss of the
average on all training samples then. FedMeld is forecast to reach the target when the
law says that the mean loss of its regional models is as low.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from fedorbit.base.errors import RunError
from fedorbit.learn.law.pilot import measure_curves
from fedorbit.learn.run.engine import run_plan, run_seeds
from fedorbit.learn.run.task import Task
from fedorbit.learn.scmr.pilots import Device
from fedorbit.plans import names
from fedorbit.plans.designs.readings import exchange_ends_s
from fedorbit.plans.plan import TEST
from fedorbit.theory.fedmeld.forecast import Forecast, of_averages, of_fedmeld
from fedorbit.theory.fedmeld.law import Curves, Upstreams


@dataclass(frozen=True)
class Pilot:
    """What one pilot training has measured, means over the seeds."""

    curves: Curves
    accuracy: list[float]
    """Of the average on the test samples, after each exchange from none on."""

    def target_loss(self, target_accuracy: float) -> float:
        """Return the loss of the average when it first has an accuracy.

        Raises ``RunError`` if it never has.
        """
        pairs = zip(self.accuracy, self.curves.mean_loss, strict=True)
        reached = [loss for accuracy, loss in pairs if accuracy >= target_accuracy]
        if not reached:
            raise RunError(
                f"the pilot of the forecast has an accuracy of {max(self.accuracy):.3f}"
                f" at most, below target_accuracy {target_accuracy:g}; raise "
                "forecast.exchanges or lower target_accuracy."
            )
        return reached[0]


def measure_pilot(
    ops: pd.DataFrame, tasks: Sequence[Task], rounds: int, device: Device
) -> Pilot:
    """Return what the pilot ``ops`` of ``law_pilot_ops`` measure.

    The first ``rounds`` of them have averages. What precedes the regions' learning
    alone is trained twice: for losses on training samples, and for accuracies.
    """
    together = ops[ops["round"] <= rounds]
    records = [run_plan(together, task, device=device) for task in tasks]
    averages = pd.concat(records)
    averages = averages[averages["model"] == names.AVERAGE]
    accuracy = averages.groupby("round")["accuracy"].mean()
    curves = measure_curves(ops, tasks, rounds, device)
    return Pilot(curves, accuracy.tolist())


def forecast_of(
    strategy: str,
    pilot: Pilot,
    upstreams: Upstreams,
    delta: int,
    target_accuracy: float,
) -> Forecast:
    """Return the forecast for a strategy that exchanges after ``delta`` rounds."""
    target_loss = pilot.target_loss(target_accuracy)
    if strategy == "fedmeld":
        return of_fedmeld(pilot.curves, upstreams, delta, target_loss)
    return of_averages(pilot.curves, target_loss)


def told(pilot: Pilot, forecasts: dict[str, Forecast], target_loss: float) -> dict:
    """Return pilot and forecasts ready for JSON."""
    found: dict[str, Any] = {"target_loss": target_loss}
    found["forecasts"] = {name: asdict(own) for name, own in forecasts.items()}
    return found | {"pilot": asdict(pilot)}


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
    record = pd.concat(run_seeds(some, tasks, device=device))
    is_regional = record["group"].eq(names.REGION) & record["part"].eq(TEST)
    accuracy = record[is_regional].groupby("round")["accuracy"].mean().loc[rounds]
    reached = accuracy >= target_accuracy
    return int(reached.to_numpy().argmax()) + 1 if reached.any() else None
