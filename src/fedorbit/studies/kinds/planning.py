"""Strategies as plans, without training: what rounds and exchanges take."""

from collections.abc import Mapping
from typing import Any

from fedorbit.studies.kind import Kind
from fedorbit.studies.parts import Described, OnGround, Planned

TABLES = ("parameters", "starvation", "cells", "metrics", "infeasible")
FIGURES = ("timeline", "map")


class PlanningStudy(Planned, OnGround, Described):
    """Strategies against each other before anything is trained."""


def results(values: Mapping[str, Any]) -> list[str]:
    """Return the tables and figures of a study."""
    figures = [*FIGURES, *values.get("figures", {})]
    return [
        *(f"tables/{name}.csv" for name in TABLES),
        *(f"figures/{name}.svg" for name in figures),
    ]


KIND = Kind(PlanningStudy, ("constellation", "contacts", "homes", "plan"), results)
