"""Records of a toy workflow, as the installed Snakemake writes them."""

import time

import pytest
from snakemake_records import (
    INCOMPLETE,
    METADATA,
    ended_s,
    mark_incomplete,
    record_path,
)

from fedorbit.base.errors import InputError

SHORT = "results/a.csv"
# In base64 it is longer than the 255 characters that a file's name may have.
COUNTED = "-".join(map(str, range(100, 150)))
LONG = f"results/{COUNTED}/a.csv"
SNAKEFILE = f"""
rule all:
    input: "{SHORT}", "{LONG}"

rule list_what_is_incomplete:
    output: "{{name}}.csv"
    shell: "sleep 0.1; find .snakemake/incomplete -type f >{{output:q}}"
"""


@pytest.fixture(scope="module")
def toy(tmp_path_factory, snakemake):
    """Return the folder of a finished toy workflow, and the times before and after."""
    folder = tmp_path_factory.mktemp("toy")
    (folder / "Snakefile").write_text(SNAKEFILE)
    before_s = time.time()
    status, output = snakemake(folder, "--cores", "1")
    assert status == 0, output
    return folder, before_s, time.time()


def test_a_record_lies_where_snakemake_puts_it(toy, monkeypatch):
    folder, *_ = toy
    monkeypatch.chdir(folder)
    assert record_path(METADATA, SHORT).name == "cmVzdWx0cy9hLmNzdg=="
    assert record_path(METADATA, LONG).parent.name.startswith("@")
    for output in (SHORT, LONG):
        assert record_path(METADATA, output).is_file()
        # While its job ran, the output's mark lay among what is incomplete.
        [mark] = (folder / output).read_text().splitlines()
        assert mark == str(record_path(INCOMPLETE, output))


def test_records_tell_what_was_made_and_when(toy, monkeypatch):
    folder, before_s, after_s = toy
    monkeypatch.chdir(folder)
    found = dict(ended_s())
    assert set(found) == {SHORT, LONG}
    for output, time_s in found.items():
        assert before_s + 0.1 < time_s < after_s
        assert (folder / output).stat().st_mtime <= time_s + 1e-3


def test_a_marked_output_is_incomplete_to_snakemake(toy, monkeypatch, snakemake):
    monkeypatch.chdir(toy[0])
    assert "Nothing to be done" in snakemake(toy[0], "--dry-run")[1]
    mark_incomplete(LONG)
    status, output = snakemake(toy[0], "--dry-run", "--rerun-incomplete")
    assert status == 0 and LONG in output and SHORT not in output.split("all", 1)[0]
    record_path(INCOMPLETE, LONG).unlink()


@pytest.mark.parametrize(
    ("name", "content"),
    [("cmVz", "{}"), ("cmVz", "[]"), ("cmVz", "{"), ("not base64", '{"endtime": 1}')],
)
def test_a_file_that_is_no_record_is_named(tmp_path, monkeypatch, name, content):
    monkeypatch.chdir(tmp_path)
    METADATA.mkdir(parents=True)
    (METADATA / name).write_text(content)
    with pytest.raises(InputError, match=f"{name}: not a record .*; delete the file"):
        list(ended_s())
