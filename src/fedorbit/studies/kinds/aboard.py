"""Strategies that learn, against each other, with clients on satellites."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import model_validator

from fedorbit.learn.pretrain.expert_settings import ExpertPretraining
from fedorbit.plans.readings.latency import Latency
from fedorbit.studies.kind import Kind
from fedorbit.studies.parts import Aboard, Described, Learned, Planned

TABLES = (
    *("summary", "heterogeneity", "parameters", "payloads", "cells", "metrics"),
    "infeasible",
)
FIGURES = ("accuracy", "costs", "partition")
OF_LATENCY = {
    "tables": ("latency", "totals", "crossovers"),
    "figures": ("latency", "downlink", "planes", "ratio"),
}


class AboardStudy(Learned, Planned, Aboard, Described):
    """Strategies of satellites that learn, against each other."""

    pretraining: ExpertPretraining | None = None
    """Central learning of a mixture of experts before; only a mixture has it."""
    latency: Latency | None = None
    """What each leg of split fine-tuning takes from several start times, by each way
    to fly it; not measured if not given."""

    @model_validator(mode="after")
    def _has_experts(self) -> Self:
        has_experts = hasattr(self.model, "experts")
        if (self.pretraining is not None) != has_experts:
            raise ValueError(
                f"model.name is {self.model.name!r}, and pretraining is "
                f"{'not ' if has_experts else ''}given, but it is that of a mixture of "
                "experts; give both or neither"
            )
        return self

    @model_validator(mode="after")
    def _has_what_latency_takes(self) -> Self:
        if self.latency is None:
            return self
        missing = [
            key
            for key, value in {
                "scenario.stations": self.scenario.stations,
                "scenario.antennas_per_station": self.scenario.antennas_per_station,
                "scenario.crossings": self.scenario.crossings,
                "clients.samples": self.clients.samples,
                "speeds.station_flop_s": self.speeds.station_flop_s,
                "strategies.split": self.strategies.get("split"),
            }.items()
            if value is None
        ]
        if missing:
            raise ValueError(
                f"latency is measured, but {', '.join(missing)} is not given; add it "
                "or leave latency out"
            )
        latest_h = max(self.latency.starts_h)
        if latest_h >= self.scenario.hours:
            raise ValueError(
                f"latency.starts_h has {latest_h:g}, but the scenario ends at "
                f"{self.scenario.hours:g} h; lower it"
            )
        return self


def results(values: Mapping[str, Any]) -> list[str]:
    """Return the tables and figures of a study."""
    tables, figures = list(TABLES), [*FIGURES, *values.get("figures", {})]
    if values.get("latency"):
        tables += OF_LATENCY["tables"]
        figures += OF_LATENCY["figures"]
    found = ["rounds.parquet", "rounds.csv", "explorer.html"]
    found += [f"tables/{name}.csv" for name in tables]
    found += [f"figures/{name}.svg" for name in figures]
    if values.get("claims"):
        found += ["claims.csv", "figures/scoreboard.svg"]
    return found


KIND = Kind(
    AboardStudy,
    ("constellation", "contacts", "homes", "partition", "latency", "plan", "run"),
    results,
    group="plane",
)
"""Satellites hold the samples, and planes are the groups of clients."""
