"""Satellites and passes alone: theories of motion, and the age of elements."""

from collections.abc import Mapping
from typing import Any

from fedorbit.orbits.settings import Ageing, Comparison, Coverage, OrbitScenario
from fedorbit.studies.kind import Kind
from fedorbit.studies.parts import Described


class OrbitStudy(Described):
    """One study of orbits, with nothing that learns."""

    scenario: OrbitScenario
    """When and where."""
    comparison: Comparison
    """What counts as the same pass, and which flights are compared."""
    ageing: Ageing
    """The real satellites."""
    coverage: Coverage
    """Satellites in view."""


def results(values: Mapping[str, Any]) -> list[str]:
    """Return the tables and figures of a study, and the tables that they are of."""
    return [
        *(
            f"{of}/{n}.parquet"
            for of in ("rungs", "ages")
            for n in ("windows", "flights")
        ),
        *(f"tables/{name}.csv" for name in ("ladder", "ageing", "flights")),
        *(f"tables/{name}.csv" for name in ("in_view", "parameters")),
        *(f"figures/{n}.svg" for n in ("ladder", "flights", "passes", "in_view")),
    ]


KIND = Kind(OrbitStudy, ("constellation",), results, is_scaled=False)
