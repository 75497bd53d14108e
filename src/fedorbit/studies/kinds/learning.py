"""Strategies that learn, against each other, with clients in regions."""

from collections.abc import Mapping
from typing import Any

from fedorbit.studies.kind import Kind
from fedorbit.studies.parts import Described, Learned, OnGround, Planned

TABLES = ("summary", "heterogeneity", "parameters", "starvation", "cells", "metrics")
FIGURES = ("accuracy", "costs", "timeline", "map", "partition")


class LearningStudy(Learned, Planned, OnGround, Described):
    """Strategies that learn, against each other."""


def results(values: Mapping[str, Any]) -> list[str]:
    """Return the tables and figures of a study."""
    figures = [*FIGURES, *values.get("figures", {})]
    found = ["rounds.csv"]
    found += [f"tables/{name}.csv" for name in TABLES]
    found += [f"figures/{name}.svg" for name in figures]
    if values.get("claims"):
        found += ["claims.csv", "tables/convex_bound.csv", "figures/scoreboard.svg"]
    return found


KIND = Kind(
    LearningStudy,
    ("constellation", "contacts", "homes", "partition", "plan", "run"),
    results,
)
