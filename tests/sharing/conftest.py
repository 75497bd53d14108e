"""The tiny study in a Git repository, with DVC and a remote, and a clone of it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.tiny import HANGING_S

WHO = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "A Tester"), ("EMAIL", "tester@example.org"))
}

OFFLINE = {f"{scheme}_proxy": "http://127.0.0.1:9" for scheme in ("http", "https")}


@pytest.fixture(scope="session")
def shell():
    """Return a function that runs a command in a folder and returns what it shows.

    The command has no way to the web. It fails the test unless it ends with the
    expected status.
    """

    def run(folder: Path, command: str, status: int = 0) -> str:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=os.environ | WHO | OFFLINE | {"PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=HANGING_S,
        )
        print(done.stdout)  # for whom a test fails
        assert done.returncode == status, done.stdout
        return done.stdout

    return run


@pytest.fixture(scope="session")
def pretend_installed(compile_once):
    """Return a function that lets make take the tests' environment for a folder's."""

    def pretend(folder: Path) -> None:
        (folder / ".venv" / "bin").mkdir(parents=True)
        for name in ("installed", "activate"):
            (folder / ".venv" / "bin" / name).touch()
        compile_once(folder)

    return pretend


@pytest.fixture(scope="session")
def origin(finished, shell, project, make_once, pretend_installed) -> Path:
    """Return the folder of the finished study, sealed and pushed to a remote."""

    def seal(base: Path) -> None:
        folder = base / "origin"
        shutil.copytree(finished[0], folder, symlinks=True)
        shell(folder, "git init -q -b main && dvc init -q")
        shutil.copy2(project / ".dvc" / "config", folder / ".dvc" / "config")
        (base / "remote").mkdir()
        shell(folder, f"dvc remote add -q --default local {base / 'remote'}")
        pretend_installed(folder)
        shell(folder, "make push")
        shell(folder, "git add . && git commit -qm Results")

    return make_once("sealed", seal) / "origin"


@pytest.fixture(scope="session")
def clone(origin, shell, make_once, pretend_installed) -> Path:
    """Return a clone with all results."""

    def fetch(base: Path) -> None:
        shell(origin, f"git clone -q . {base / 'clone'}")
        pretend_installed(base / "clone")
        shell(base / "clone", "make pull")

    return make_once("cloned", fetch) / "clone"


def point_to(remote: Path, folder: Path) -> None:
    """Let DVC take another folder for its remote, as ``dvc remote modify --local``."""
    own = f"['remote \"local\"']\n    url = {remote}\n"
    (folder / ".dvc" / "config.local").write_text(own)


@pytest.fixture
def original(origin, tmp_path, shell) -> Path:
    """Return a copy of the original with a remote to itself, to change."""
    shell(tmp_path, f"cp -a {origin} original && cp -a {origin.parent}/remote .")
    point_to(tmp_path / "remote", tmp_path / "original")
    return tmp_path / "original"


@pytest.fixture(params=["original", "clone"])
def either(request, origin, clone, tmp_path) -> Path:
    """Return a copy of the original, and one of the clone, to change."""
    folder = tmp_path / request.param
    source = origin if request.param == "original" else clone
    shutil.copytree(source, folder, symlinks=True)
    return folder


@pytest.fixture
def clone_copy(clone, tmp_path) -> Path:
    """Return a copy of the clone, to change."""
    folder = tmp_path / "clone"
    shutil.copytree(clone, folder, symlinks=True)
    return folder


@pytest.fixture
def pulled(origin, shell, tmp_path, pretend_installed) -> tuple[Path, Path]:
    """Return a new clone without results, with a copy of the remote, and that copy."""
    remote = tmp_path / "remote"
    shutil.copytree(origin.parent / "remote", remote)
    shell(tmp_path, f"git clone -q {origin} clone")
    clone = tmp_path / "clone"
    pretend_installed(clone)
    point_to(remote, clone)
    return clone, remote
