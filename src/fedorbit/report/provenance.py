"""Where the results of a study come from: code, config, data, software.

Two runs of the same commit with the same libraries make the same record: it holds no
times, and of the machine only what may change bits.
"""

import hashlib
import json
import os
import platform
import re
import subprocess
from collections.abc import Iterable, Mapping
from importlib.metadata import requires, version
from pathlib import Path
from typing import Any

from fedorbit.orbits.lists import read_constellation

INPUTS = ("Snakefile", "workflow", "src", "config", "data", "requirements.lock")
"""What results are made from; the rest, such as documents and tests, changes none."""
EXCLUDED = [f":(exclude,glob)**/{name}" for name in ("*.md", "*.dvc", ".gitignore")]
"""What lies among them and changes no result: documents, and the books of DVC."""


def revision(folder: str | Path) -> dict[str, Any]:
    """Return the last ``commit`` that touched the inputs of results in a project.

    ``modified`` says whether the working tree differs from it there. Both are ``None``
    where no Git repository holds the inputs, as in an archive of the project.
    """
    inputs = ("--", *INPUTS, *EXCLUDED)
    commit = _git(folder, "log", "-1", "--format=%H", *inputs)
    if not commit:
        return {"commit": None, "modified": None}
    changes = _git(folder, "status", "--porcelain", "--untracked-files=all", *inputs)
    return {"commit": commit, "modified": bool(changes)}


def digest_of(values: Mapping[str, Any]) -> str:
    """Return the SHA-256 of plain values, written as JSON with sorted keys."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def files(paths: Iterable[str | Path]) -> list[dict[str, str]]:
    """Return the SHA-256 of files, sorted; those outside the project by name alone.

    The project is the working folder.
    """
    found = []
    for path in map(Path, paths):
        with open(path, "rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        found.append({"file": _told(path), "sha256": digest})
    return sorted(found, key=lambda row: (row["file"], row["sha256"]))


def satellites(path: str | Path, source: str) -> dict[str, Any]:
    """Return number and range of epochs of a file of element sets, and their source."""
    epochs = [s.epoch for s in read_constellation(path)]
    first, last = (f"{e:%Y-%m-%dT%H:%M:%SZ}" for e in (min(epochs), max(epochs)))
    return {
        "source": source,
        "satellites": len(epochs),
        "first_epoch": first,
        "last_epoch": last,
    }


def software() -> dict[str, str]:
    """Return the versions of Python, Snakemake and what the package requires."""
    names = [
        re.match(r"[\w.-]+", requirement)[0]
        for requirement in requires("fedorbit")
        if "extra ==" not in requirement
    ]
    found = {name: version(name) for name in [*names, "snakemake"]}
    return {"python": platform.python_version()} | found


def _told(path: Path) -> str:
    """Return the path from the project on; of a file outside it the name."""
    for place in (Path(os.path.abspath(path)), path.resolve()):
        if place.is_relative_to(Path.cwd()):
            return place.relative_to(Path.cwd()).as_posix()
    return path.name


def _git(folder: str | Path, *arguments: str) -> str:
    """Return what Git says of a folder; nothing without Git or a repository."""
    command = ["git", "--no-optional-locks", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
