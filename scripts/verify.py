"""Make some runs of a study anew from the working tree, and compare their bytes.

All that a run needs is made in a temporary folder; results are only read. A seed says
which runs are chosen. The exit status is 1 if any byte differs.
"""

import filecmp
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click
from record import made

from fedorbit.base.errors import InputError
from fedorbit.base.yaml_files import read_yaml
from fedorbit.studies.catalogue import name_and_scale
from fedorbit.studies.study import load_config, load_study

CONFIG = "config/config.yaml"
LIST = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]


def files_of(study: str, cells: int, seed: int) -> dict[str, list[str]]:
    """Return plan and record of runs that are chosen at random, by the run's name."""
    config = load_config(read_yaml(CONFIG, "restore it from the repository"), CONFIG)
    if study not in {*config.studies, *made()}:
        raise InputError(
            f"{CONFIG}: STUDY is {study!r}, which is not among the studies there; "
            f"choose one of {', '.join(config.studies)}."
        )
    found = load_study("config", *name_and_scale(Path("config"), study, config.scale))
    if not found.runs:
        raise InputError(f"The study {study!r} has no strategies; name one that has.")
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
    try:
        done = subprocess.run(LIST, capture_output=True, text=True, check=True)
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        reason = getattr(error, "stderr", None) or str(error)
        raise InputError(
            f"{Path.cwd()}: Git cannot list the files ({reason.splitlines()[0]}); "
            "run this in a clone of the repository."
        ) from None
    return [n for n in done.stdout.split("\0") if n and not n.startswith("results/")]


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


@click.command()
@click.argument("study")
@click.option("--cells", type=click.IntRange(min=1), required=True)
@click.option("--seed", type=int, default=lambda: random.randrange(10**6))
def verify(study: str, cells: int, seed: int) -> None:
    """Compare runs of a study with their making anew."""
    try:
        files = files_of(study, cells, seed)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            copy_project(folder, study)
            asked = {path for paths in files.values() for path in paths}
            make(folder, study, sorted(asked))
            differing = {
                run: [p for p in paths if not filecmp.cmp(p, folder / p, shallow=False)]
                for run, paths in files.items()
            }
    except InputError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{study}, {len(files)} runs chosen with SEED={seed}:")
    for run, paths in differing.items():
        click.echo(f"{run}: " + (f"{', '.join(paths)} differs" if paths else "same"))
    sys.exit(any(differing.values()))


if __name__ == "__main__":
    verify()
