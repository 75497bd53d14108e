"""What figures look like: the file ``config/plotting.yaml``."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from fedorbit.base.errors import InputError
from fedorbit.base.settings import Label, Settings, between, parse
from fedorbit.base.yaml_files import read_yaml


class Look(Settings):
    """How one theory of motion is drawn in every figure."""

    label: Label
    """Its name in legends."""
    color: str = Field(pattern="^#[0-9a-fA-F]{6}$")
    """Its colour."""
    linestyle: (
        Literal["-", "--", "-.", ":"]
        | Annotated[
            list[between(float, 0.01, 1000.0)], Field(min_length=2, max_length=20)
        ]
    )
    """Its line or the lengths of its dashes and gaps, for figures in grey."""


class StrategyLook(Look):
    """How one strategy is drawn in every figure."""

    marker: Literal[tuple("osD^v<>dpPXhH8*")]
    """Its marker, for figures in grey."""
    is_front: bool = False
    """Whether it is in colour where a figure has all strategies, others in grey."""


class Plotting(Settings):
    """What figures look like: the file ``config/plotting.yaml``."""

    timeline_hours: between(float, 0.01, 1e4)
    """Simulated hours that the timeline shows."""
    strategies: dict[str, StrategyLook]
    """Look of each strategy, in the order of legends."""
    passes_minutes: between(float, 0.1, 1e6)
    """Simulated minutes that the chart of passes shows."""
    rungs: dict[str, Look]
    """Look of each theory of motion, from the simplest to the reference."""


def load_plotting(path: str | Path, strategies: list[str]) -> dict[str, Any]:
    """Return the looks of figures; raises ``InputError`` if a strategy has none."""
    values = read_yaml(path, "restore it from the repository")
    plotting = parse(Plotting, values, path)
    for strategy in strategies:
        if strategy not in plotting.strategies:
            raise InputError(
                f"{path}: strategy {strategy!r} has no colour; add it under strategies."
            )
    return plotting.model_dump()
