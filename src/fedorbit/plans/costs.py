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
BESIDE = {"adapter": "backbone"}
"""Parts that a sample passes together with another, whose operations they include."""


class Part(Settings):
    """A part of the model card's model."""

    bits: Bits
    """Size of the part on a link."""
    flop_per_sample: Flop
    """Operations that it takes to train the part on a sample."""
    forward_flop_per_sample: Flop | None = None
    """Operations of a forward pass, of a model that can be cut."""
    passing_flop_per_sample: Flop | None = None
    """Operations of a forward pass and the gradient of the input; none for the first
    part, of whose input nobody asks a gradient."""
    output_numbers: between(int, 1, 10**12) | None = None
    """Numbers that cross the cut behind the part for a sample, or come back as their
    gradient."""


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
    """In the order in which a sample passes through them."""
    sample_numbers: int = 0
    """Numbers of a raw sample."""

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

    def forward_flop(self, scope: Sequence[str]) -> float:
        """Return the operations of a forward pass of a sample through some parts."""
        return sum(self._counted(name, "forward_flop_per_sample") for name in scope)

    def passing_flop(self, scope: Sequence[str]) -> float:
        """Return those of a forward pass and the gradient of the first part's input."""
        return sum(self._counted(name, "passing_flop_per_sample") for name in scope)

    def output_numbers(self, name: str) -> int:
        """Return the numbers that cross the cut behind a part for a sample."""
        return self._counted(name, "output_numbers")

    def frozen_before(self, scope: Sequence[str]) -> list[str]:
        """Return the parts that a sample passes before the first that learns."""
        learning = list(self.parts) if tuple(scope) == ALL else scope
        order = [name for name in self.parts if name not in BESIDE]
        first = min(order.index(BESIDE.get(name, name)) for name in learning)
        return order[:first]

    def step_flop(self, scope: Sequence[str], has_inputs: bool) -> float:
        """Return the operations of a local step on a sample, if some parts learn.

        Those that learn are trained, and frozen ones behind the first of them pass
        gradients on. Frozen ones before it make its inputs in a forward pass, unless
        whoever trains ``has_inputs`` already.
        """
        if tuple(scope) == ALL:
            return self.flop_per_sample
        before = self.frozen_before(scope)
        flop = 0.0 if has_inputs else self.forward_flop(before)
        for name in self.parts:
            if name in scope:
                flop += self._part(name).flop_per_sample
            elif name not in before and not self._is_covered(name, scope):
                flop += self.passing_flop([name])
        return flop

    def _is_covered(self, name: str, scope: Sequence[str]) -> bool:
        """Return whether operations of a part are among those of one that learns."""
        return name in BESIDE or any(BESIDE.get(other) == name for other in scope)

    def _counted(self, name: str, what: str) -> float:
        found = getattr(self._part(name), what)
        if found is None:
            raise SettingsError(
                f"the model card has no {what} of the part {name!r}, so that the model "
                "cannot be cut there; choose a card that has it, such as spectralgpt."
            )
        return found

    def _part(self, name: str) -> Part:
        if name not in self.parts:
            known = ", ".join(self.parts) or "none"
            raise SettingsError(
                f"the model card has no part {name!r}, its parts are {known}; add it "
                "to the card's parts."
            )
        return self.parts[name]
