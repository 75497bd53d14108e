"""The grid of a designer: constellations, masks and numbers of stations, multiplied.

For example, two numbers of planes, one of satellites, two masks and three numbers of
stations make twelve *cells*. Cells of one constellation share its satellites, those of
one mask its passes, too.
"""

from itertools import product
from math import prod
from typing import Annotated, Literal

import pandas as pd
from pydantic import AfterValidator, Field

from fedorbit.base.settings import Settings, all_different, between
from fedorbit.orbits.limits import HIGHEST_MASK_DEG
from fedorbit.orbits.walker import Walker

MOST_CELLS = 5000
CONSTELLATION = ["planes", "satellites_per_plane", "altitude_km"]
CONSTELLATION += ["pattern", "inclination_deg"]
"""The columns of a cell that say which satellites there are."""


class Shape(Settings):
    """How planes stand."""

    pattern: Literal["delta", "star"]
    """Planes spread over 360 degrees of right ascension (delta) or 180 (star)."""
    inclination_deg: between(float, 0.0, 180.0)
    """Inclination of the planes to the equator."""


def _axis(kind: type) -> type:
    """Return the type of a list of values that differ."""
    return Annotated[
        list[kind], Field(min_length=1, max_length=100), AfterValidator(all_different)
    ]


class Grid(Settings):
    """The values that are multiplied to cells."""

    planes: _axis(between(int, 1, 1000))
    """Numbers of orbital planes."""
    satellites_per_plane: _axis(between(int, 1, 1000))
    """Numbers of evenly spaced satellites in each plane."""
    altitude_km: _axis(between(float, 160.0, 100_000.0))
    """Heights of the orbits above the equatorial radius."""
    shapes: Annotated[list[Shape], Field(min_length=1, max_length=100)]
    """How planes stand."""
    min_elevation_deg: _axis(between(float, 0.0, HIGHEST_MASK_DEG))
    """Elevation masks, of regions and stations alike."""
    stations: _axis(between(int, 1, 1000))
    """Numbers of ground stations, the first ones of the scenario's file."""

    @property
    def _axes(self) -> tuple[list, ...]:
        constellations = (self.planes, self.satellites_per_plane, self.altitude_km)
        return (*constellations, self.shapes, self.min_elevation_deg, self.stations)

    @property
    def size(self) -> int:
        """Return the number of cells."""
        return prod(map(len, self._axes))

    def cells(self) -> pd.DataFrame:
        """Return a row for each cell, the last column varying fastest.

        Columns ``cell``, a number from 0 on, those of ``CONSTELLATION``,
        ``min_elevation_deg`` and ``stations``.
        """
        rows = [
            (planes, each, altitude_km, shape.pattern, shape.inclination_deg, *ground)
            for planes, each, altitude_km, shape, *ground in product(*self._axes)
        ]
        columns = [*CONSTELLATION, "min_elevation_deg", "stations"]
        return pd.DataFrame(rows, columns=columns).rename_axis("cell").reset_index()


def dealt(cells: pd.DataFrame, jobs: int, job: int) -> pd.DataFrame:
    """Return the cells of one of several jobs, counted from 0, in their order.

    A constellation goes to one job whole. The largest are dealt out first, one to each
    job in turn, so that jobs take about equally long.
    """
    numbers = cells.groupby(CONSTELLATION, sort=False).ngroup()
    satellites = cells["planes"] * cells["satellites_per_plane"]
    largest = (
        satellites.groupby(numbers).first().sort_values(ascending=False, kind="stable")
    )
    return cells[numbers.isin(largest.index[job::jobs])]


def walker_of(cell: pd.Series) -> Walker:
    """Return the constellation of a cell; neighbours in planes are one slot apart.

    That is Walker's F of 1, and 0 where there is one plane.
    """
    return Walker(
        pattern=cell["pattern"],
        planes=int(cell["planes"]),
        satellites_per_plane=int(cell["satellites_per_plane"]),
        phasing=min(1, int(cell["planes"]) - 1),
        altitude_km=float(cell["altitude_km"]),
        inclination_deg=float(cell["inclination_deg"]),
    )
