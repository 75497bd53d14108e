"""What a model costs to send and to train, as a whole and by part, and where.

A scope names what of a model is meant: ``("all",)`` is the whole, and ``("head",
"adapter")`` are two of its parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from fedorbit.base.errors import SettingsError
from fedorbit.base.settings import Settings, between

FlopPerSecond = between(float, 1e-9, 1e24)
"""How fast somebody computes: up to ten times all computers of the world."""
Flop = between(float, 1e-9, 1e24)
"""Floating-point operations."""
Bits = between(float, 1e-9, 1e18)
"""Size on a link."""
ALL = ("all",)
"""The scope of a whole model."""


class Part(Settings):
    """A part of the model card's model."""

    bits: Bits
    """Size of the part on a link."""
    flop_per_sample: Flop
    """Operations that it takes to train the part on a sample."""


class Speeds(Settings):
    """How fast nodes compute that are no clients."""

    satellite_flop_s: FlopPerSecond | None = None
    """Floating-point operations per second that a satellite sustains."""
    station_flop_s: FlopPerSecond | None = None
    """Floating-point operations per second that a ground station sustains."""


@dataclass(frozen=True)
class ModelCard:
    """What the model costs that sets bits and times."""

    bits: float
    """Size of the whole model on a link."""
    flop_per_sample: float
    """Operations that it takes to train the whole model on a sample."""
    parts: dict[str, Part] = field(default_factory=dict)

    def bits_of(self, scope: Sequence[str]) -> float:
        """Return the bits of some parts; ``SettingsError`` if the card lacks one."""
        if tuple(scope) == ALL:
            return self.bits
        return sum(self._part(name).bits for name in scope)

    def flop_per_sample_of(self, scope: Sequence[str]) -> float:
        """Return the operations to train some parts on a sample, as for bits."""
        if tuple(scope) == ALL:
            return self.flop_per_sample
        return sum(self._part(name).flop_per_sample for name in scope)

    def _part(self, name: str) -> Part:
        if name not in self.parts:
            known = ", ".join(self.parts) or "none"
            raise SettingsError(
                f"the model card has no part {name!r}, its parts are {known}; add it "
                "to the card's parts."
            )
        return self.parts[name]
