"""Sweeps: the values of a study varied over lists, and what each result depends on.

A *setting* is a set of values that differ from the study's own, under a name that a
person can read, such as ``region_concentration=0.05,mixing_ratio=0.3``; ``default`` is
the study as it stands. A *run* is a strategy at a setting. A result keeps of a setting
only what it depends on, so sweeps and strategies share what is the same for them.
"""

import copy
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import PurePosixPath
from typing import Annotated, Any

import pandas as pd
from pydantic import Field, model_validator

from fedorbit.base.errors import SettingsError
from fedorbit.base.settings import Settings
from fedorbit.plans.strategy import Needs, find_strategy

DEFAULT = "default"
STAGES = {
    "constellation": (
        "scenario.constellation",
        "scenario.start",
        "scenario.hours",
    ),
    "contacts": ("scenario",),
    "partition": (
        "partition",
        "dataset",
        "clients.per_region",
        "scenario.regions.file",
    ),
    "plan": (
        "scenario",
        "links",
        "clients",
        "card",
        "training.local_steps",
        "training.batch_size",
        "evaluation.interval_rounds",
        "strategies",
    ),
    "run": ("",),
}
"""The keys of a study that each result depends on, with all keys below them."""
UNSWEPT = ("kind", "description", "perturbation", "provenance", "sweeps")
NAME = re.compile(r"[A-Za-z0-9_.=,+-]+")

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


@dataclass(frozen=True)
class Expansion:
    """All settings and runs of a study."""

    base: Mapping[str, Any]
    """The study's own values."""
    settings: dict[str, Changes]
    """Differences from the study's own values, by name of setting, ``default`` too."""
    runs: list[tuple[str, str]]
    """Each strategy and setting that is trained, once."""
    wholes: list[tuple[str, Changes]]
    """The sweep of each cell and what it changes, before strategies keep their part."""
    cells: pd.DataFrame
    """Which run is in which cell: columns ``sweep, cell, strategy, setting`` and one
    for each swept key, with the value that holds there."""

    def values(self, setting: str) -> dict[str, Any]:
        """Return the values of the study at a setting."""
        return changed(self.base, self.settings[setting])

    def at(self, setting: str, stage: str, strategy: str | None = None) -> str:
        """Return the setting that has all that a stage of a run depends on."""
        kept = _kept(self.base, self.settings[setting], stage, strategy)
        return next(name for name, own in self.settings.items() if own == kept)


def expand(base: Mapping[str, Any], sweeps: Mapping[str, Sweep]) -> Expansion:
    """Return all settings, runs and cells of a study with sweeps.

    Raises ``SettingsError`` for a key or a strategy that the study does not have, and
    for settings that would have the same name.
    """
    names = _Names([key for sweep in sweeps.values() for a in sweep.over for key in a])
    settings: dict[str, Changes] = {DEFAULT: {}}
    runs = dict.fromkeys((strategy, DEFAULT) for strategy in base["strategies"])
    rows, wholes = [], []
    for title, sweep in sweeps.items():
        _check(base, title, sweep)
        for number, cell in enumerate(sweep.cells()):
            full = {key: v for key, v in cell.items() if v != lookup(base, key)}
            wholes.append((title, full))
            for strategy in sweep.strategies:
                for stage in STAGES:
                    kept = _kept(base, full, stage, strategy)
                    _add(settings, names.of(kept), kept, title)
                run = strategy, names.of(_kept(base, full, "run", strategy))
                runs[run] = None
                rows.append({"sweep": title, "cell": number} | _named(run) | cell)
    keys = list(names.short)
    for row in rows:
        row |= {key: row.get(key, lookup(base, key)) for key in keys}
        row |= {k: _text(row[k]) for k in keys if isinstance(row[k], Mapping)}
    cells = pd.DataFrame(rows, columns=["sweep", "cell", "strategy", "setting", *keys])
    return Expansion(base, settings, list(runs), wholes, cells)


def changed(base: Mapping[str, Any], changes: Changes) -> dict[str, Any]:
    """Return a copy of nested values with those at some dotted keys replaced."""
    values = copy.deepcopy(dict(base))
    for key, value in changes.items():
        *path, last = key.split(".")
        inner = values
        for part in path:
            inner = inner[part]
        inner[last] = copy.deepcopy(value)
    return values


def lookup(base: Mapping[str, Any], key: str) -> Any:
    """Return the value at a dotted key, ``None`` for an optional one not given.

    Raises ``KeyError`` if what it would stand in is not there.
    """
    *path, last = key.split(".")
    inner: Any = base
    for part in path:
        inner = inner[part]
    return inner.get(last)


class _Names:
    """Readable names of settings."""

    def __init__(self, keys: list[str]) -> None:
        keys = sorted(set(keys))
        parts = {key: key.removesuffix(".file").rpartition(".")[2] for key in keys}
        shared = Counter(parts.values())
        self.short = {k: part if shared[part] == 1 else k for k, part in parts.items()}

    def of(self, changes: Changes) -> str:
        """Return the name of a setting."""
        told = (f"{self.short[key]}={_text(changes[key])}" for key in sorted(changes))
        return ",".join(told) or DEFAULT


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return "-".join(_text(part) for part in value.values())
    if isinstance(value, str) and "/" in value:
        return PurePosixPath(value).stem
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else str(value)


def _kept(
    base: Mapping[str, Any], changes: Changes, stage: str, strategy: str | None
) -> Changes:
    """Return those changes that matter for a stage of a strategy's run."""
    needs = Needs() if strategy is None else _needs(base, changes, strategy)
    if stage == "plan" and needs.scmr:
        stage = "run"

    def matters(key: str) -> bool:
        if key.startswith("strategies."):
            own = key.startswith(f"strategies.{strategy}.")
            return own and stage in ("plan", "run")
        if key.startswith("scenario.stations.") and stage in ("plan", "run"):
            return needs.stations
        return any(_is_below(key, prefix) for prefix in STAGES[stage])

    return {key: changes[key] for key in sorted(changes) if matters(key)}


def _needs(base: Mapping[str, Any], changes: Changes, strategy: str) -> Needs:
    """Return what a strategy needs with some changes to a study's values."""
    found = find_strategy(strategy)
    own = f"strategies.{strategy}."
    given = {k.removeprefix(own): v for k, v in changes.items() if k.startswith(own)}
    values = changed(base["strategies"][strategy], given)
    return found.needs(found.settings.model_validate(values))


def _is_below(key: str, prefix: str) -> bool:
    return not prefix or key == prefix or key.startswith(f"{prefix}.")


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
        if isinstance(value, Mapping) and key != "scenario.constellation":
            raise SettingsError(
                f"sweeps.{title} varies {key!r} as a whole; name the keys below it."
            )
        owner = key.split(".")[1] if key.startswith("strategies.") else None
        if owner is not None and owner not in sweep.strategies:
            raise SettingsError(
                f"sweeps.{title} varies {key!r}, but {owner} is not among its "
                "strategies; add it to them or remove the key."
            )
