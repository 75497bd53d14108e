import hashlib
import json
import os
import subprocess
import sys

import pytest

from fedorbit.base.files import write_json
from fedorbit.orbits.omm import write_elements
from fedorbit.orbits.tle import from_lines
from fedorbit.report.provenance import (
    digest_of,
    files,
    revision,
    satellites,
    software,
)

NONE = {"commit": None, "modified": None}
WRITE = """
import runpy, sys
from types import SimpleNamespace

class Files(list):
    data, constellation = [], []

execution = {"scale": "quick", "seeds": [0], "device": sys.argv[4]}
runpy.run_path(sys.argv[1] + "/write_provenance.py", {"snakemake": SimpleNamespace(
    input=Files(), output=SimpleNamespace(provenance=sys.argv[2]), log=[sys.argv[3]],
    config={"engine": {"numerics": "fast"}}, threads=1,
    params=SimpleNamespace(study={}, execution=execution, numerics="fast"),
)})
"""


@pytest.fixture
def git(tmp_path):
    """Return a function that runs Git in a new repository with a file of code."""

    def run(*arguments: str) -> str:
        who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        command = ["git", "-C", str(tmp_path), *who, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    run("init")
    (tmp_path / "src").mkdir()
    (tmp_path / "docs").mkdir()
    (tmp_path / "src" / "code.py").write_text("print(1)\n")
    run("add", ".")
    run("commit", "-m", "code")
    return run


def test_a_commit_of_documents_alone_is_not_the_one_that_results_come_from(
    git, tmp_path
):
    code = git("rev-parse", "HEAD")
    (tmp_path / "docs" / "more.md").write_text("more\n")
    (tmp_path / "src" / "README.md").write_text("about the code\n")
    assert revision(tmp_path) == {"commit": code, "modified": False}
    git("add", ".")
    git("commit", "-m", "documents")
    assert revision(tmp_path) == {"commit": code, "modified": False}
    (tmp_path / "src" / "code.py").write_text("print(2)\n")
    assert revision(tmp_path) == {"commit": code, "modified": True}
    git("commit", "-am", "other code")
    assert revision(tmp_path) == {"commit": git("rev-parse", "HEAD"), "modified": False}


def test_a_new_file_that_git_does_not_know_counts_as_a_change(git, tmp_path):
    (tmp_path / "src" / "new.py").write_text("print(3)\n")
    assert revision(tmp_path)["modified"] is True
    git("config", "status.showUntrackedFiles", "no")
    assert revision(tmp_path)["modified"] is True


def test_without_a_repository_or_git_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert revision(tmp_path) == NONE
    monkeypatch.setenv("PATH", str(tmp_path))
    assert revision(tmp_path) == NONE


def test_what_dvc_adds_among_the_inputs_changes_no_byte(git, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "sites.csv").write_text("name\n")
    git("add", ".")
    git("commit", "-m", "sites")

    def record() -> bytes:
        values = {"code": revision("."), "data": files(["data/sites.csv"])}
        write_json(values, tmp_path / "provenance.json")
        return (tmp_path / "provenance.json").read_bytes()

    before = record()
    assert b'"modified": false' in before
    (tmp_path / "data" / "tle").mkdir()
    for name in ("datasets.dvc", ".gitignore", "tle/starlink.dvc", "tle/.gitignore"):
        (tmp_path / "data" / name).write_text("outs:\n")
    assert record() == before
    git("add", "data")
    assert record() == before
    git("commit", "-m", "books")
    assert record() == before
    (tmp_path / "data" / "tle" / "new.tle").write_text("1\n")
    assert record() != before


def test_files_are_told_by_their_path_in_the_project_or_by_name_alone(
    tmp_path, monkeypatch
):
    project = tmp_path / "project"
    (project / "data").mkdir(parents=True)
    (tmp_path / "link").symlink_to(project)
    monkeypatch.chdir(project)
    for path in ("project/data/a.csv", "project/b.csv", "c.csv"):
        (tmp_path / path).write_text(path)
    (project / "data" / "linked.csv").symlink_to(tmp_path / "c.csv")

    def told(*paths) -> list[str]:
        return [row["file"] for row in files(paths)]

    assert told("b.csv", "data/a.csv") == ["b.csv", "data/a.csv"]
    assert files(["data/a.csv"]) == files([project / "data" / "a.csv"])
    assert told(tmp_path / "link" / "data" / "a.csv") == ["data/a.csv"]
    assert told(project / "data" / "linked.csv") == ["data/linked.csv"]
    assert told(tmp_path / "c.csv") == told("../c.csv") == ["c.csv"]
    digest = hashlib.sha256(b"project/b.csv").hexdigest()
    assert files(["b.csv"])[0]["sha256"] == digest


def test_the_digest_of_values_knows_values_and_not_their_order():
    assert digest_of({"a": 1, "b": [2]}) == digest_of({"b": [2], "a": 1})
    # printf '{"a": 1}' | sha256sum
    assert digest_of({"a": 1}) == (
        "f9d86028c6e0d64e225186f96acb69338b2c59764df79162107f5c4bb34d1310"
    )


def test_an_epoch_on_day_zero_is_told_as_the_last_of_the_year_before(tmp_path):
    lines = (
        "1 25544U 98067A   25000.50000000  .00016717  00000-0  10270-3 0  9122",
        "2 25544  51.6392  96.6358 0005156  88.7140 271.4601 15.49497216  6061",
    )
    write_elements([from_lines("ISS", *lines)], tmp_path / "constellation.csv")
    assert satellites(tmp_path / "constellation.csv", "file") == {
        "source": "file",
        "satellites": 1,
        "first_epoch": "2024-12-31T12:00:00Z",
        "last_epoch": "2024-12-31T12:00:00Z",
    }


def test_the_software_has_the_versions_of_the_lock(project):
    lines = (project / "requirements.lock").read_text().splitlines()
    pins = {name.lower(): v for name, _, v in (line.partition("==") for line in lines)}
    told = software()
    assert {"python", "numpy", "torch", "sgp4", "snakemake", "pyarrow"} <= set(told)
    assert "pytest" not in told
    for name in set(told) - {"python"}:
        assert told[name].partition("+")[0] == pins[name], name


@pytest.mark.parametrize(
    ("asked", "cards", "device"),
    [("cuda", "1", "cuda"), ("auto", "0", "cpu")],
)
def test_the_device_is_what_jobs_were_given_whatever_the_machine_that_writes_has(
    project, tmp_path, asked, cards, device
):
    scripts, written = project / "workflow" / "scripts", tmp_path / "provenance.json"
    code = os.pathsep.join([str(scripts), os.environ.get("PYTHONPATH", "")])
    own = {"PYTHONPATH": code, "FEDORBIT_CARDS": cards, "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, "-c", WRITE, scripts, written, tmp_path / "log", asked]
    subprocess.run(command, env=os.environ | own, check=True)
    record = json.loads(written.read_text())
    assert record["execution"]["device"] == device
    assert record["config"].keys() == {"sha256", "scale", "seeds"}
