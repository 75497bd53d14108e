"""A study: everything that one experiment depends on, read from its config files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

from fedorbit.base.errors import InputError
from fedorbit.studies.checks import (
    check_answer,
    check_values,
    checked_expansion,
    checked_figures,
    figure_names,
)
from fedorbit.studies.keys import part
from fedorbit.studies.kind import Kind, find_kind
from fedorbit.studies.layers import Layers
from fedorbit.studies.parameters import sourced
from fedorbit.studies.stages import STAGES, road_to
from fedorbit.studies.sweeps import DEFAULT, Expansion, needs_of, sweeps_of

FIRST_SCALE = "quick"
"""The scale whose results lie in a folder of the study's own name."""


@dataclass(frozen=True)
class Study:
    """One study at one scale, checked."""

    name: str
    """What its results are called: ``fedmeld``, or ``fedmeld-mnist`` at that scale."""
    scale: str | None
    """The scale, if it says something about the study."""
    kind: Kind
    values: dict[str, Any]
    """All values as plain ones; ``provenance`` has a text for each."""
    expansion: Expansion | None
    """The settings and runs of a study with strategies."""
    layers: Layers
    """The config files that it is made of."""

    @cached_property
    def _at(self) -> Callable[[str], dict[str, Any]]:
        return lru_cache(maxsize=None)(self.expansion.values)

    def at(self, setting: str) -> dict[str, Any]:
        """Return the values at a setting; ``InputError`` if there is no such one."""
        if setting not in self.settings:
            raise InputError(
                f"The study {self.name!r} has no setting {setting!r}; choose one "
                "of its tables/cells.csv."
            )
        return self.values if self.expansion is None else self._at(setting)

    def own(self, stage: str, setting: str) -> dict[str, Any]:
        """Return the values at a setting that a stage declares, and no others."""
        return part(self.at(setting), STAGES[stage].keys)

    def file_of(self, keys: Sequence[str]) -> Path:
        """Return the config file that a value comes from."""
        return self.layers.blame(keys)

    def files(self) -> list[str]:
        """Return the config files that it is made of."""
        return [str(path) for path in self.layers.paths]

    @property
    def runs(self) -> list[tuple[str, str]]:
        """Return strategy and setting of each run, none for a study without any."""
        return [] if self.expansion is None else self.expansion.runs

    def seeds_of(self, strategy: str, setting: str, seeds: Sequence[int]) -> list[int]:
        """Return those of the study's seeds with which a run is made.

        They are as many as the greediest of the sweeps wants that the run is in.
        """
        cells = self.expansion.cells
        if setting == DEFAULT or cells.empty:
            return list(seeds)
        own = cells[(cells["strategy"] == strategy) & (cells["setting"] == setting)]
        sweeps = sweeps_of(self.values)
        wanted = [sweeps[sweep].seeds for sweep in own["sweep"].unique()]
        return list(seeds if None in wanted else seeds[: max(wanted)])

    @property
    def settings(self) -> list[str]:
        """Return the names of all settings."""
        return [DEFAULT] if self.expansion is None else list(self.expansion.settings)

    def of_runs(self, stage: str, which: int = 0) -> list[str]:
        """Return a stage's result for each run, below the study's folder.

        ``which`` is its place in the list of the stage's results.
        """
        pattern = STAGES[stage].results[which]
        return [
            pattern.format(
                setting=self.expansion.at(setting, stage, strategy), strategy=strategy
            )
            for strategy, setting in self.runs
        ]

    def results(self) -> list[str]:
        """Return the tables and figures, below the study's folder."""
        return self.kind.results(self.values)

    def figures(self) -> list[str]:
        """Return the names of all figures, that with the answer first."""
        found = figure_names(self.results())
        return sorted(found, key=lambda name: name != self.values.get("answer"))

    def tables(self) -> list[str]:
        """Return the tables that people read, below the study's folder."""
        of_text = [path for path in self.results() if path.endswith(".csv")]
        return [p for p in of_text if p.startswith("tables/") or p == "claims.csv"]

    def printed(self, of: Literal["figures", "tables"]) -> list[str]:
        """Return figures or tables in the forms that papers and slides take."""
        if of == "tables":
            return [f"printed/{Path(table).stem}.tex" for table in self.tables()]
        forms = ("pdf", "png")
        return [f"printed/{name}.{form}" for name in self.figures() for form in forms]

    def lasting(self) -> list[str]:
        """Return all results that are kept, below the study's folder."""
        found = {*self.results(), "provenance.json", "index.html"}
        found |= {*self.printed("figures"), *self.printed("tables")}
        if "tables/summary.csv" in found:
            found.add("tables/summary.json")
        if self.expansion is None:
            patterns = [p for stage in self.kind.stages for p in STAGES[stage].results]
            found |= {pattern.format(setting=DEFAULT) for pattern in patterns}
        for strategy, setting in self.runs:
            found |= self._of_run(strategy, setting)
        if any(_is_downloaded(self.at(setting)) for setting in self.settings):
            found.add("tables/snapshot.json")
        return sorted(found)

    def _of_run(self, strategy: str, setting: str) -> set[str]:
        """Return all that is made on the road to a run, and to its latency."""
        clients = self.values["clients"]
        needs = needs_of(self.at(setting), strategy)
        stages = {*road_to(self.kind.stages[-1], clients.get("home"), needs)}
        if self.values.get("latency"):
            stages |= road_to("latency", clients.get("home"), needs)
        if self.at(setting)["clients"].get("battery"):
            stages.add("sunlight")
        return {
            pattern.format(
                setting=self.expansion.at(setting, stage, strategy), strategy=strategy
            )
            for stage in stages
            for pattern in STAGES[stage].results
        }


def _is_downloaded(values: Mapping[str, Any]) -> bool:
    """Return whether satellites come from a download, of which a record is kept."""
    constellation = values.get("scenario", {}).get("constellation", {})
    return constellation.get("source") == "celestrak"


def load_study(folder: str | Path, name: str, scale: str) -> Study:
    """Return a study under a scale, checked.

    ``folder`` holds ``studies`` and ``scales``.
    Raises ``InputError`` with the file, the key, the value and the remedy for anything
    that is wrong in any of these files.
    """
    layers = Layers(Path(folder), name, scale)
    kind = find_kind(layers.kind)
    values = layers.merged()
    check_values(kind, values | {"provenance": {}}, layers.blame)
    values["provenance"] = sourced(values, layers)
    expansion = None
    if "strategies" in values:
        expansion = checked_expansion(kind, values, layers)
        values["figures"] = checked_figures(kind, values, layers)
    check_answer(kind, values, layers)
    with_scale = kind.is_scaled and scale != FIRST_SCALE
    return Study(
        name=f"{name}-{scale}" if with_scale else name,
        scale=scale if kind.is_scaled else None,
        kind=kind,
        values=values,
        expansion=expansion,
        layers=layers,
    )
