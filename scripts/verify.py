"""Say whether results are those on record, or those that are made anew.

By default all results here are compared with those of the last commit. With CELLS, some
runs are made anew from the working tree in a temporary folder, and those here are
compared with them; a seed says which. Results are only read. The last line tells
whether they have the same bytes, or at least the same numbers. The exit status is 1 if
not, and 2 if all that was compared has, but something on record was not compared.
"""

import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click
from likeness import BYTES, DIFFERENT, MISSING, UNTOLD, likeness, verdict
from record import made
from recorded import (
    compare_with_record,
    files_in_git,
    other_provenance,
    recorded_studies,
    untold_folders,
)

from fedorbit.base.errors import InputError
from fedorbit.base.yaml_files import read_yaml
from fedorbit.studies.catalogue import name_and_scale
from fedorbit.studies.config import load_config
from fedorbit.studies.study import load_study

CONFIG = "config/config.yaml"
LIST = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]
FIRST = "fedmeld"
"""The study of which runs are made anew if none is named."""


def files_of(study: str, cells: int, seed: int) -> dict[str, list[str]]:
    """Return plan and record of runs that are chosen at random, by the run's name."""
    config = load_config(read_yaml(CONFIG, "restore it from the repository"), CONFIG)
    if study not in {*config.studies, *made()}:
        raise InputError(
            f"{CONFIG}: STUDY is {study!r}, which is not among the studies there; "
            f"choose one of {', '.join(config.studies)}."
        )
    found = load_study("config", *name_and_scale(Path("config"), study, config.scale))
    if not (found.runs and "plan" in found.kind.stages):
        raise InputError(f"The study {study!r} has no runs; name one that has.")
    of_runs = [found.of_runs("plan"), found.of_runs("plan", 1)]
    of_runs += [found.of_runs("run")] if "run" in found.kind.stages else []
    folder = f"results/{found.name}"
    paths = [[f"{folder}/{path}" for path in own] for own in zip(*of_runs, strict=True)]
    chosen = sorted(
        random.Random(seed).sample(range(len(paths)), min(cells, len(paths)))
    )
    files = {", ".join(found.runs[row]): paths[row] for row in chosen}
    for path in (path for paths in files.values() for path in paths):
        if not Path(path).is_file():
            raise InputError(f"{path}: not there; run make pull or snakemake first.")
    return files


def listed() -> list[str]:
    """Return the files of the project that Git lists, but for results."""
    return [name for name in files_in_git(*LIST) if not name.startswith("results/")]


def copy_project(folder: Path, study: str) -> None:
    """Copy the files that Git lists, but no results except which snapshot was used."""
    for name in (*listed(), f"results/{study}/tables/snapshot.json"):
        if Path(name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(name, folder / name)


def make(folder: Path, study: str, paths: list[str]) -> None:
    """Let Snakemake make files in a copy of the project, with the code of the copy."""
    snakemake = [sys.executable, "-m", "snakemake", "--cores", "all"]
    command = [*snakemake, "--config", f'studies=["{study}"]', "--", *paths]
    code = os.environ | {"PYTHONPATH": str(folder / "src")}
    if subprocess.run(command, cwd=folder, env=code).returncode != 0:
        raise InputError("The runs could not be made anew; mend what is said above.")


def compare_anew(study: str, cells: int, seed: int) -> dict[str, str]:
    """Return how alike some results are to their making anew, by their paths."""
    files = files_of(study, cells, seed)
    paths = sorted({path for own in files.values() for path in own})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_project(folder, study)
        runs = "; ".join(files)
        click.echo(f"{study}, {len(files)} runs chosen with SEED={seed}: {runs}")
        make(folder, study, paths)
        return {
            path: likeness(path, Path(path).read_bytes(), (folder / path).read_bytes())
            for path in paths
        }


def asked(study: str | None) -> list[str]:
    """Return a study, or else all, of which results are on record."""
    recorded = recorded_studies()
    if not recorded:
        raise InputError(
            "The last commit has no results to compare with; go to one that has, or "
            "give CELLS to have some made anew."
        )
    if study and study not in recorded:
        raise InputError(
            f"The last commit has no results of {study}; choose one of "
            f"{', '.join(recorded)}."
        )
    return [study] if study else recorded


def compare_present(study: str | None) -> tuple[dict[str, str], list[str]]:
    """Return how alike the results here are to those on record, and what is not here.

    Folders that no provenance says whose they are count as not here. Says what is not
    compared, and what comes from other software or code.
    """
    found, lacking = {}, []
    for name in asked(study):
        own, absent = compare_with_record(name)
        found |= own
        lacking += absent
        other = other_provenance(name)
        if other:
            click.echo(f"results/{name} come from other {', '.join(other)}.")
    if lacking:
        click.echo(f"Not here, so not compared: {', '.join(lacking)}.")
    untold = [] if study else untold_folders()
    if untold:
        names = ", ".join(untold)
        click.echo(f"On record without a provenance.json, so not compared: {names}.")
    return found, lacking + untold


def status(kinds: set[str], is_whole: bool) -> int:
    """Return 1 if a result differs or is missing, 2 if one was not compared, else 0."""
    if kinds & {DIFFERENT, MISSING}:
        return 1
    return 0 if is_whole and UNTOLD not in kinds else 2


@click.command()
@click.argument("study", required=False)
@click.option("--cells", type=click.IntRange(min=1))
@click.option("--seed", type=int, default=lambda: random.randrange(10**6))
def verify(study: str | None, cells: int | None, seed: int) -> None:
    """Compare results with those on record, or some of a study with their remaking."""
    try:
        if cells:
            found, others = compare_anew(study or FIRST, cells, seed), "those made anew"
            lacking = []
        else:
            (found, lacking), others = compare_present(study), "those on record"
    except InputError as error:
        raise click.ClickException(str(error)) from None
    for path, kind in found.items():
        if kind != BYTES:
            click.echo(f"{path}: {kind}")
    click.echo(verdict(found, others))
    sys.exit(status({*found.values()}, is_whole=not lacking))


if __name__ == "__main__":
    verify()
