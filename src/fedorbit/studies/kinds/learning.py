"""Strategies that learn, against each other, with clients in regions."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import model_validator

from fedorbit.base.settings import GivenPath
from fedorbit.plans.moves.perturbation import Perturbation
from fedorbit.plans.readings.availability import Availability
from fedorbit.plans.readings.draws import Draws
from fedorbit.studies.kind import Kind
from fedorbit.studies.parts import Described, Learned, OnGround, Planned

TABLES = (
    *("summary", "heterogeneity", "parameters", "starvation", "cells", "metrics"),
    "infeasible",
)
FIGURES = ("accuracy", "costs", "timeline", "map", "partition")


class LearningStudy(Learned, Planned, OnGround, Described):
    """Strategies that learn, against each other."""

    perturbation: Perturbation | None = None
    """Plans of ``fedmeld`` made with old elements; none if not given."""
    candidate_stations: GivenPath | None = None
    """Sites with each of which alone ``hfl`` is planned; none if not given.

    A file like that of ``scenario.stations``, whose mask they have.
    """
    draws: Draws | None = None
    """Plans on drawn skies, with stations drawn from ``candidate_stations``; none if
    not given."""
    availability: Availability | None = None
    """Which models clients anywhere on Earth can get; not asked if not given."""

    convex_bound: bool = False
    """Whether FedMeld's bound is held against a convex task; takes a minute."""

    @model_validator(mode="after")
    def _has_plans_to_fly(self) -> Self:
        if self.perturbation is not None and "fedmeld" not in self.strategies:
            raise ValueError(
                "perturbation flies plans of fedmeld, which takes no part; add "
                "strategies.fedmeld or leave perturbation out"
            )
        return self

    @model_validator(mode="after")
    def _has_a_server_for_its_candidates(self) -> Self:
        if self.candidate_stations is None:
            return self
        if "hfl" not in self.strategies or self.scenario.stations is None:
            raise ValueError(
                "candidate_stations are stations of hfl with the mask of "
                "scenario.stations; add both or leave candidate_stations out"
            )
        return self

    @model_validator(mode="after")
    def _has_stations_and_strategies_to_draw(self) -> Self:
        if self.draws is None:
            return self
        if self.candidate_stations is None:
            raise ValueError(
                "draws take their stations from candidate_stations, which is not "
                "given; add it or leave draws out"
            )
        for name in self.draws.strategies:
            if name not in self.strategies:
                raise ValueError(
                    f"draws names {name}, which takes no part; add strategies.{name} "
                    "or remove it there"
                )
        return self

    @model_validator(mode="after")
    def _has_the_strategies_of_its_availability(self) -> Self:
        named = self.availability.strategies if self.availability else []
        for name in named:
            if name not in self.strategies:
                raise ValueError(
                    f"availability names {name}, which takes no part; add "
                    f"strategies.{name} or remove it there"
                )
        return self


def results(values: Mapping[str, Any]) -> list[str]:
    """Return the tables and figures of a study."""
    figures = [*FIGURES, *values.get("figures", {})]
    found = ["rounds.parquet", "rounds.csv", "explorer.html"]
    found += [f"tables/{name}.csv" for name in TABLES]
    found += [f"figures/{name}.svg" for name in figures]
    if values.get("perturbation"):
        found += ["tables/perturbation.csv", "figures/perturbation.svg"]
        found += flown(values["perturbation"]["ages_days"])
    if values.get("candidate_stations"):
        found += ["tables/stations.csv", "figures/stations.svg"]
    if values.get("draws"):
        found += ["tables/draws.csv", "tables/spread.csv"]
    if values.get("availability"):
        found += ["tables/availability.csv", "tables/places.csv"]
        found += ["figures/availability.svg"]
    if values.get("claims"):
        found += ["claims.csv", "figures/scoreboard.svg"]
    if values.get("convex_bound"):
        found += ["tables/convex_bound.csv"]
    return found


def flown(ages_days: list[float]) -> list[str]:
    """Return what is made of the plan for each age of elements.

    At the age 0 it is the plan itself, whose training is made anyhow.
    """
    return [
        f"perturbation/age_days={age_days}/{name}.parquet"
        for age_days in ages_days
        for name in ("ops", "ledger", "exchanges", "record")
        if age_days or name != "record"
    ]


KIND = Kind(
    LearningStudy,
    ("constellation", "contacts", "homes", "partition", "plan", "run"),
    results,
)
