"""A study: everything that one experiment depends on, read from its config files."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from fedorbit.base.errors import InputError, SettingsError
from fedorbit.base.settings import Name, Seeds, Settings, all_different, parse
from fedorbit.learn.settings import Engine
from fedorbit.plans.costs import ALL
from fedorbit.report.figures.check import check_figures
from fedorbit.report.figures.declared import read_figures
from fedorbit.studies.cards import Card
from fedorbit.studies.keys import changed, part
from fedorbit.studies.kind import Kind, find_kind
from fedorbit.studies.layers import Layers
from fedorbit.studies.parameters import sourced
from fedorbit.studies.stages import STAGES, road_to
from fedorbit.studies.sweeps import (
    DEFAULT,
    Expansion,
    cells_of,
    expand,
    needs_of,
    sweeps_of,
)

FIRST_SCALE = "quick"
"""The scale whose results lie in a folder of the study's own name."""


class Config(Settings):
    """What to reproduce: the file ``config/config.yaml``."""

    studies: Annotated[list[Name], AfterValidator(all_different)] = Field(
        min_length=1, max_length=100
    )
    """Names of files in ``config/studies``."""
    scale: Name
    """Name of a file in ``config/scales``; its values fill what studies leave open."""
    seeds: Seeds | None = None
    """The repetitions of all studies; if not given, each study has its own."""
    engine: Engine
    """How the engine runs."""


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
        found = _figure_names(self.results())
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


def load_config(values: Mapping[str, Any], source: str | Path) -> Config:
    """Return the top-level settings; raises ``InputError`` if one is wrong."""
    return parse(Config, values, source)


def load_study(folder: str | Path, name: str, scale: str) -> Study:
    """Return a study under a scale, checked.

    ``folder`` holds ``studies`` and ``scales``.
    Raises ``InputError`` with the file, the key, the value and the remedy for anything
    that is wrong in any of these files.
    """
    layers = Layers(Path(folder), name, scale)
    kind = find_kind(layers.kind)
    values = layers.merged()
    _check(kind, values | {"provenance": {}}, layers.blame)
    values["provenance"] = sourced(values, layers)
    expansion = None
    if "strategies" in values:
        expansion = _expansion(kind, values, layers)
        values["figures"] = _figures(kind, values, layers)
    _check_answer(kind, values, layers)
    with_scale = kind.is_scaled and scale != FIRST_SCALE
    return Study(
        name=f"{name}-{scale}" if with_scale else name,
        scale=scale if kind.is_scaled else None,
        kind=kind,
        values=values,
        expansion=expansion,
        layers=layers,
    )


def scene_values(values: Mapping[str, Any], card: Card) -> dict[str, Any]:
    """Return what a scene takes from the values of a study, for ``SceneSettings``."""
    own = part(values, STAGES["plan"].keys)
    parts = {
        name: {
            "bits": float(of_model.parameters * card.bits_per_parameter),
            "flop_per_sample": of_model.training_flop_per_sample,
            "forward_flop_per_sample": of_model.forward_flop_per_sample,
            "passing_flop_per_sample": of_model.passing_flop_per_sample,
            "output_numbers": math.prod(of_model.output) if of_model.output else None,
        }
        for name, of_model in card.parts.items()
    }
    optional = {"speeds": own["speeds"]} if "speeds" in own else {}
    antennas = own["scenario"].get("antennas_per_station")
    optional |= {} if antennas is None else {"antennas_per_station": antennas}
    return {
        "parts": parts,
        "sample_numbers": math.prod(card.shape),
        **optional,
        "hours": own["scenario"]["hours"],
        "links": own["links"],
        "clients": own["clients"],
        "model_bits": card.bits,
        "learns": _learns(values),
        "flop_per_sample": card.training_flop_per_sample,
        "local_steps": own["training"]["local_steps"],
        "batch_size": own["training"]["batch_size"],
        "evaluation_interval": own["evaluation"]["interval_rounds"],
    }


def _learns(values: Mapping[str, Any]) -> list[str]:
    """Return the parts that learn: of a mixture its experts, else the whole model."""
    experts = values.get("model", {}).get("experts")
    return [f"expert/{number}" for number in range(experts)] if experts else list(ALL)


Blame = Callable[[Sequence[str | int]], Path | str]


def _expansion(kind: Kind, values: dict[str, Any], layers: Layers) -> Expansion:
    """Return the sweeps; ``InputError`` unless the study is valid in each cell."""
    sweeps = sweeps_of(values)
    try:
        for cell in cells_of(values, sweeps):
            place = f"{layers.blame(('sweeps', cell.sweep))}: {cell}"
            cell_values = changed(values, cell.changes)
            _check(kind, cell_values, lambda _, place=place: place)
        return expand(values, sweeps, kind.stages)
    except SettingsError as error:
        raise InputError(f"{layers.own.path}: {error}") from None


def _figures(
    kind: Kind, values: dict[str, Any], layers: Layers
) -> dict[str, dict[str, Any]]:
    """Return the declared figures, whole; ``InputError`` if one cannot be drawn."""
    figures = read_figures(values.get("figures", {}), layers.blame)
    without = kind.results(values | {"figures": {}})
    taken = set(_figure_names(without))
    is_trained = "rounds.parquet" in without
    sweeps = sweeps_of(values)
    try:
        check_figures(figures, sweeps, values["strategies"], taken, is_trained)
    except SettingsError as error:
        raise InputError(f"{layers.blame(('figures',))}: {error}") from None
    return {name: figure.model_dump() for name, figure in figures.items()}


def _figure_names(results: Sequence[str]) -> list[str]:
    """Return the names of the figures among some results."""
    return [Path(path).stem for path in results if path.startswith("figures/")]


def _check_answer(kind: Kind, values: dict[str, Any], layers: Layers) -> None:
    """Raise ``InputError`` unless the figure with the answer is drawn."""
    answer, drawn = values.get("answer"), _figure_names(kind.results(values))
    if answer is not None and answer not in drawn:
        raise InputError(
            f"{layers.blame(('answer',))}: answer is {answer!r}, which is none of the "
            f"study's figures; choose one of {', '.join(drawn)}."
        )


def _check(kind: Kind, values: dict[str, Any], blame: Blame) -> None:
    """Raise ``InputError`` unless values are right, and those of strategies, too."""
    parsed = parse(kind.settings, values, blame)
    for strategy in getattr(parsed, "strategies", {}):
        needs = needs_of(values, strategy)
        if (needs.scmr or needs.law) and "partition" not in kind.stages:
            raise InputError(
                f"{blame(('kind',))}: strategies.{strategy} plans with pilots that "
                f"learn, and the kind of the study learns nothing; name other "
                f"strategies under 'strategies'."
            )
        if needs.experts and "experts" not in kind.stages:
            raise InputError(
                f"{blame(('kind',))}: strategies.{strategy} plans with experts that "
                f"clusters have, and the kind of the study has none; make it 'experts' "
                f"or name other strategies under 'strategies'."
            )
        if needs.stations and not values["scenario"].get("stations"):
            raise InputError(
                f"{blame(('scenario',))}: the key 'scenario.stations' is missing, but "
                f"{strategy} needs ground stations; add it or leave {strategy} out."
            )
