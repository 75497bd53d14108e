"""Write dvc.yaml: one stage for each study, with all that its results come from.

The studies are those of config/config.yaml, and those at other scales that have been
made here: results/fedmeld-mnist beside results/fedmeld. A test holds the file to this.

python scripts/record.py
"""

import json
from pathlib import Path
from typing import Any

import click
import yaml

from fedorbit.base.errors import InputError
from fedorbit.base.files import write_text
from fedorbit.base.yaml_files import read_yaml
from fedorbit.studies.catalogue import name_and_scale
from fedorbit.studies.config import load_config
from fedorbit.studies.study import FIRST_SCALE, Study, load_study

CONFIG = Path("config")
RECORD = Path("dvc.yaml")
CODE = ("Snakefile", "workflow", "src", "requirements.lock")
IN_GIT = ("tables", "figures", "claims.csv", "provenance.json", "index.html")
"""Results that Git keeps; DVC's cache keeps the others."""
HEAD = """\
# The record: which results belong to which code, config and data. Snakemake alone
# knows the steps in between; `dvc repro` runs it and writes dvc.lock. Results persist,
# so that Snakemake makes only what it has to, and an end by force costs none of them.
# Written by scripts/record.py, which `make push` runs.
"""


def studies() -> list[Study]:
    """Return the studies that are asked for, and all others that are here."""
    path = CONFIG / "config.yaml"
    config = load_config(read_yaml(path, "restore it from the repository"), path)
    asked = [name_and_scale(CONFIG, name, config.scale) for name in config.studies]
    here = {name: name_and_scale(CONFIG, name, FIRST_SCALE) for name in made()}
    for name, (stem, _) in here.items():
        if not (CONFIG / "studies" / f"{stem}.yaml").is_file():
            raise InputError(
                f"results/{name} are of no study in config/studies; remove the folder, "
                "or bring the study back."
            )
    found = [load_study(CONFIG, *each) for each in asked]
    found += filter(is_here, [load_study(CONFIG, *each) for each in here.values()])
    return list({study.name: study for study in found}.values())


def made() -> list[str]:
    """Return the names of the studies whose tables and figures are here."""
    records = sorted(Path("results").glob("*/provenance.json"))
    return [record.parent.name for record in records]


def is_here(study: Study) -> bool:
    """Return whether the bulky results are here, too, which Git does not bring."""
    return all(Path("results", study.name, name).exists() for name in outputs(study))


def outputs(study: Study) -> list[str]:
    """Return the files and folders in the folder of a study's results."""
    return sorted({path.partition("/")[0] for path in study.lasting()})


def stage(study: Study) -> dict[str, Any]:
    """Return the stage of a study, as DVC reads it."""
    folder = f"results/{study.name}"
    outs, plots = [], []
    for name in outputs(study):
        kept = {"cache": False} if name in IN_GIT else {}
        out = {f"{folder}/{name}": kept | {"persist": True}}
        (plots if name == "figures" else outs).append(out)
    asked = json.dumps([name_with_scale(one) for one in (*joined(study), study)])
    return {
        "cmd": f"snakemake --config 'studies={asked}' -- all_{study.name}",
        "deps": [*CODE, *files(study)],
        "params": [
            {"config/config.yaml": ["seeds", "engine.device", "engine.numerics"]},
            *({path: None} for path in (*study.files(), "config/plotting.yaml")),
        ],
        "outs": outs,
        "plots": plots,
    }


def joined(study: Study) -> list[Study]:
    """Return the studies whose rounds a study joins."""
    names = dict.fromkeys(row["study"] for row in study.values.get("rows", []))
    return [load_study(CONFIG, name, study.scale or FIRST_SCALE) for name in names]


def name_with_scale(study: Study) -> str:
    """Return what a study is asked for by, whatever the scale in config.yaml."""
    is_first = study.scale == FIRST_SCALE
    return f"{study.name}-{FIRST_SCALE}" if is_first else study.name


def files(study: Study) -> list[str]:
    """Return the files of the project that the values of a study name."""
    found = {f"results/{one.name}/rounds.parquet" for one in joined(study)}
    for setting in study.settings:
        values = study.at(setting)
        scenario = values.get("scenario")
        if scenario is None:
            continue
        sites = (scenario.get("regions"), scenario.get("stations"))
        found |= {place["file"] for place in sites if place}
        found |= (
            {values["candidate_stations"]}
            if values.get("candidate_stations")
            else set()
        )
        snapshots = values.get("ageing", {}).get("snapshots", [])
        for elements in (scenario.get("constellation", {}).get("path", ""), *snapshots):
            if Path(elements).is_file() and not Path(elements).is_absolute():
                found.add(elements)
        for folder, key in (("cards", "card"), ("datasets", "dataset")):
            found |= {f"config/{folder}/{values[key]}.yaml"} if key in values else set()
        pretrained = values.get("model", {}).get("checkpoint")
        if pretrained and Path(pretrained).parent == Path("data/models"):
            found |= {f"config/models/{Path(pretrained).stem}.yaml"}
        if values.get("claims"):
            found |= {f"config/claims/{values['claims']}.yaml"}
        if "strategies" in values:
            found |= {"data/map"}
    return sorted(found)


def text() -> str:
    """Return the contents of dvc.yaml."""
    known = studies()
    summed = [s.name for s in known if "tables/summary.csv" in s.lasting()]
    content = {
        # The same numbers as in summary.csv: DVC reads no CSV here.
        "metrics": [f"results/{name}/tables/summary.json" for name in summed],
        "stages": {study.name: stage(study) for study in known},
    }
    return HEAD + yaml.safe_dump(content, sort_keys=False)


def write_record() -> None:
    """Write dvc.yaml, if it is not as it should be; raises ``InputError``."""
    content = text()
    if not RECORD.is_file() or RECORD.read_text(encoding="utf-8") != content:
        write_text(content, RECORD)


@click.command()
def record() -> None:
    """Write dvc.yaml."""
    try:
        write_record()
    except InputError as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    record()
