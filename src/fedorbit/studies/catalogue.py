"""All studies that are asked for, with the cards, datasets and looks that they name."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fedorbit.base.errors import InputError, SettingsError
from fedorbit.base.yaml_files import read_listed, read_yaml
from fedorbit.data.settings import load_dataset_settings
from fedorbit.learn.pretrain.settings import checkpoint_file
from fedorbit.orbits.sources import element_path
from fedorbit.report.figures.looks import load_plotting
from fedorbit.studies.cards import Card, load_card
from fedorbit.studies.merging import merge
from fedorbit.studies.study import Config, Study, load_config, load_study

CONFIG = "config.yaml"


@dataclass(frozen=True)
class Catalogue:
    """What ``config/config.yaml`` asks for, checked."""

    config: Config
    studies: dict[str, Study]
    """By the name of the results."""
    plotting: dict[str, Any]
    """The file ``plotting.yaml``."""
    cards: dict[str, Card]
    """By the names of their files."""


def read_config(folder: str | Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the top-level values of a folder, with those ``given`` in their place.

    Raises ``InputError`` if its ``config.yaml`` is missing or no YAML.
    """
    values = read_yaml(Path(folder) / CONFIG, "restore it from the repository")
    return merge(values, given)


def load_catalogue(folder: str | Path, values: Mapping[str, Any]) -> Catalogue:
    """Return all that top-level ``values`` ask for, from the files of a folder.

    Raises ``InputError`` for anything that is wrong in them or missing.
    """
    folder = Path(folder)
    config = load_config(values, folder / CONFIG)
    studies: dict[str, Study] = {}
    cards: dict[str, Card] = {}
    strategies: set[str] = set()
    datasets: set[str] = set()
    for name in config.studies:
        study = load_study(folder, *name_and_scale(folder, name, config.scale))
        if study.name in studies:
            raise InputError(
                f"{folder / CONFIG}: studies name the results {study.name!r} twice; "
                "name each study once."
            )
        studies[study.name] = study
        strategies |= {*study.values.get("strategies", {})}
        if study.values.get("claims"):
            read_listed(folder / "claims" / f"{study.values['claims']}.yaml")
        for setting in study.settings:
            at_setting = study.at(setting)
            _check_files(study, at_setting)
            if "dataset" in at_setting:
                datasets.add(at_setting["dataset"])
            if "card" in at_setting and at_setting["card"] not in cards:
                card = at_setting["card"]
                cards[card] = load_card(folder / "cards", card)
    for dataset in sorted(datasets):
        load_dataset_settings(folder / "datasets", dataset)
    plotting = load_plotting(folder / "plotting.yaml", sorted(strategies))
    return Catalogue(config, studies, plotting, cards)


def name_and_scale(folder: Path, name: str, scale: str) -> tuple[str, str]:
    """Return the study and the scale that a name stands for.

    ``fedmeld-mnist`` is the study ``fedmeld`` at the scale ``mnist``, unless there is
    a study of that name.
    """
    stem, _, last = name.rpartition("-")
    path = folder / "studies" / f"{name}.yaml"
    is_study = path.is_file()
    is_scale = (folder / "scales" / f"{last}.yaml").is_file()
    if is_study and is_scale and path.with_stem(stem).is_file():
        raise InputError(
            f"{path}: the results of {stem} at the scale {last} are called {name}, "
            "too; rename the file."
        )
    return (stem, last) if stem and is_scale and not is_study else (name, scale)


def _check_files(study: Study, values: Mapping[str, Any]) -> None:
    """Raise ``InputError`` if a file that the scenario of a study names is missing."""
    scenario = values["scenario"]
    try:
        if scenario["constellation"]["source"] == "file":
            element_path(scenario["constellation"]["path"])
    except SettingsError as error:
        where = study.file_of(("scenario", "constellation", "path"))
        raise InputError(f"{where}: {error}") from None
    try:
        for path in values.get("ageing", {}).get("snapshots", []):
            element_path(path, "ageing.snapshots")
    except SettingsError as error:
        where = study.file_of(("ageing", "snapshots"))
        raise InputError(f"{where}: {error}") from None
    checkpoint = values.get("model", {}).get("checkpoint")
    if checkpoint is not None:
        try:
            checkpoint_file(checkpoint)
        except SettingsError as error:
            where = study.file_of(("model", "checkpoint"))
            raise InputError(f"{where}: {error}") from None
    named = {("candidate_stations",): values.get("candidate_stations")}
    for kind in ("regions", "stations"):
        named["scenario", kind, "file"] = (scenario.get(kind) or {}).get("file")
    for key, path in named.items():
        if path and not os.path.isfile(path):
            raise InputError(
                f"{study.file_of(key)}: {'.'.join(key)} is {path!r}, but there is no "
                "such file; correct it."
            )
