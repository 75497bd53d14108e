"""Sweeps: the values of a study varied over lists, and the names of their results.

For example, the cell of a sweep in which ``partition.region_concentration`` is 0.05 and
``strategies.fedmeld.mixing_ratio`` is 0.3 is the *setting*
``region_concentration=0.05,mixing_ratio=0.3``. The setting ``default`` is the study as
it stands. A *run* is a strategy at a setting. The folder of a result names only those
values that it depends on, as its stage declares them: the plan of this cell lies in
``mixing_ratio=0.3``, which all concentrations share.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import PurePosixPath
from typing import Any

import pandas as pd

from fedorbit.base.errors import SettingsError
from fedorbit.plans.strategy import Needs, find_strategy
from fedorbit.studies.axes import Changes, Sweep
from fedorbit.studies.keys import changed, lookup
from fedorbit.studies.stages import matters, needed

DEFAULT = "default"
UNSWEPT = (
    *("kind", "description", "method", "answer", "provenance", "sweeps", "figures"),
    *("claims", "target_accuracy", "seeds"),
    *("perturbation", "candidate_stations", "draws", "availability"),
    "convex_bound",
)
WHOLE = ("scenario.constellation", ".weather", ".clutter")
"""Ends of the keys that vary with all keys below them; links may lack the last two."""
NAME = re.compile(r"[A-Za-z0-9_.=,+-]+")


@dataclass(frozen=True)
class Expansion:
    """All settings and runs of a study."""

    base: Mapping[str, Any]
    """The study's own values."""
    settings: dict[str, Changes]
    """Differences from the study's own values, by name of setting, ``default`` too."""
    runs: list[tuple[str, str]]
    """Each strategy and setting that is trained, or planned, once."""
    cells: pd.DataFrame
    """Which run is in which cell: columns ``sweep, cell, strategy, setting`` and one
    for each swept key, with the value that holds there."""
    names: "_Names"
    """How settings are called."""

    def values(self, setting: str) -> dict[str, Any]:
        """Return the values of the study at a setting."""
        return changed(self.base, self.settings[setting])

    def at(self, setting: str, stage: str, strategy: str | None = None) -> str:
        """Return the setting in which a stage of a run has left its result."""
        return self.names.of(_needed(self, setting, stage, strategy))


def sweeps_of(values: Mapping[str, Any]) -> dict[str, Sweep]:
    """Return the sweeps of a study, whose values are right."""
    return {name: Sweep(**keys) for name, keys in values.get("sweeps", {}).items()}


@dataclass(frozen=True)
class Cell:
    """One combination of the values of a sweep."""

    sweep: str
    number: int
    values: Changes
    """The value of each swept key."""
    changes: Changes
    """Those that differ from the study's own."""

    def __str__(self) -> str:
        """Return the place of the cell in the study, for complaints."""
        values = ", ".join(f"{key}: {value}" for key, value in self.changes.items())
        return f"sweeps.{self.sweep}: where {values}"


def cells_of(base: Mapping[str, Any], sweeps: Mapping[str, Sweep]) -> list[Cell]:
    """Return all cells of the sweeps of a study.

    Raises ``SettingsError`` for a key or a strategy that the study does not have.
    """
    found = []
    for title, sweep in sweeps.items():
        _check(base, title, sweep)
        for number, cell in enumerate(sweep.cells()):
            changes = {k: v for k, v in cell.items() if v != lookup(base, k)}
            found.append(Cell(title, number, cell, changes))
    return found


def expand(
    base: Mapping[str, Any], sweeps: Mapping[str, Sweep], stages: Sequence[str]
) -> Expansion:
    """Return all settings, runs and cells of a study with sweeps.

    ``stages`` are those of the study's kind; the last makes the runs. Raises
    ``SettingsError`` as ``cells_of`` does, and for settings that would have the same
    name. All values have to be valid.
    """
    names = _Names([key for sweep in sweeps.values() for a in sweep.over for key in a])
    made = Expansion(base, {DEFAULT: {}}, [], pd.DataFrame(), names)
    runs = dict.fromkeys((strategy, DEFAULT) for strategy in base["strategies"])
    rows = []
    for cell in cells_of(base, sweeps):
        for strategy in sweeps[cell.sweep].strategies:
            needs = needs_of(changed(base, cell.changes), strategy)
            kept = dict.fromkeys([*stages, *needed(needs)])
            for stage in kept:
                own = _kept(base, cell.changes, stage, strategy, needs)
                _add(made.settings, names.of(own), own, cell.sweep)
                kept[stage] = names.of(own)
            run = strategy, kept[stages[-1]]
            runs[run] = None
            start = {"sweep": cell.sweep, "cell": cell.number}
            rows.append(start | _named(run) | cell.values)
    keys = list(names.short)
    for row in rows:
        row |= {key: row.get(key, lookup(base, key)) for key in keys}
        row |= {k: _text(row[k]) for k in keys if isinstance(row[k], Mapping)}
    cells = pd.DataFrame(rows, columns=["sweep", "cell", "strategy", "setting", *keys])
    return replace(made, runs=list(runs), cells=cells)


