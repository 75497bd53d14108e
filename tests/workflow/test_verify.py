import os
import re
import subprocess
import sys

import pytest


def verify(folder, *arguments: str, study: str = "tiny") -> tuple[int, str]:
    """Run what `make verify` runs; return the exit status and what it said."""
    done = subprocess.run(
        [sys.executable, "scripts/verify.py", study, *arguments],
        cwd=folder,
        env=os.environ | {"GIT_CEILING_DIRECTORIES": str(folder.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    print(done.stdout)  # for whom a test fails
    return done.returncode, done.stdout


def bytes_of(folder) -> dict:
    return {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_runs_made_anew_are_the_same_until_one_byte_is_changed(copied):
    subprocess.run(["git", "init", "--quiet"], cwd=copied, check=True)
    results = copied / "results" / "tiny"
    before = bytes_of(results)
    status, output = verify(copied, "--cells", "1")
    seed, run = re.search(r"SEED=(\d+): (.*)\n", output).groups()
    assert status == 0
    assert output.endswith("\nAll 3 results have the bytes of those made anew.\n")
    assert bytes_of(results) == before

    strategy, setting = run.split(", ")
    record = results / "runs" / setting / f"{strategy}.parquet"
    content = bytearray(before[record])
    content[len(content) // 2] ^= 1
    record.write_bytes(content)
    status, output = verify(copied, "--cells", "1", "--seed", seed)
    assert status == 1
    path = record.relative_to(copied)
    assert output.endswith(
        f"\n{path}: different\n2 of 3 results have the bytes of those made anew; "
        f"different: 1 ({path}).\n"
    )


def test_what_cannot_be_compared_is_said_before_anything_is_made(copied):
    for record in (copied / "results/tiny/runs").rglob("*.parquet"):
        record.unlink()
    status, output = verify(copied, "--cells", "1")
    assert status == 1
    assert re.fullmatch(
        r"Error: results/tiny/runs/\S+: not there; run make pull .*\n", output
    )


@pytest.mark.parametrize("arguments", [(), ("--cells", "1")])
def test_outside_git_one_sentence_says_so(copied, arguments):
    status, output = verify(copied, *arguments)
    assert status == 1
    assert re.fullmatch(
        rf"Error: {copied}: Git cannot list the files \(fatal: not a git .*\); "
        r"run this in a clone of the repository\.\n",
        output,
    )


@pytest.mark.parametrize("study", ["../studies/tiny", "fedmeld", "tyni"])
def test_a_study_that_is_not_listed_is_refused_with_those_that_are(
    make_tiny, study, tmp_path
):
    status, output = verify(make_tiny(tmp_path), "--cells", "1", study=study)
    assert status == 1
    assert output == (
        f"Error: config/config.yaml: STUDY is {study!r}, which is not among the "
        "studies there; choose one of tiny.\n"
    )


def test_a_config_without_a_scale_is_named(make_tiny, edit, tmp_path):
    folder = make_tiny(tmp_path)
    edit(folder / "config/config.yaml", "scale: quick\n", "")
    status, output = verify(folder, "--cells", "1")
    assert status == 1
    assert output == "Error: config/config.yaml: the key 'scale' is missing; add it.\n"
