"""The cells of one constellation: which strategies can be planned there, and how well.

Nothing is trained. What cells share is computed once: the links between satellites, the
passes of a mask, and the plan of a strategy that has no use for stations.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from fedorbit.base.errors import Infeasible, InputError, SettingsError
from fedorbit.base.settings import Settings
from fedorbit.data.homes import Homes
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.elements import ElementSet
from fedorbit.orbits.grid import grid_ranges
from fedorbit.orbits.sites import MASK
from fedorbit.orbits.walker import walker_elements
from fedorbit.plans.designs.grid import walker_of
from fedorbit.plans.designs.readings import NOTHING, out_of_view_s, read_plan
from fedorbit.plans.isls import Isls
from fedorbit.plans.plan import Plan
from fedorbit.plans.scene import Scene, SceneSettings
from fedorbit.plans.strategy import Needs, Strategy, find_strategy

NO_AVERAGE = (
    "what regions learn does not reach all others within {hours:g} h; lengthen "
    "scenario.hours or choose more satellites."
)


@dataclass(frozen=True)
class Ground:
    """What is on the ground, and when; masks and constellations are those of cells."""

    regions: pd.DataFrame
    """As ``read_sites`` returns them, in the order of the ring."""
    stations: pd.DataFrame
    """As ``read_sites`` returns them; a cell has the first of them."""
    homes: Homes
    start: datetime
    settings: SceneSettings
    """The work, the links and the hours."""


@dataclass(frozen=True)
class Planner:
    """A strategy with its settings."""

    name: str
    strategy: Strategy
    settings: Settings

    @classmethod
    def of(cls, name: str, values: Mapping[str, Any]) -> "Planner":
        """Return the strategy of a name, with settings from plain values."""
        strategy = find_strategy(name)
        return cls(name, strategy, strategy.settings(**values))

    @property
    def needs(self) -> Needs:
        """Return what it plans with."""
        return self.strategy.needs(self.settings)

    def plan(self, scene: Scene) -> Plan:
        """Return its plan; raises ``Infeasible`` if there is none."""
        return self.strategy.plan(scene, self.settings)


class Shell:
    """The satellites of one constellation over one ground, and their passes."""

    def __init__(self, cell: pd.Series, ground: Ground) -> None:
        """Make the satellites of a cell."""
        self._ground = ground
        self._satellites: list[ElementSet] = walker_elements(
            walker_of(cell), ground.start
        )
        self._isls: dict[str, Isls] = {}
        self._contacts: dict[float, pd.DataFrame] = {}

    def passes(self, cell: pd.Series) -> pd.DataFrame:
        """Return the passes over the regions and all stations by the mask of a cell."""
        mask_deg = float(cell[MASK])
        if mask_deg not in self._contacts:
            ground = self._ground
            sites = pd.concat([ground.regions, ground.stations], ignore_index=True)
            sites = sites.assign(**{MASK: mask_deg})
            self._contacts[mask_deg] = find_contacts(
                self._satellites, sites, ground.start, ground.settings.hours
            )
        return self._contacts[mask_deg]

    def scene(self, cell: pd.Series, needs: Needs) -> Scene:
        """Return what a strategy plans with in a cell.

        Raises ``Infeasible`` if it needs links between satellites and there are none.
        """
        ground = self._ground
        stations = list(ground.stations["name"].iloc[: int(cell["stations"])])
        used = stations if needs.stations else []
        passes = self.passes(cell)
        seen = passes["site"].isin([*ground.regions["name"], *used])
        return Scene.of(
            passes[seen].reset_index(drop=True),
            ground.homes,
            used,
            ground.settings,
            isls=None if needs.isls is None else self._links(needs.isls),
        )

    def _links(self, budget: str) -> Isls:
        """Return the links by a budget; ``Infeasible`` if there are none."""
        ground = self._ground
        if budget not in self._isls:
            try:
                hours = ground.settings.hours
                ranges = grid_ranges(self._satellites, ground.start, hours)
            except InputError as error:
                raise Infeasible(str(error)) from None
            link = getattr(ground.settings.links, f"isl_{budget}")
            self._isls[budget] = Isls(ranges, link)
        return self._isls[budget]


def plan_cells(
    cells: pd.DataFrame, ground: Ground, planners: list[Planner]
) -> Iterator[dict[str, Any]]:
    """Yield a row for each cell of one constellation and each strategy.

    A row has the columns of the cell, ``strategy``, ``revisit_s``, those of
    ``read_plan`` and ``reason``, which is empty where there is a global average.
    Raises ``SettingsError`` for a cell of more stations than there are.
    """
    _check_stations(int(cells["stations"].max()), len(ground.stations))
    shell = Shell(cells.iloc[0], ground)
    known: dict[tuple[str, float, int], dict[str, Any]] = {}
    end_s = 3600 * ground.settings.hours
    for _, cell in cells.iterrows():
        revisit_s = out_of_view_s(
            shell.passes(cell), list(ground.regions["name"]), end_s
        )
        for planner in planners:
            stations = int(cell["stations"]) if planner.needs.stations else 0
            key = (planner.name, float(cell[MASK]), stations)
            if key not in known:
                known[key] = _planned(shell, cell, planner)
            row = {"strategy": planner.name, "revisit_s": revisit_s}
            yield cell.to_dict() | row | known[key]


def _check_stations(wanted: int, there: int) -> None:
    if wanted > there:
        raise SettingsError(
            f"grid.stations names {wanted}, but the file scenario.stations.file has "
            f"{there} of them; name at most {there}, or a file with more."
        )


def _planned(shell: Shell, cell: pd.Series, planner: Planner) -> dict[str, Any]:
    """Return what the plan of a strategy tells, or why there is none."""
    try:
        scene = shell.scene(cell, planner.needs)
        found = read_plan(planner.plan(scene), scene)
    except Infeasible as error:
        return NOTHING | {"reason": str(error)}
    has_average = found["exchanges_per_average"] <= found["exchanges"]
    hours = scene.horizon_s / 3600
    return found | {"reason": "" if has_average else NO_AVERAGE.format(hours=hours)}


def without_sky(homes: Homes, settings: SceneSettings) -> Scene:
    """Return the scene of a pilot training, which has regions and no satellites."""
    anywhere = {"latitude_deg": 0.0, "longitude_deg": 0.0, "altitude_m": 0.0, MASK: 0.0}
    regions = pd.DataFrame({"name": homes.names}).assign(**anywhere)
    no_passes = find_contacts([], regions, datetime(2000, 1, 1, tzinfo=UTC), 1.0)
    return Scene.of(no_passes, homes, [], settings)
