"""Satellites and passes alone: theories of motion, and the age of elements."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import model_validator

from fedorbit.orbits.settings import Ageing, Comparison, Coverage, OrbitScenario
from fedorbit.studies.kind import Kind
from fedorbit.studies.parts import Described

MOST_COUNTS = 10_000_000  # of satellites in view: places and moments together


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

    @model_validator(mode="after")
    def _counts_end(self) -> Self:
        moments = self.scenario.hours * 3600 / self.coverage.time_step_s
        counts = moments * 180 / self.coverage.latitude_step_deg
        if counts > MOST_COUNTS:
            raise ValueError(
                f"coverage counts satellites {counts:,.0f} times, more than "
                f"{MOST_COUNTS:,}; take longer steps of latitude or time"
            )
        return self


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
