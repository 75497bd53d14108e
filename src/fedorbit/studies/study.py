"""A study: everything that one experiment depends on, read from its config files."""

import copy
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    PositiveFloat,
    PositiveInt,
    ValidationInfo,
    field_validator,
    model_validator,
)

from fedorbit.base.errors import InputError, SettingsError
from fedorbit.base.settings import Name, Settings, kind_of, parse, read_listed
from fedorbit.data.partition import Partition
from fedorbit.learn.model import AnyModel
from fedorbit.learn.settings import Engine, Evaluation, Training
from fedorbit.orbits.links import Links
from fedorbit.orbits.settings import OrbitScenario, OrbitStudy, Sites
from fedorbit.plans.moves.refly import Perturbation
from fedorbit.plans.scene import Clients
from fedorbit.plans.strategy import find_strategy, strategy_names
from fedorbit.studies.parameters import check_provenance
from fedorbit.studies.sweeps import Expansion, Sweep, changed, expand

Seed = Annotated[int, Field(ge=0, lt=2**32, strict=False)]
TAGS = ("source", "scheme", "name")  # keys that say what kind of settings these are


def _all_different(values: list) -> list:
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f"{value!r} stands twice in {values}; name it once")
    return values


class Config(Settings):
    """What to reproduce: the file ``config/config.yaml``."""

    studies: Annotated[list[Name], AfterValidator(_all_different)] = Field(min_length=1)
    """Names of files in ``config/studies``."""
    scale: Name
    """Name of a file in ``config/scales``; its values override those of each study."""
    seeds: Annotated[list[Seed], AfterValidator(_all_different)] = Field(min_length=3)
    """One repetition for each; intervals over seeds need at least three."""
    engine: Engine
    """How the engine runs."""


class Scenario(OrbitScenario):
    """When and where: the satellites, the regions, the ground stations."""

    stations: Sites
    """Ground stations of the strategies that need them."""


class Study(Settings):
    """One experiment; the file ``config/studies/<name>.yaml`` under a scale."""

    kind: Literal["learning"]
    """Strategies that learn, against each other."""
    description: str
    """One sentence on what is studied."""
    scenario: Scenario
    """When and where."""
    links: Links
    """Link budgets."""
    clients: Clients
    """The devices that train."""
    card: Name
    """Model card, a file in ``config/cards``, whose bits and FLOPs set the times."""
    dataset: Name
    """What is learned, a file in ``config/datasets``."""
    partition: Partition
    """Who holds which samples."""
    model: AnyModel
    """The model that learns."""
    training: Training
    """Local training."""
    evaluation: Evaluation
    """When and on what models are evaluated."""
    strategies: dict[str, dict[str, Any]] = Field(min_length=1)
    """Settings of each strategy that takes part."""
    perturbation: Perturbation | None = None
    """Plans of ``fedmeld`` made with old elements; none if not given."""
    sweeps: dict[Name, Sweep | None] = {}
    """Values that vary, by name of the sweep; a scale may leave one out with null."""
    provenance: dict[str, str]
    """Where the numbers come from: dotted key, then status and source."""

    @model_validator(mode="after")
    def _has_classes(self) -> Self:
        if self.model.name == "quadratic":
            raise ValueError(
                "model.name is 'quadratic', which has no accuracy to compare "
                "strategies by; choose a model that classifies"
            )
        return self

    @field_validator("perturbation")
    @classmethod
    def _has_plans_to_fly(
        cls, perturbation: Perturbation | None, others: ValidationInfo
    ) -> Perturbation | None:
        strategies = others.data.get("strategies", {"fedmeld"})
        if perturbation is not None and "fedmeld" not in strategies:
            raise ValueError(
                "it flies plans of fedmeld, which takes no part; add "
                "strategies.fedmeld or leave perturbation out"
            )
        return perturbation


KINDS: dict[str, type[Study] | type[OrbitStudy]] = {
    "learning": Study,
    "orbits": OrbitStudy,
}
"""Settings of each kind of study."""


class Card(Settings):
    """What a full-size model costs to send and to train."""

    name: str
    """The name that figures show."""
    model: AnyModel
    """The model that was counted."""
    shape: list[PositiveInt]
    """Shape of a sample: channels, height, width."""
    classes: PositiveInt
    """Number of classes."""
    parameters: PositiveInt
    """Number of trainable parameters."""
    bits_per_parameter: PositiveInt
    """Bits that each takes on a link."""
    training_flop_per_sample: PositiveFloat
    """Operations of a forward and a backward pass of one sample."""

    @property
    def bits(self) -> float:
        """Return the size of the model on a link."""
        return float(self.parameters * self.bits_per_parameter)


