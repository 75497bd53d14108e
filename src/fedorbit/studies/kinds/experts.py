"""Experts of a mixture split among clusters of devices that satellites visit."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import model_validator

from fedorbit.learn.pretrain.expert_settings import ExpertPretraining
from fedorbit.studies.kind import Kind
from fedorbit.studies.parts import Described, Learned, OnGround, Planned
from fedorbit.theory.experts.numbering import Assignment

TABLES = (
    *("summary", "heterogeneity", "parameters", "cells", "metrics", "infeasible"),
    *("leakage", "use", "payloads", "passes", "devices"),
)
FIGURES = ("accuracy", "costs", "map", "partition", "leakage")


class ExpertStudy(Learned, Planned, OnGround, Described):
    """Strategies for experts against each other; regions are the clusters."""

    pretraining: ExpertPretraining
    """Central learning on the samples that no device holds."""
    assignment: Assignment
    """Which experts a cluster has."""

    @model_validator(mode="after")
    def _has_experts(self) -> Self:
        if "experts" not in type(self.model).model_fields:
            raise ValueError(
                f"model.name is {self.model.name!r}, which has no experts to split; "
                "make it 'experts' or 'lora_experts'"
            )
        each = self.assignment.experts_per_cluster
        if each > self.model.experts:
            raise ValueError(
                f"assignment.experts_per_cluster is {each}, more than model.experts "
                f"{self.model.experts}; lower it"
            )
        return self


def results(values: Mapping[str, Any]) -> list[str]:
    """Return the tables and figures of a study."""
    figures = [*FIGURES, *values.get("figures", {})]
    found = ["rounds.parquet", "rounds.csv", "explorer.html"]
    # Points of teachers, by which experts are checked, are no images.
    checks = ["checks"] if values["model"]["name"] == "experts" else []
    found += [f"tables/{name}.csv" for name in (*TABLES, *checks)]
    found += [f"figures/{name}.svg" for name in figures]
    if values.get("claims"):
        found += ["claims.csv", "figures/scoreboard.svg"]
    return found


KIND = Kind(
    ExpertStudy,
    (
        *("constellation", "contacts", "homes", "partition"),
        *("pretrained", "profile", "experts", "plan", "run"),
    ),
    results,
    group="cluster",
)
"""Places are the clusters, and each has experts that suit its domains."""
