"""Build the archive of the sources, and the wheel from it, of a tagged version.

python scripts/release.py

Ends with one sentence where the numbers of the version differ, or where the working
tree is not what the tag names. docs/releasing.md tells how to release.
"""

import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import click
from setuptools import build_meta

from fedorbit.base.errors import InputError
from fedorbit.base.yaml_files import read_yaml

DIST = Path("dist")


def numbers(folder: Path) -> dict[str, str]:
    """Return the version that each file names, by the file."""
    changes = (folder / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## (\d\S*)", changes, re.MULTILINE)
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    citation = read_yaml(folder / "CITATION.cff", "restore it from the repository")
    return {
        "pyproject.toml": project["project"]["version"],
        "CITATION.cff": str(citation["version"]),
        "CHANGELOG.md": released[0] if released else "none",
    }


def check(told: dict[str, str], tags: list[str], changes: str) -> str:
    """Return the version that all files name and HEAD is tagged with.

    Raises ``InputError`` if there is none, or if files differ from HEAD.
    """
    version = told["pyproject.toml"]
    for file, other in told.items():
        if other != version:
            raise InputError(
                f"{file} names version {other}, and pyproject.toml {version}; make "
                "them the same."
            )
    if f"v{version}" not in tags:
        raise InputError(
            f"HEAD has no tag v{version}; set it by `git tag v{version}`, or raise the "
            "version."
        )
    if changes:
        raise InputError(
            f"{changes.splitlines()[0].split()[-1]} differs from HEAD; commit it first."
        )
    return version


def build(folder: Path) -> list[Path]:
    """Return the archive and the wheel, built from the sources in the working folder.

    The wheel is built from the archive, so that this has all it takes.
    """
    folder.mkdir(exist_ok=True)
    archive = folder / build_meta.build_sdist(str(folder))
    with tempfile.TemporaryDirectory() as empty:
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
        command += ["--no-build-isolation", "--wheel-dir", str(folder.resolve())]
        subprocess.run([*command, str(archive.resolve())], cwd=empty, check=True)
    return [archive, *folder.glob(f"{archive.name.removesuffix('.tar.gz')}-*.whl")]


def _git(*words: str) -> str:
    found = subprocess.run(["git", *words], capture_output=True, text=True, check=True)
    return found.stdout


@click.command()
def main() -> None:
    """Build dist/ of the version that HEAD is tagged with."""
    try:
        tags = _git("tag", "--points-at", "HEAD").split()
        check(numbers(Path()), tags, _git("status", "--porcelain"))
    except InputError as error:
        raise click.ClickException(str(error)) from None
    for path in build(DIST):
        click.echo(path)


if __name__ == "__main__":
    main()
