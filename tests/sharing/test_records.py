"""A result is current only if Snakemake's record of it says so."""

import os

import pytest
from snakemake_records import METADATA, record_path

PLAN = "results/tiny/plans/default/hfl/ops.parquet"


@pytest.fixture
def record(copied, monkeypatch):
    """Return the record of a plan in a copy of the finished study."""
    monkeypatch.chdir(copied)
    path = copied / record_path(METADATA, PLAN)
    assert path.is_file()
    return path


def test_what_has_a_record_is_current(copied, snakemake):
    assert "Nothing to be done" in snakemake(copied, "--dry-run")[1]


@pytest.mark.parametrize("damage", ["missing", "cut off"])
def test_a_result_without_a_record_is_made_anew(copied, snakemake, record, damage):
    content = (copied / PLAN).read_bytes()
    if damage == "missing":
        record.unlink()
    else:
        record.write_text(record.read_text()[:100])
    status, output = snakemake(copied, "--dry-run")
    assert status == 0
    told = f"1 results have no record of what they were made from, such as {PLAN}"
    assert told in output
    assert "make_plan" in output and "train" in output
    status, output = snakemake(copied, PLAN)
    assert status == 0, output
    assert (copied / PLAN).read_bytes() == content
    assert "Nothing to be done" in snakemake(copied, "--dry-run", PLAN)[1]


def test_a_dry_run_changes_nothing(copied, snakemake, record):
    record.unlink()
    (copied / "results/tiny/plans/.unfinished-abc").write_bytes(b"half")

    def files():
        folders = ("results", "data", ".snakemake/metadata", ".snakemake/incomplete")
        found = (p for name in folders for p in (copied / name).rglob("*"))
        return {path: path.lstat().st_mtime_ns for path in found}

    before = files()
    assert "make_plan" in snakemake(copied, "--dry-run")[1]
    assert files() == before


def test_after_make_clean_a_changed_value_is_noticed(copied, snakemake, edit, shell):
    shell(copied, "make clean")
    assert "Nothing to be done" in snakemake(copied, "--dry-run")[1]
    study = copied / "config" / "studies" / "tiny.yaml"
    edit(study, "learning_rate: 0.2", "learning_rate: 0.1")
    assert "train" in snakemake(copied, "--dry-run")[1]


def test_a_result_from_the_future_is_told_at_the_start(copied, snakemake):
    path = copied / PLAN
    times_s = (path.stat().st_atime, path.stat().st_mtime)
    os.utime(path, (2**31, 2**31))
    status, output = snakemake(copied)
    assert status != 0
    assert f"Error: {PLAN} is dated 2038-01-" in output
    assert "set the clock right or touch the file" in output
    os.utime(path, times_s)
    assert "Nothing to be done" in snakemake(copied, "--dry-run")[1]
