"""Constellations compared by plans, with a forecast of training that a few check."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import model_validator

from fedorbit.base.settings import GivenPath, Rounds, Seed, Settings, between
from fedorbit.orbits.settings import Hours, Start
from fedorbit.plans.designs.grid import MOST_CELLS, Grid
from fedorbit.plans.scene import Clients
from fedorbit.studies.kind import Kind
from fedorbit.studies.parts import Described, Learned, Planned

JOBS = 8
"""Jobs that plan the cells; each has whole constellations."""
INTERVAL = {
    "fedmeld": "round_interval",
    "hfl": "regional_rounds",
    "ring_allreduce": "regional_rounds",
}
"""The strategies of which there is a forecast, and the key of their rounds from one
exchange to the next."""


class Places(Settings):
    """A list of places; their masks are the grid's."""

    file: GivenPath
    """CSV with the columns ``name, latitude_deg, longitude_deg, altitude_m``."""


class DesignScenario(Settings):
    """When and where; which satellites is the grid's."""

    start: Start
    """The scenario's epoch, ISO 8601 in UTC; all times count from it."""
    hours: Hours
    """Length of the scenario."""
    regions: Places
    """Where models come from and go to, in the order of the ring."""
    stations: Places
    """Ground stations, of which a cell has the first ones."""


class ForecastSettings(Settings):
    """How hours to the target are forecast, and how the forecast is checked."""

    exchanges: between(int, 1, 100_000)
    """Averages of the pilot training, and the most exchanges that are trained to check
    it; later ones are not forecast."""
    alone_rounds: Rounds
    """Rounds that regions of the pilot learn alone once their average is at the target.
    The more, the smaller the mixing ratios that the law can judge."""
    cells: between(int, 1, 1000)
    """Cells in which all strategies are trained, drawn of those with a plan of each."""
    draw_seed: Seed
    """Sets which cells are drawn."""


class DesignStudy(Learned, Planned, Described):
    """Constellations against each other, by the plans of some strategies."""

    scenario: DesignScenario
    """When and where."""
    clients: Clients
    """The devices that train."""
    grid: Grid
    """The constellations, masks and numbers of stations."""
    forecast: ForecastSettings
    """The forecast of training."""

    @model_validator(mode="after")
    def _can_be_planned(self) -> Self:
        if self.grid.size > MOST_CELLS:
            raise ValueError(
                f"grid has {self.grid.size:,} cells, and no more than {MOST_CELLS:,} "
                "can be planned; give fewer values"
            )
        if self.clients.region_weights is not None:
            raise ValueError(
                "clients.region_weights is given, but the forecast is for regions of "
                "equal weight; remove it"
            )
        return self

    @model_validator(mode="after")
    def _has_nothing_of_other_kinds(self) -> Self:
        for key in ("sweeps", "figures", "claims"):
            if getattr(self, key):
                raise ValueError(
                    f"{key} is given, but a study of designs varies what its grid "
                    "says, and has tables and figures of its own; remove it"
                )
        return self

    @model_validator(mode="after")
    def _can_be_forecast(self) -> Self:
        for name in self.strategies:
            if name not in INTERVAL:
                raise ValueError(
                    f"strategies names {name}, of which there is no forecast; choose "
                    f"of {', '.join(INTERVAL)}"
                )
        rounds = {n: own[INTERVAL[n]] for n, own in self.strategies.items()}
        if len(set(rounds.values())) > 1:
            raise ValueError(
                f"rounds from one exchange to the next are {rounds}, and one pilot "
                "forecasts all; make them equal"
            )
        fedmeld = self.strategies.get("fedmeld", {})
        if fedmeld.get("variant", "interval") != "interval":
            raise ValueError(
                f"strategies.fedmeld.variant is {fedmeld['variant']!r}, and the law is "
                "derived for 'interval'; make it that"
            )
        if self.forecast.alone_rounds < max(rounds.values()):
            raise ValueError(
                f"forecast.alone_rounds is {self.forecast.alone_rounds}, fewer than "
                f"the rounds of an exchange, {max(rounds.values())}; raise it"
            )
        return self


def results(values: Mapping[str, Any]) -> list[str]:
    """Return the tables and figures of a study, and what they are made from."""
    return [
        *(f"designs/cells/{job}.parquet" for job in range(JOBS)),
        *(f"designs/trained/{name}.parquet" for name in values["strategies"]),
        "designs/forecast.json",
        *(f"tables/{name}.csv" for name in ("designs", "forecasts", "parameters")),
        *(f"figures/{name}.svg" for name in ("designs", "pareto", "forecasts")),
    ]


KIND = Kind(DesignStudy, ("homes", "partition"), results)
"""Plans of all cells, one pilot training, and trainings of a few cells."""