def load_config(values: Mapping[str, Any], source: str | Path) -> Config:
    """Return the top-level settings; raises ``InputError`` if one is wrong."""
    return parse(Config, values, source)


def load_card(folder: str | Path, name: str) -> Card:
    """Return a model card; raises ``InputError`` if there is none of this name."""
    path = Path(folder) / f"{name}.yaml"
    return parse(Card, read_listed(path), path)


def load_study(folder: str | Path, name: str, scale: str) -> dict[str, Any]:
    """Return the values of a study under a scale, checked, as a plain dictionary.

    ``folder`` holds ``studies`` and ``scales``. A scale says what learns, so it
    changes nothing of a study of orbits. Raises ``InputError`` with the file,
    the key, the value and the remedy for anything that is wrong in either file.
    """
    study_path = Path(folder) / "studies" / f"{name}.yaml"
    scale_path = Path(folder) / "scales" / f"{scale}.yaml"
    study = read_listed(study_path)
    kind = kind_of(KINDS, "kind", study, study_path)
    overrides = read_listed(scale_path) if kind is Study else {}
    values = _merge(study, overrides)

    def blame(keys: tuple) -> Path:
        return file_of(folder, name, scale, keys)

    parsed = parse(kind, values, blame)
    if isinstance(parsed, Study):
        _check_strategies(parsed, blame)
        _check_settings(expansion_of(values, study_path), blame)
    check_provenance(values, study, blame)
    return values


def scene_values(values: Mapping[str, Any], card: Card) -> dict[str, Any]:
    """Return what a scene takes from the values of a study, for ``SceneSettings``."""
    training = values["training"]
    return {
        "hours": values["scenario"]["hours"],
        "links": values["links"],
        "clients": values["clients"],
        "model_bits": card.bits,
        "flop_per_sample": card.training_flop_per_sample,
        "local_steps": training["local_steps"],
        "batch_size": training["batch_size"],
        "evaluation_interval": values["evaluation"]["interval_rounds"],
    }


def expansion_of(values: Mapping[str, Any], source: str | Path) -> Expansion:
    """Return the settings, runs and cells of a study's sweeps.

    Raises ``InputError`` with the file if a sweep does not suit the study.
    """
    given = values.get("sweeps", {})
    sweeps = {name: Sweep(**keys) for name, keys in given.items() if keys is not None}
    try:
        return expand(values, sweeps)
    except SettingsError as error:
        raise InputError(f"{source}: {error}") from None


def file_of(
    folder: str | Path, name: str, scale: str, keys: Sequence[str | int]
) -> Path:
    """Return the file that a value of a study comes from: its own or its scale's."""
    study_path = Path(folder) / "studies" / f"{name}.yaml"
    scale_path = Path(folder) / "scales" / f"{scale}.yaml"
    if read_listed(study_path).get("kind") != "learning":
        return study_path
    value: Any = read_listed(scale_path)
    for key in keys:
        if not isinstance(value, Mapping) or key not in value:
            return study_path
        value = value[key]
    return scale_path


def _check_settings(expansion: Expansion, blame: Callable[[tuple], Path]) -> None:
    """Raise ``InputError`` unless the study is valid in every cell of its sweeps."""
    for title, changes in expansion.wholes:
        told = ", ".join(f"{key}: {value}" for key, value in changes.items())
        cell = f"{blame(('sweeps', title))}: sweeps.{title}: where {told}"

        def blame_sweeps(_: tuple, cell: str = cell) -> str:
            return cell

        parsed = parse(Study, changed(expansion.base, changes), blame_sweeps)
        _check_strategies(parsed, blame_sweeps)


def _check_strategies(parsed: Study, blame: Callable[[tuple], Path | str]) -> None:
    """Raise ``InputError`` unless every strategy is known and its settings are."""
    for strategy, settings in parsed.strategies.items():
        if strategy not in strategy_names():
            raise InputError(
                f"{blame(('strategies', strategy))}: strategies.{strategy} is not a "
                f"strategy; known are {', '.join(strategy_names())}."
            )

        def blame_strategy(keys: tuple, strategy: str = strategy) -> str:
            path = ("strategies", strategy)
            return f"{blame((*path, *keys))}: {'.'.join(path)}"

        parse(find_strategy(strategy).settings, settings, blame_strategy)


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``base`` with the values of ``over`` in place of its own, deeply.

    Settings of another ``source``, ``scheme`` or ``name`` have other keys, so they are
    replaced as a whole.
    """
    merged = copy.deepcopy(dict(base))
    for key, value in over.items():
        before = merged.get(key)
        both = isinstance(value, Mapping) and isinstance(before, Mapping)
        if both and all(value.get(t) in (None, before.get(t)) for t in TAGS):
            merged[key] = _merge(before, value)
        else:
            merged[key] = copy.deepcopy(value)
    return merged
