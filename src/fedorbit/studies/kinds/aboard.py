"""Strategies that learn, against each other, with clients on satellites."""

from collections.abc import Mapping
from typing import Any

from fedorbit.studies.kind import Kind
from fedorbit.studies.parts import Aboard, Described, Learned, Planned

TABLES = (
    *("summary", "heterogeneity", "parameters", "cells", "metrics", "infeasible"),
)
FIGURES = ("accuracy", "costs", "partition")


class AboardStudy(Learned, Planned, Aboard, Described):
    """Strategies of satellites that learn, against each other."""


def results(values: Mapping[str, Any]) -> list[str]:
    """Return the tables and figures of a study."""
    figures = [*FIGURES, *values.get("figures", {})]
    return [
        "rounds.csv",
        *(f"tables/{name}.csv" for name in TABLES),
        *(f"figures/{name}.svg" for name in figures),
    ]


KIND = Kind(
    AboardStudy,
    ("constellation", "contacts", "homes", "partition", "plan", "run"),
    results,
)
"""Satellites hold the samples, and planes are the groups of clients."""
