"""Checked settings, wildcards and helpers that all rules use."""

import json
import os
import sys
from functools import cache
from pathlib import Path

from fedorbit.base.cards import has_card
from fedorbit.base.errors import InputError
from fedorbit.base.imports import module_files, program_files
from fedorbit.base.numerics import variables
from fedorbit.base.surroundings import own as own_variables
from fedorbit.base.surroundings import without_foreign
from fedorbit.plans.scene import SceneSettings
from fedorbit.report.numbers.totals import work_values
from fedorbit.studies.catalogue import load_catalogue, read_config
from fedorbit.studies.stages import STAGES
from fedorbit.studies.scenes import scene_values
from fedorbit.studies.sweeps import DEFAULT, NAME, needs_of

FOLDER = Path(workflow.basedir)
SCRIPTS = Path(os.path.relpath(FOLDER)) / "workflow" / "scripts"
LIBRARY = Path(os.path.relpath(FOLDER)) / "src"
SNAPSHOTS = "data/tle"
CARDS_WANTED = "FEDORBIT_CARDS"

sys.path.append(str(FOLDER / "workflow" / "scripts"))
import _parent

try:
    # Snakemake would read the file by YAML 1.1, and take the last of equal keys.
    config.update(read_config("config", config))
    CATALOGUE = load_catalogue("config", config)
except InputError as error:
    raise SystemExit(f"Error: {error}") from None
CONFIG, STUDIES, PLOTTING = CATALOGUE.config, CATALOGUE.studies, CATALOGUE.plotting

# Jobs inherit them; libraries read them as they load. The folder is Snakemake's own.
for variable in os.environ.keys() - without_foreign(dict(os.environ)).keys():
    os.environ.pop(variable)
os.environ.update(own_variables(Path(".snakemake/libraries")))
os.environ.update(variables(CONFIG.engine.numerics))
os.environ.update(_parent.named())

# The snakemake that submits jobs says for all nodes whether `auto` is a GPU.
if workflow.is_main_process:
    device = CONFIG.engine.device
    wanted = device == "cuda" or (device == "auto" and has_card())
    os.environ.update({CARDS_WANTED: str(int(wanted))})
CARDS = int(os.environ[CARDS_WANTED])
if not CARDS:
    os.environ.update(CUDA_VISIBLE_DEVICES="")


envvars:
    CARDS_WANTED,


wildcard_constraints:
    study="|".join(STUDIES),
    strategy="|".join(sorted({name for s in STUDIES.values() for name, _ in s.runs})),
    setting=NAME.pattern,
    dataset="[A-Za-z0-9_-]+",
    job="[0-9]+",


@cache
def program(name, strategy=None, model=None):
    """Return a script and all files of the project that it runs.

    A strategy and a model that it finds by name are told. As inputs, contents of files
    count; Snakemake by itself goes by the script's time.
    """
    starts = [SCRIPTS / f"{name}.py"]
    for folder, found in (
        ("base/instructions", CONFIG.engine.numerics),
        ("plans/strategies", strategy),
        ("learn/models", model),
    ):
        if found:
            starts += module_files(LIBRARY / "fedorbit" / folder, found)
    return [str(file) for file in program_files(starts, (SCRIPTS, LIBRARY))]


def planner(name):
    """Return a function from wildcards to a script that runs their strategy."""
    return lambda wildcards: program(name, strategy=wildcards.strategy)


def trainer(name):
    """Return a function from wildcards to a script that runs the model of the study."""
    return lambda wildcards: program(name, model=model_of(wildcards))


def planner_and_trainer(name):
    """Return a function from wildcards to a script that runs both."""
    return lambda wildcards: program(name, wildcards.strategy, model_of(wildcards))


def featurer(name):
    """Return a function from wildcards to a script that runs the study's whole model."""
    return lambda wildcards: program(name, model=values_of(wildcards)["model"]["name"])


def model_of(wildcards):
    """Return the name of the model that learns: on features, a head that is softmax."""
    on_features = "strategy" in wildcards.keys() and needs(wildcards).features
    return "softmax" if on_features else values_of(wildcards)["model"]["name"]


def study_of(wildcards):
    """Return the study of a result."""
    return STUDIES[wildcards.study]


def values_of(wildcards):
    """Return the values of the study at the setting of a result, if it has one."""
    return study_of(wildcards).at(wildcards.get("setting", DEFAULT))


def seeds(wildcards):
    """Return the repetitions of a study that learns."""
    return CONFIG.seeds or study_of(wildcards).values["seeds"]


def seeds_of_run(wildcards):
    """Return the repetitions of a run: some sweeps want fewer than the study has."""
    run = wildcards.get("strategy"), wildcards.get("setting", DEFAULT)
    return study_of(wildcards).seeds_of(*run, seeds(wildcards))


def first_seed(wildcards):
    """Return the repetition that figures show of one alone."""
    return seeds(wildcards)[0]


def own(stage):
    """Return a function from wildcards to the values that a stage declares."""
    return lambda wildcards: study_of(wildcards).own(
        stage, wildcards.get("setting", DEFAULT)
    )


def growing(first):
    """Return a function from attempts to what a job asks for: double at each retry.

    A cluster ends jobs that take more memory or time than they have asked for.
    """
    return lambda wildcards, attempt: first * 2 ** (attempt - 1)


def setting(*path):
    """Return a function from wildcards to the value at a path of keys, or none."""

    def value(wildcards):
        found = values_of(wildcards)
        for key in path:
            found = (found or {}).get(key.format(**wildcards))
        return found

    return value


def made(stage, which=0):
    """Return the path of what a stage makes; ``which`` is its place in the stage."""
    return f"results/{{study}}/{STAGES[stage].results[which]}"


def at(stage, which=0):
    """Return a function from wildcards to the path of what another stage has made.

    For example, a plan in the folder ``mixing_ratio=0.3`` is made from the contacts in
    the folder ``default``, since contacts do not depend on the ratio.
    """

    def path(wildcards):
        name, strategy = wildcards.get("setting", DEFAULT), wildcards.get("strategy")
        expansion = study_of(wildcards).expansion
        if expansion is not None:
            name = expansion.at(name, stage, strategy)
        return made(stage, which).format(**{**wildcards, "setting": name})

    return path


def needs(wildcards):
    """Return what the strategy of a plan needs."""
    return needs_of(values_of(wildcards), wildcards.strategy)


def card(wildcards):
    """Return the model card that the study names."""
    return CATALOGUE.cards[values_of(wildcards)["card"]].model_dump()


def work(wildcards):
    """Return what is computed in all rounds of the study's split fine-tuning."""
    values = study_of(wildcards).values
    of_study = scene_values(values, CATALOGUE.cards[values["card"]])
    rounds = values["strategies"]["split"]["rounds"]
    return work_values(SceneSettings(**of_study), rounds)


def scene(wildcards):
    """Return what a plan depends on besides its strategy and files."""
    values = values_of(wildcards)
    return scene_values(values, CATALOGUE.cards[values["card"]])
