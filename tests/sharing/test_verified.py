"""A clone's results against those that were sealed, as `make verify` compares them."""

import re
import shutil

import pytest
from likeness import UNTOLD

RUN = "results/tiny/runs/default/hfl.parquet"


@pytest.fixture
def own(clone, tmp_path):
    """Return a copy of the clone, to change."""
    return shutil.copytree(clone, tmp_path / "own", symlinks=True)


def last_line(told: str) -> str:
    """Return the last line that is not of make, which may be run by another make."""
    lines = told.splitlines()
    return [line for line in lines if not re.match(r"make(\[\d+\])?: ", line)][-1]


def test_a_clone_has_the_bytes_on_record_with_and_without_the_cache(own, shell):
    told = last_line(shell(own, "make verify"))
    found = re.fullmatch(
        "All ([0-9]+) results have the bytes of those on record.", told
    )
    files = [p for p in (own / "results" / "tiny").rglob("*") if p.is_file()]
    # Where results come from is no result, nor is what DVC has Git ignore; pages and
    # what is printed show results.
    shown = {"provenance.json", "index.html", "explorer.html"}
    compared = [p for p in files if p.suffix and p.name not in shown]
    assert int(found[1]) == len([p for p in compared if p.parent.name != "printed"])
    shutil.rmtree(own / ".dvc" / "cache")
    assert last_line(shell(own, "make verify STUDY=tiny")) == told


def test_a_clone_with_another_run_says_which(own, shell):
    (own / RUN).write_bytes((own / RUN).read_bytes()[:-1])
    told = shell(own, "make verify", status=2)
    assert last_line(told).endswith(f"those on record; different: 1 ({RUN}).")
    shutil.rmtree(own / ".dvc" / "cache")
    told = last_line(shell(own, "make verify", status=2))
    assert told.endswith(f"{UNTOLD}: 1 (results/tiny/runs).")


def test_a_study_without_results_on_record_is_refused(own, shell):
    told = shell(own, "make verify STUDY=fedmeld", status=2)
    assert (
        "Error: The last commit has no results of fedmeld; choose one of tiny.\n"
        in told
    )
