"""Checked settings, wildcards and helpers that all rules use."""

import ast
import json
import os
import re
from functools import lru_cache
from pathlib import Path

from fedorbit.studies import study
from fedorbit.data.settings import load_dataset_settings
from fedorbit.base.errors import InputError, SettingsError
from fedorbit.report.figures.looks import load_plotting
from fedorbit.orbits.sources import element_path
from fedorbit.studies.sweeps import DEFAULT

FOLDER = Path(workflow.basedir)
SCRIPTS = Path(os.path.relpath(FOLDER)) / "workflow" / "scripts"
LIBRARY = Path(os.path.relpath(FOLDER)) / "src"
SNAPSHOTS = "data/tle"


def check_files(name, scale, scenario):
    """Raise ``InputError`` if a file that the scenario of a study names is missing."""

    def file_of(*keys):
        return study.file_of("config", name, scale, ("scenario", *keys))

    try:
        if scenario["constellation"]["source"] == "file":
            element_path(scenario["constellation"]["path"])
    except SettingsError as error:
        raise InputError(f"{file_of('constellation', 'path')}: {error}") from None
    for kind in ("regions", "stations"):
        if kind in scenario and not Path(scenario[kind]["file"]).is_file():
            raise InputError(
                f"{file_of(kind, 'file')}: scenario.{kind}.file is "
                f"{scenario[kind]['file']!r}, but there is no such file; correct it."
            )


def load_everything():
    """Return the top-level settings, and the values of each study and all looks."""
    try:
        top = study.load_config(config, "config/config.yaml")
        studies = {
            name: study.load_study("config", name, top.scale) for name in top.studies
        }
        learning = {n: v for n, v in studies.items() if v["kind"] == "learning"}
        taking_part = {s for values in learning.values() for s in values["strategies"]}
        plotting = load_plotting("config/plotting.yaml", sorted(taking_part))
        sweeps = {
            name: study.expansion_of(values, f"config/studies/{name}.yaml")
            for name, values in learning.items()
        }
        for name, values in studies.items():
            check_files(name, top.scale, values["scenario"])
        cards = {}
        for name, expansion in sweeps.items():
            for each in map(expansion.values, expansion.settings):
                check_files(name, top.scale, each["scenario"])
                load_dataset_settings("config/datasets", each["dataset"])
                cards[each["card"]] = study.load_card("config/cards", each["card"])
    except InputError as error:
        raise SystemExit(f"Error: {error}") from None
    return top, studies, sweeps, plotting, cards


CONFIG, STUDIES, SWEEPS, PLOTTING, CARDS = load_everything()
SETTINGS = sorted({DEFAULT, *(name for s in SWEEPS.values() for name in s.settings)})
STRATEGIES = sorted({s for v in STUDIES.values() for s in v.get("strategies", {})})


wildcard_constraints:
    study="|".join(STUDIES),
    strategy="|".join(STRATEGIES),
    setting="|".join(map(re.escape, SETTINGS)),
    dataset="[A-Za-z0-9_-]+",


@lru_cache(maxsize=None)
def imported(path):
    """Return the files of scripts and library that a Python file imports by name."""
    names = set()
    for node in ast.walk(ast.parse(Path(path).read_text())):
        if isinstance(node, ast.ImportFrom):
            names |= {node.module, *(f"{node.module}.{n.name}" for n in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    places = [
        root.joinpath(*n.split(".")) for root in (SCRIPTS, LIBRARY) for n in names
    ]
    files = {f for p in places for f in (p.with_suffix(".py"), p / "__init__.py")}
    return set(filter(Path.is_file, files))


def program(name):
    """Return a script and all files of the project that it runs.

    As inputs, their contents count; Snakemake by itself goes by the script's time.
    """
    files = [SCRIPTS / f"{name}.py"]
    for file in files:
        files += sorted(imported(file).difference(files))
    return [str(file) for file in files]


@lru_cache(maxsize=None)
def values_at(name, setting):
    """Return the values of a study at a setting."""
    return SWEEPS[name].values(setting) if name in SWEEPS else STUDIES[name]


def values_of(wildcards):
    """Return the values of the study at the setting of a result, if it has one."""
    return values_at(wildcards.study, wildcards.get("setting", DEFAULT))


def setting(*path):
    """Return a function from wildcards to the value at a path of keys of the study."""

    def value(wildcards):
        found = values_of(wildcards)
        for key in path:
            found = found[key.format(**wildcards)]
        return found

    return value


def at(stage, pattern):
    """Return a function from wildcards to the path of what a result is made from.

    Its setting is that part of the result's own which matters for the stage.
    """

    def path(wildcards):
        whole = wildcards.get("setting", DEFAULT)
        strategy = wildcards.get("strategy")
        name = wildcards.study
        own = SWEEPS[name].at(whole, stage, strategy) if name in SWEEPS else DEFAULT
        return pattern.format(**{**wildcards, "setting": own})

    return path


def card(wildcards):
    """Return the model card that the study names."""
    return CARDS[values_of(wildcards)["card"]].model_dump()


def scene(wildcards):
    """Return what a plan depends on besides its strategy and files."""
    values = values_of(wildcards)
    return study.scene_values(values, CARDS[values["card"]])
