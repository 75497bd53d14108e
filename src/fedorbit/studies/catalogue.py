"""All studies that are asked for, with the cards, datasets and looks that they name."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fedorbit.base.errors import InputError, SettingsError
from fedorbit.base.yaml_files import plain_value, read_listed, read_yaml
from fedorbit.data.settings import load_dataset_settings
from fedorbit.learn.pretrain.settings import checkpoint_file
from fedorbit.orbits.sources import element_path
from fedorbit.report.figures.looks import load_plotting
from fedorbit.studies.cards import Card, load_card
from fedorbit.studies.config import Config, load_config
from fedorbit.studies.merging import merge
from fedorbit.studies.study import Study, load_study

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

    What stands in lists on Snakemake's command line comes as text, ``seeds=[0]`` as
    ``["0"]``; it is read as a file would be. Raises ``InputError`` if its
    ``config.yaml`` is missing or no YAML.
    """
    values = read_yaml(Path(folder) / CONFIG, "restore it from the repository")
    return merge(values, {key: _read(value) for key, value in given.items()})


def _read(value: Any) -> Any:
    """Return a list with its texts read as YAML; anything else as it is."""
    if not isinstance(value, list):
        return value
    return [plain_value(each) if isinstance(each, str) else each for each in value]


def load_catalogue(folder: str | Path, values: Mapping[str, Any]) -> Catalogue:
    """Return all that top-level ``values`` ask for, from the files of a folder.

    Raises ``InputError`` for anything that is wrong in them or missing.
    """
    folder = Path(folder)
    config = load_config(values, folder / CONFIG)
    read_listed(folder / "scales" / f"{config.scale}.yaml")
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
    for study in studies.values():
        _check_rows(study, studies, folder)
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


def by_file(studies: Mapping[str, Study]) -> dict[str, Study]:
    """Return studies by the names of their files, which do not tell the scale."""
    return {study.layers.own.path.stem: study for study in studies.values()}


def _check_rows(study: Study, studies: Mapping[str, Study], folder: Path) -> None:
    """Raise ``InputError`` unless the studies that a study joins are asked for."""
    for number, row in enumerate(study.values.get("rows", [])):
        other = by_file(studies).get(row["study"])
        where = study.file_of(("rows",))
        if other is None:
            raise InputError(
                f"{where}: rows[{number}].study is {row['study']!r}, which "
                f"{folder / CONFIG} does not ask for; add it to studies there."
            )
        if "rounds.parquet" not in other.results():
            raise InputError(
                f"{where}: rows[{number}].study is {row['study']!r}, in which nothing "
                "learns; name another."
            )
        bound, taking_part = row.get("bound"), other.values["strategies"]
        if bound is not None and bound not in taking_part:
            raise InputError(
                f"{where}: rows[{number}].bound is {bound!r}, which takes no part in "
                f"{row['study']}; choose one of {', '.join(taking_part)}."
            )


def _check_files(study: Study, values: Mapping[str, Any]) -> None:
    """Raise ``InputError`` if a file that the scenario of a study names is missing."""
    if "scenario" not in values:
        return
    scenario = values["scenario"]
    try:
        if scenario.get("constellation", {}).get("source") == "file":
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
