"""Sweeps as studies declare them: axes of values, which are multiplied to cells."""

from collections import Counter
from collections.abc import Iterator
from itertools import product
from math import prod
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from fedorbit.base.settings import Name, Settings, between

MOST_CELLS = 5000  # of all sweeps together; a study has some dozens

Changes = dict[str, Any]
"""Values by dotted key."""
Values = Annotated[list[Any], Field(min_length=1)]
Axis = Annotated[dict[str, Values], Field(min_length=1)]


class Sweep(Settings):
    """Values of the study that vary, and the strategies that are tried at each."""

    strategies: list[str] = Field(min_length=1)
    """Names of strategies of the study."""
    over: list[Axis] = Field(min_length=1)
    """Axes, which are multiplied; the dotted keys of one axis vary together."""
    seeds: between(int, 1, 1000) | None = None
    """With how many of the study's seeds, the first of them, its runs are made; with
    all if not given. Fewer do for what no claim is about."""

    @property
    def size(self) -> int:
        """Return the number of cells."""
        return prod(len(next(iter(axis.values()))) for axis in self.over)

    @model_validator(mode="after")
    def _is_rectangular(self) -> "Sweep":
        for axis in self.over:
            if len({len(values) for values in axis.values()}) != 1:
                raise ValueError(
                    f"the lists of {', '.join(axis)} vary together but differ in "
                    "length; give each as many values"
                )
        keys = Counter(key for axis in self.over for key in axis)
        if max(keys.values()) > 1:
            raise ValueError(f"{max(keys, key=keys.get)} is on two axes; keep one")
        if len(set(self.strategies)) < len(self.strategies):
            raise ValueError(f"strategies are {self.strategies}; name each once")
        return self

    def cells(self) -> Iterator[Changes]:
        """Yield the values of all swept keys in each cell, the last axis fastest."""
        axes = [
            [
                dict(zip(axis, row, strict=True))
                for row in zip(*axis.values(), strict=True)
            ]
            for axis in self.over
        ]
        for rows in product(*axes):
            yield {key: value for row in rows for key, value in row.items()}


def _few_cells(sweeps: dict[str, Sweep]) -> dict[str, Sweep]:
    cells = sum(sweep.size for sweep in sweeps.values())
    if cells > MOST_CELLS:
        raise ValueError(
            f"the axes multiply to {cells:,} cells, and no more than {MOST_CELLS:,} "
            "can be tried; give fewer values"
        )
    return sweeps


Sweeps = Annotated[dict[Name, Sweep], AfterValidator(_few_cells)]
"""Sweeps by their names."""
