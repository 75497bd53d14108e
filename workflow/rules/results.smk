"""Which results each study has, and what they come from as a whole."""

import os
from pathlib import Path

from fedorbit.studies.sweeps import DEFAULT

# What a study whose claims are judged has besides, by the sweep that it is drawn from.
OF_SWEEPS = {
    "staleness": "figures/staleness.svg",
    "mixing_region": "figures/mixing_region.svg",
    "mixing_client": "figures/mixing_client.svg",
    "participation": "figures/participation.svg",
    "time_limit": "figures/time_limit.svg",
    "topology": "figures/topology.svg",
    "stations_and_speed": "figures/wins.svg",
}
RESULTS = {
    "learning": [
        "rounds.csv",
        *(f"tables/{n}.csv" for n in ("summary", "heterogeneity", "parameters")),
        *(f"tables/{n}.csv" for n in ("starvation", "cells")),
        *(f"figures/{n}.svg" for n in ("accuracy", "timeline", "map", "partition")),
    ],
    "claims": [
        "claims.csv",
        *(f"tables/{name}.csv" for name in ("metrics", "convex_bound")),
        *(f"figures/{name}.svg" for name in ("scoreboard", "costs")),
    ],
    "orbits": [
        *(f"tables/{name}.csv" for name in ("ladder", "ageing", "flights")),
        "tables/parameters.csv",
        *(f"figures/{n}.svg" for n in ("ladder", "flights", "passes", "in_view")),
    ],
}


# What these are made from and DVC keeps as well.
OF_RUNS = [
    ("contacts", CONTACTS),
    ("partition", PARTITION),
    ("plan", OPS),
    ("plan", LEDGER),
    ("run", RECORD),
]
OF_ORBITS = [
    f"{of}/{n}.parquet" for of in ("rungs", "ages") for n in ("windows", "flights")
]


def results_of(name):
    """Return the tables and figures of a study, below its folder."""
    kind = STUDIES[name]["kind"]
    results = list(RESULTS[kind])
    if kind == "learning":
        if (FOLDER / "config" / "claims" / f"{name}.yaml").exists():
            results += RESULTS["claims"]
            swept = set(SWEEPS[name].cells["sweep"])
            results += [path for sweep, path in OF_SWEEPS.items() if sweep in swept]
        if STUDIES[name].get("perturbation"):
            results += ["tables/perturbation.csv", "figures/perturbation.svg"]
    return results


def whole_study(name):
    """Return all results of a study that last."""
    own = OF_ORBITS if STUDIES[name]["kind"] == "orbits" else []
    paths = [
        f"results/{name}/{n}" for n in (*results_of(name), "provenance.json", *own)
    ]
    if name in SWEEPS:
        for stage, pattern in OF_RUNS:
            paths += run_paths(name, stage, pattern)
        for pattern in (FLOWN_OPS, FLOWN_LEDGER, EXCHANGES, FLOWN_RECORD):
            paths += of_each_age(name, pattern)
    return sorted(set(paths))


def results_paths(wildcards):
    """Return the tables and figures of the study."""
    name = wildcards.study
    return [f"results/{name}/{result}" for result in results_of(name)]


def data_paths(wildcards):
    """Return all files of data that the results of the study are made from."""
    name = wildcards.study
    paths = set(snapshots() if STUDIES[name]["kind"] == "orbits" else [])
    if STUDIES[name]["kind"] == "learning":
        paths |= {dataset_path(wildcards), COASTLINES}
    for each in SWEEPS[name].settings if name in SWEEPS else [DEFAULT]:
        scenario = values_at(name, each)["scenario"]
        sites = [scenario[kind] for kind in ("regions", "stations") if kind in scenario]
        paths |= {elements_of(name, each), *(site["file"] for site in sites)}
    return sorted(paths - {None})


def learning_of(wildcards):
    """Return what the results of a study that learns depend on besides its values."""
    if STUDIES[wildcards.study]["kind"] != "learning":
        return {}
    return {
        "scale": CONFIG.scale,
        "seeds": CONFIG.seeds,
        "device": CONFIG.engine.device,
    }


def captions():
    """Return the captions of the report."""
    folder = Path(os.path.relpath(FOLDER)) / "workflow" / "report"
    return sorted(str(file) for file in folder.glob("*.rst"))
