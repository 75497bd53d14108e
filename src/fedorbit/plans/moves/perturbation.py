"""What a study says of plans that are made with old elements."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from fedorbit.base.settings import Settings, between
from fedorbit.orbits.drift import Drift

Patience = between(float, 0.0, 1e6)
"""Seconds, up to twelve days."""


class Perturbation(Settings):
    """Plans made with old elements and flown as satellites really come."""

    ages_days: list[between(float, 0.0, 3660.0)] = Field(min_length=1, max_length=100)
    """Ages of the elements; at the age 0 satellites come as planned."""
    drift: Drift
    """How satellites depart from where old elements put them."""
    patience_s: Patience
    """How much longer than planned a region waits for the satellite assigned to it."""
    other_patiences_s: Annotated[list[Patience], Field(max_length=100)] = []
    """Further patiences, of which there are plans but no training."""

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        for key, values in (
            ("ages_days", self.ages_days),
            ("patience_s and other_patiences_s", self.patiences_s),
        ):
            if len(set(values)) < len(values):
                raise ValueError(f"{key} are {values}; name each once")
        return self

    @property
    def patiences_s(self) -> list[float]:
        """Return all patiences, first that of the plans that are trained."""
        return [self.patience_s, *self.other_patiences_s]
