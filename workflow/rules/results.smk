"""Which results each study has, and what they come from as a whole."""

import os
from pathlib import Path


def whole_study(name):
    """Return all results of a study that last."""
    return [f"results/{name}/{path}" for path in STUDIES[name].lasting()]


def results_paths(wildcards):
    """Return the tables and figures of the study."""
    name = wildcards.study
    return [f"results/{name}/{path}" for path in STUDIES[name].results()]


def data_paths(wildcards):
    """Return all files of data that the results of the study are made from."""
    study = study_of(wildcards)
    paths = set(snapshots(wildcards))
    if "strategies" in study.values:
        paths |= {COASTLINES}
    for name in study.settings:
        values = study.at(name)
        scenario = values.get("scenario")
        if scenario is None:
            continue
        found = [scenario.get(kind) for kind in ("regions", "stations")]
        paths |= {place["file"] for place in found if place}
        paths |= {elements_of(study, name), values.get("candidate_stations")}
        if "dataset" in values:
            paths |= {f"data/datasets/{values['dataset']}.npz"}
        pretrained = values.get("model", {}).get("checkpoint")
        paths |= {str(checkpoint_file(pretrained))} if pretrained else set()
    return sorted(paths - {None})


def constellation_of(wildcards):
    """Return the satellites of a study at its own values, if it has any."""
    has = "constellation" in study_of(wildcards).kind.stages
    return f"results/{wildcards.study}/skies/default/constellation.csv" if has else []


def execution_of(wildcards):
    """Return what the results of a study that learns depend on besides its values."""
    study = study_of(wildcards)
    if "model" not in study.values:
        return {}
    return {
        "scale": study.scale,
        "seeds": seeds(wildcards),
        "device": CONFIG.engine.device,
    }


def captions():
    """Return the captions of the report."""
    folder = Path(os.path.relpath(FOLDER)) / "workflow" / "report"
    return sorted(str(file) for file in folder.glob("*.rst"))
