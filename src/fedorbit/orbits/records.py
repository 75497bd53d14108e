"""What a list of satellites holds: element sets, and records that are none."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from fedorbit.base.errors import InputError
from fedorbit.orbits.elements import ElementSet, Unusable


@dataclass(frozen=True)
class LeftOut:
    """A record that is no satellite for SGP4."""

    where: str
    """Its place, such as ``line 5`` or ``message 2``."""
    reason: str
    """Of a few words, by which records are counted."""
    told: str
    """What is wrong with it."""


@dataclass(frozen=True)
class Reading:
    """The records of a list of satellites, in its order; names may repeat."""

    sets: list[ElementSet] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def add(self, where: str, make: Callable[..., ElementSet], *args) -> None:
        """Append what ``make`` returns, or the reason why it returns nothing."""
        try:
            self.sets.append(make(*args))
        except Unusable as bad:
            self.leave_out(bad.where or where, bad.reason, bad.told)

    def leave_out(self, where: str, reason: str, told: str) -> None:
        """Append a record that is no satellite."""
        self.left_out.append(LeftOut(where, reason, told))

    def extend(self, other: "Reading") -> None:
        """Append all records of another list."""
        self.sets.extend(other.sets)
        self.left_out.extend(other.left_out)

    def refuse_left_out(self, source: object) -> None:
        """Raise ``InputError`` on the first record left out, if there is any."""
        if not self.left_out:
            return
        first, count = self.left_out[0], len(self.left_out)
        total = count + len(self.sets)
        raise InputError(
            f"{source}, {first.where}: {first.told}; {count} of {total} records cannot "
            "be used, so mend them, remove them or take the file again."
        )


def count_reasons(left_out: list[LeftOut]) -> dict[str, int]:
    """Return how many records are left out for each reason, the first reason first."""
    return dict(Counter(record.reason for record in left_out))