def needs_of(values: Mapping[str, Any], strategy: str) -> Needs:
    """Return what a strategy needs with the values of a study, which are valid."""
    settings = json.dumps(values["strategies"][strategy], sort_keys=True)
    return replace(_needs(strategy, settings), pretrained="pretraining" in values)


@cache
def _needs(strategy: str, settings: str) -> Needs:
    found = find_strategy(strategy)
    return found.needs(found.settings.model_validate(json.loads(settings)))


class _Names:
    """Readable names of settings."""

    def __init__(self, keys: list[str]) -> None:
        keys = sorted(set(keys))
        parts = {key: key.removesuffix(".file").rpartition(".")[2] for key in keys}
        shared = Counter(parts.values())
        self.short = {k: part if shared[part] == 1 else k for k, part in parts.items()}

    def of(self, changes: Changes) -> str:
        """Return the name of a setting."""
        parts = (f"{self.short[key]}={_text(changes[key])}" for key in sorted(changes))
        return ",".join(parts) or DEFAULT


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return "-".join(_text(part) for part in value.values())
    if isinstance(value, str) and "/" in value:
        return PurePosixPath(value).stem
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else str(value)


def _needed(made: Expansion, setting: str, stage: str, strategy: str | None) -> Changes:
    """Return those changes of a setting that matter for a stage."""
    changes = made.settings[setting]
    if not changes:
        return {}
    needs = Needs() if strategy is None else needs_of(made.values(setting), strategy)
    return _kept(made.base, changes, stage, strategy, needs)


def _kept(
    base: Mapping[str, Any],
    changes: Changes,
    stage: str,
    strategy: str | None,
    needs: Needs,
) -> Changes:
    """Return those changes that matter for a stage."""
    home = base.get("clients", {}).get("home")
    return {
        key: changes[key]
        for key in sorted(changes)
        if matters(key, stage, strategy, home, needs)
    }


def _named(run: tuple[str, str]) -> dict[str, str]:
    return dict(zip(("strategy", "setting"), run, strict=True))


def _add(settings: dict[str, Changes], name: str, kept: Changes, title: str) -> None:
    if settings.setdefault(name, kept) != kept:
        raise SettingsError(
            f"sweeps.{title} has two settings of the name {name!r}, {settings[name]} "
            f"and {kept}; give values that differ when written short."
        )
    if not NAME.fullmatch(name):
        raise SettingsError(
            f"sweeps.{title} has a setting of the name {name!r}, which no folder "
            "should have; give values of letters, digits and _.+- alone."
        )


def _check(base: Mapping[str, Any], title: str, sweep: Sweep) -> None:
    for strategy in sweep.strategies:
        if strategy not in base["strategies"]:
            raise SettingsError(
                f"sweeps.{title} names {strategy!r}, which takes no part in the study; "
                f"choose of {', '.join(base['strategies'])}."
            )
    for key in (key for axis in sweep.over for key in axis):
        value, is_known = None, key.partition(".")[0] not in UNSWEPT
        try:
            value = lookup(base, key)
        except (KeyError, AttributeError, TypeError):
            is_known = False
        if not is_known:
            raise SettingsError(
                f"sweeps.{title} varies {key!r}, which is no key of the study that can "
                "vary; correct or remove it."
            )
        if isinstance(value, Mapping) and not key.endswith(WHOLE):
            raise SettingsError(
                f"sweeps.{title} varies {key!r} as a whole; name the keys below it."
            )
        owner = key.split(".")[1] if key.startswith("strategies.") else None
        if owner is not None and owner not in sweep.strategies:
            raise SettingsError(
                f"sweeps.{title} varies {key!r}, but {owner} is not among its "
                "strategies; add it to them or remove the key."
            )
