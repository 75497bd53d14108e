"""The satellites that ``fedorbit contacts`` searches: those of files, if usable."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from fedorbit.base.errors import InputError
from fedorbit.orbits.choice import (
    NoneTakesPart,
    choose,
    epoch_ages_days,
    farthest_days,
)
from fedorbit.orbits.elements import ElementSet
from fedorbit.orbits.lists import read_elements
from fedorbit.orbits.records import Reading, count_reasons
from fedorbit.orbits.sources import Select


def read_lists(
    lists: Sequence[Path],
    start: datetime,
    hours: float,
    max_epoch_age_days: float,
    strict: bool,
) -> tuple[list[ElementSet], list[str]]:
    """Return the satellites of files that are searched, and what to say of the others.

    Raises ``InputError`` if there are none, or if ``strict`` and a record cannot be
    used.
    """
    reading, notes = Reading(), []
    for path in lists:
        part = read_elements(path)
        if strict:
            part.refuse_left_out(path)
        reading.extend(part)
        notes += _unusable(path, part)
    files = ", ".join(map(str, lists))
    sets, more = _satellites(files, reading, start, hours, max_epoch_age_days)
    return sets, notes + more


def _unusable(path: Path, reading: Reading) -> list[str]:
    """Return how many records of a file cannot be used, and why the first of them."""
    notes = []
    for reason, count in count_reasons(reading.left_out).items():
        first = next(r for r in reading.left_out if r.reason == reason)
        example = f"{'the first in ' if count > 1 else ''}{first.where}: {first.told}"
        notes.append(f"{path}: {count} left out ({reason}; {example})")
    return notes


def _satellites(
    files: str,
    reading: Reading,
    start: datetime,
    hours: float,
    max_epoch_age_days: float,
) -> tuple[list[ElementSet], list[str]]:
    """Return the satellites that are searched, and what to say of the others."""
    select = Select(max_epoch_age_days=max_epoch_age_days)
    try:
        sets, table = choose(reading.sets, select, start, hours)
        counts = dict(table.itertuples(index=False))
    except NoneTakesPart as none:
        sets, counts = [], none.counts
        if counts["far from epoch"]:
            raise InputError(
                f"{files}: none of its {len(reading.sets)} element sets is usable at "
                f"{start.isoformat()}: {_words(counts)}; choose a start near the "
                "epochs or a --max-epoch-age above "
                f"{max_epoch_age_days:g} days."
            ) from None
    notes = [
        f"{files}: {counts[reason]} left out ({reason})"
        for reason in ("duplicate", "far from epoch", "decayed")
        if counts[reason]
    ]
    if sets:
        days = farthest_days(epoch_ages_days(sets, start), hours).max()
        notes.append(f"{files}: the search goes up to {days:.1f} days from an epoch")
    return sets, notes


def _words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{reason} {n}" for reason, n in list(counts.items())[1:] if n)
