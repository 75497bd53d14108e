import hashlib
import subprocess

import pytest

from fedorbit.report.provenance import digest_of, files, revision, software

NONE = {"commit": None, "modified": None}


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


def test_without_a_repository_or_git_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert revision(tmp_path) == NONE
    monkeypatch.setenv("PATH", str(tmp_path))
    assert revision(tmp_path) == NONE


def test_files_outside_the_project_are_told_by_name_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b.csv", "a.csv"):
        (tmp_path / name).write_text(name)
    assert files(["b.csv", tmp_path / "a.csv"]) == [
        {"file": name, "sha256": hashlib.sha256(name.encode()).hexdigest()}
        for name in ("a.csv", "b.csv")
    ]


def test_the_digest_of_values_knows_values_and_not_their_order():
    assert digest_of({"a": 1, "b": [2]}) == digest_of({"b": [2], "a": 1})
    # printf '{"a": 1}' | sha256sum
    assert digest_of({"a": 1}) == (
        "f9d86028c6e0d64e225186f96acb69338b2c59764df79162107f5c4bb34d1310"
    )


def test_the_software_has_the_versions_of_the_lock(project):
    lines = (project / "requirements.lock").read_text().splitlines()
    pins = {name.lower(): v for name, _, v in (line.partition("==") for line in lines)}
    told = software()
    assert {"python", "numpy", "torch", "sgp4", "snakemake", "pyarrow"} <= set(told)
    assert "pytest" not in told
    for name in set(told) - {"python"}:
        assert told[name].partition("+")[0] == pins[name], name
