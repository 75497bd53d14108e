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

from fedorbit.base.errors import InputError
from fedorbit.base.settings import read_yaml
from fedorbit.studies.study import expansion_of, load_config, load_study

CONFIG = "config/config.yaml"
LIST = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]


def files_of(study: str, cells: int, seed: int) -> dict[str, list[str]]:
    """Return plan and record of runs that are chosen at random, by the run's name."""
    config = load_config(read_yaml(CONFIG, "restore it from the repository"), CONFIG)
    if study not in config.studies:
        raise InputError(
            f"{CONFIG}: STUDY is {study!r}, which is not among the studies there; "
            f"choose one of {', '.join(config.studies)}."
        )
    values = load_study("config", study, config.scale)
    if values["kind"] != "learning":
        raise InputError(f"The study {study!r} trains nothing; name one that learns.")
    expansion = expansion_of(values, f"config/studies/{study}.yaml")
    runs = expansion.runs
    files = {}
    for strategy, setting in random.Random(seed).sample(runs, min(cells, len(runs))):
        plan = f"results/{study}/plans/{expansion.at(setting, 'plan', strategy)}"
        files[f"{strategy}, {setting}"] = [
            f"{plan}/{strategy}/ops.parquet",
            f"{plan}/{strategy}/ledger.parquet",
            f"results/{study}/runs/{setting}/{strategy}.parquet",
        ]
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


def make(folder: Path, paths: list[str]) -> None:
    """Let Snakemake make files in a copy of the project, with the code of the copy."""
    command = [sys.executable, "-m", "snakemake", "--cores", "all", "--", *paths]
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
            make(folder, sorted({path for paths in files.values() for path in paths}))
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
