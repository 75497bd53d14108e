"""What figures of sweeps can show: each quantity with its unit and where it comes from.

``accuracy`` is drawn as ``test accuracy (%), mean over regions``, from the rounds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

LINK_LABELS = {
    "bits_access": "access links",
    "bits_feeder": "feeder links",
    "bits_isl": "inter-satellite links",
    "bits_carried": "carried on board",
}
BITS_PER_GIGABYTE = 8e9

At = Literal["end", "equal_rounds", "over_time"]
END, EQUAL_ROUNDS, OVER_TIME = "end", "equal_rounds", "over_time"
AT_WORDS = {END: "at the end", EQUAL_ROUNDS: "after equally many rounds"}

TOPOLOGY = "strategies.fedmeld.topology"
GRID_COLUMNS = "strategies.fedmeld.grid_columns"
RATIO = "strategies.fedmeld.mixing_ratio"
INTERVAL = "strategies.fedmeld.round_interval"
REGIONS = "scenario.regions.file"
STATIONS = "scenario.stations.file"
LOCAL_STEPS = "training.local_steps"
TARGET = "target_accuracy"


@dataclass(frozen=True)
class Quantity:
    """Something that a figure shows over x."""

    name: str
    """Its name on axes."""
    unit: str
    """The unit in which it is drawn."""
    factor: float = 1.0
    """From the unit of its table to the one in which it is drawn."""
    detail: str = ""
    """What the name leaves open."""
    table: Literal["rounds", "metrics", "scmr"] = "metrics"
    """The table or the solution that it is read from."""
    best: Literal["least", "greatest"] = "least"
    """Which value is the best."""
    at: tuple[At, ...] = (END,)
    """When it is known."""
    is_trained: bool = True
    """Whether a study has it only if it trains."""

    @property
    def is_of_runs(self) -> bool:
        """Return whether it is a metric that differs between the seeds of a plan."""
        return self.table == "metrics" and self.is_trained

    @property
    def label(self) -> str:
        """Return the words beside its axis."""
        words = f"{self.name} ({self.unit})" if self.unit else self.name
        return f"{words},\n{self.detail}" if self.detail else words


def _bits() -> dict[str, Quantity]:
    """Return the bits on each kind of link: by the end, and until the target."""
    found = {}
    for column, link in LINK_LABELS.items():
        sent = (f"{link}, sent", "GB", 1 / BITS_PER_GIGABYTE)
        found[column] = Quantity(*sent, "by the end", is_trained=False)
        found[f"{column}_to_target"] = Quantity(*sent, "until the target accuracy")
    return found


LEVEL = {"table": "rounds", "at": (END, EQUAL_ROUNDS, OVER_TIME)}
PLANNED = {"is_trained": False}
QUANTITIES = {
    "accuracy": Quantity(
        "test accuracy", "%", 100, "mean over regions", best="greatest", **LEVEL
    ),
    "worst": Quantity(
        "test accuracy", "%", 100, "worst region", best="greatest", **LEVEL
    ),
    "whole": Quantity(
        "test accuracy", "%", 100, "average of all models", best="greatest", **LEVEL
    ),
    "loss": Quantity("test loss", "nats", detail="mean over regions", **LEVEL),
    "accuracy_lost": Quantity(
        "accuracy lost",
        "% points",
        100,
        "to the best",
        table="rounds",
        at=(END, EQUAL_ROUNDS),
    ),
    "accuracy_last_cycle": Quantity(
        "test accuracy", "%", 100, "mean over the last cycle", best="greatest"
    ),
    "hours_to_target": Quantity("simulated time", "h", detail="to the target accuracy"),
    **_bits(),
    "idle_share": Quantity("time without work", "%", 100, "of a region", **PLANNED),
    "staleness": Quantity("staleness", "rounds", detail="mean over mixes", **PLANNED),
    "round_s": Quantity("time of a regional round", "s", **PLANNED),
    "flight_s": Quantity("time of a flight", "min", 1 / 60, **PLANNED),
    "exchange_s": Quantity("wait for an exchange", "h", 1 / 3600, **PLANNED),
    "handovers": Quantity("handovers", "", detail="of all regions", **PLANNED),
    "scmr_objective": Quantity(
        "theory's objective f",
        "",
        detail="over f at the least interval",
        table="scmr",
        at=(),
    ),
}
"""By the name that a study gives under ``y``; most are columns of metrics.csv."""

SECOND_EIGENVALUE = "second_eigenvalue"
THEORY_X = {SECOND_EIGENVALUE: "second eigenvalue of the mixing matrix (modulus)"}
"""What theory can put on the x axis in place of a key, with its label."""
SCMR_RATIO, LAW_RATIO = "scmr_ratio", "law_ratio"
LINES = {SCMR_RATIO: RATIO, LAW_RATIO: RATIO}
"""Vertical lines that theory can give, by the key that must be x."""


def keys_of(x: str, y: Sequence[str]) -> tuple[str, ...]:
    """Return the keys of a study whose values are needed to draw ``y`` over ``x``."""
    keys: tuple[str, ...] = ()
    if any(QUANTITIES[name].is_of_runs for name in y):
        keys += (TARGET,)
    if x == SECOND_EIGENVALUE:
        keys += (TOPOLOGY, GRID_COLUMNS, RATIO, REGIONS)
    if "scmr_objective" in y:
        keys += (LOCAL_STEPS, REGIONS)
    return tuple(dict.fromkeys(keys))
