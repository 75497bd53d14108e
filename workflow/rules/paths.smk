"""Which files results are made from."""

import os
from pathlib import Path

from fedorbit.data.settings import load_dataset_settings
from fedorbit.orbits.sources import element_path
from fedorbit.studies.sweeps import DEFAULT

CONSTELLATION = "results/{study}/skies/{setting}/constellation.csv"
CONTACTS = "results/{study}/skies/{setting}/contacts.parquet"
PARTITION = "results/{study}/partitions/{setting}.parquet"
OPS = "results/{study}/plans/{setting}/{strategy}/ops.parquet"
LEDGER = "results/{study}/plans/{setting}/{strategy}/ledger.parquet"
RECORD = "results/{study}/runs/{setting}/{strategy}.parquet"
MELD = "results/{study}/meld/{setting}.json"
COASTLINES = "data/map/coastlines.csv"


def each_strategy(pattern):
    """Return a function from wildcards to a path for each strategy of the study."""

    def paths(wildcards):
        strategies = STUDIES[wildcards.study]["strategies"]
        return expand(
            pattern, study=wildcards.study, setting=DEFAULT, strategy=strategies
        )

    return paths


def run_paths(name, stage, pattern):
    """Return what a stage gives to each run of a study."""
    return [
        pattern.format(
            study=name,
            strategy=strategy,
            setting=SWEEPS[name].at(whole, stage, strategy),
        )
        for strategy, whole in SWEEPS[name].runs
    ]


def each_run(stage, pattern):
    """Return a function from wildcards to what a stage gives to each run of a study."""

    return lambda wildcards: run_paths(wildcards.study, stage, pattern)


def runs(wildcards):
    """Return strategy and setting of each run of the study."""
    return [list(run) for run in SWEEPS[wildcards.study].runs]


def elements_of(name, setting):
    """Return the file that a study's satellites come from at a setting, or none."""
    constellation = values_at(name, setting)["scenario"]["constellation"]
    if constellation["source"] == "file":
        return str(element_path(constellation["path"]))
    if constellation["source"] == "celestrak":
        return f"results/{name}/tables/snapshot.json"
    return None


def elements_path(wildcards):
    """Return the file that satellites come from, if there is one."""
    return elements_of(wildcards.study, wildcards.get("setting", DEFAULT)) or []


def without_selection(wildcards):
    """Return the settings of the study's satellites that a download depends on."""
    constellation = STUDIES[wildcards.study]["scenario"]["constellation"]
    return {key: value for key, value in constellation.items() if key != "select"}


def isls_path(wildcards):
    """Return the table of links between satellites, if the strategy uses any."""
    chosen = values_of(wildcards)["strategies"][wildcards.strategy]
    if "isl" not in chosen:
        return []
    return at("contacts", "results/{study}/skies/{setting}/isls.parquet")(wildcards)


def dataset_settings(wildcards):
    """Return the settings of a dataset, be it of a study or asked for by itself."""
    return load_dataset_settings("config/datasets", wildcards.dataset).model_dump()


def dataset_path(wildcards):
    """Return the prepared dataset that the study learns from."""
    return f"data/datasets/{values_of(wildcards)['dataset']}.npz"


def convex_weight_decay(wildcards):
    """Return the weight decay of a study that learns softmax regression, else 0."""
    values = STUDIES[wildcards.study]
    convex = values["model"]["name"] == "softmax"
    return values["training"].get("weight_decay", 0) if convex else 0


def strategies_of(wildcards):
    """Return the names of the strategies that take part in the study."""
    return list(STUDIES[wildcards.study]["strategies"])


def looks_of(wildcards):
    """Return the looks of the study's strategies, in the order of legends."""
    taking_part = STUDIES[wildcards.study]["strategies"]
    return {
        name: look
        for name, look in PLOTTING["strategies"].items()
        if name in taking_part
    }


def snapshots():
    """Return the snapshots of Starlink that there are, given or downloaded."""
    folder = os.environ.get("FEDORBIT_DATA")
    given = Path(folder).glob("starlink-*.tle") if folder else []
    downloaded = Path(SNAPSHOTS).glob("starlink/[0-9]*")
    lists = [path for path in downloaded if path.suffix in (".csv", ".tle")]
    return sorted(map(str, [*given, *lists]))


def each_regions(wildcards):
    """Return the file of regions of each run of the study."""
    name = wildcards.study
    return [
        values_at(name, whole)["scenario"]["regions"]["file"]
        for _, whole in SWEEPS[name].runs
    ]


def planned_runs(wildcards):
    """Return what a plan does not tell of itself, for each run of the study."""
    rows = []
    for strategy, whole in SWEEPS[wildcards.study].runs:
        values = values_at(wildcards.study, whole)
        rows.append(
            {
                "strategy": strategy,
                "setting": whole,
                "hours": values["scenario"]["hours"],
                "clients_per_region": values["clients"]["per_region"],
            }
        )
    return rows


def topology_regions(wildcards):
    """Return the files of regions that the sweep over topologies names."""
    cells = SWEEPS[wildcards.study].cells
    return sorted(set(cells[cells["sweep"] == "topology"]["scenario.regions.file"]))


def meld_path(wildcards):
    """Return the solution of SC-MR, if the strategy goes by it."""
    chosen = values_of(wildcards)["strategies"][wildcards.strategy]
    return at("plan", MELD)(wildcards) if "pilot" in chosen else []
