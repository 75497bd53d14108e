"""What is not sealed, and what is not taken from a remote."""

import hashlib
import importlib.util
import json
import os
import signal
import stat
import subprocess
import zipfile

import pytest
from tests.sharing.test_faults import is_locked, wait_for

from fedorbit.base.errors import InputError

RUN = "results/tiny/runs/default/hfl.parquet"
TABLE = "results/tiny/tables/summary.csv"


@pytest.fixture(scope="module")
def share(project):
    """Return the script that pushes and pulls, as a module."""
    spec = importlib.util.spec_from_file_location("share", project / "scripts/share.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", [RUN, TABLE])
def test_a_result_that_was_edited_is_not_sealed(original, shell, name):
    path = original / name
    path.write_bytes(path.read_bytes() + b"\n")
    lock = (original / "dvc.lock").read_bytes()
    told = shell(original, "make push", status=2)
    assert f"{name} was changed after it was made" in told
    assert (original / "dvc.lock").read_bytes() == lock


def test_results_that_were_deleted_are_made_again_before_they_are_sealed(
    original, shell
):
    names = (RUN, TABLE, "results/tiny/figures/accuracy.svg")
    before = [(original / name).read_bytes() for name in names]
    for name in names:
        (original / name).unlink()
    shell(original, "make push")
    assert [(original / name).read_bytes() for name in names] == before
    assert "up to date" in shell(original, "dvc status")


def test_a_killed_reproduction_leaves_the_runs_there_are(original, shell, edit):
    edit(
        original / "config" / "studies" / "tiny.yaml",
        "learning_rate: 0.2",
        "learning_rate: 0.1",
    )
    before = (original / RUN).read_bytes()
    running = subprocess.Popen(["dvc", "repro"], cwd=original, start_new_session=True)
    wait_for(lambda: is_locked(original))
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert (original / RUN).read_bytes() == before
    shell(original, "snakemake --unlock && dvc repro")
    assert (original / RUN).read_bytes() != before
    assert "up to date" in shell(original, "dvc status")


@pytest.mark.parametrize("way", ["push", "pull"])
def test_what_dvc_cannot_do_is_said_first(original, shell, way):
    shell(original, "mv results elsewhere && ln -s elsewhere results")
    assert "results is a link" in shell(original, f"make {way}", status=2)
    shell(original, "rm results && mv elsewhere results && dvc remote remove local")
    shell(original, "dvc remote remove --local local")
    assert "DVC has no remote" in shell(original, f"make {way}", status=2)


def test_another_device_is_noticed(original, shell, edit):
    edit(original / "config" / "config.yaml", "device: cpu", "device: auto")
    assert "engine.device" in shell(original, "dvc status")


def listing_of(remote):
    """Return the remote's listing of the folder of runs."""
    [path] = [
        p for p in remote.rglob("*.dir") if b"default/hfl.parquet" in p.read_bytes()
    ]
    return path


@pytest.mark.parametrize(
    ("relpath", "in_git"),
    [
        ("../../../../ESCAPED", True),
        ("/tmp/ESCAPED", True),
        ("default/ESCAPED.parquet", False),
    ],
)
def test_a_forged_listing_is_refused(pulled, shell, relpath, in_git):
    clone, remote = pulled
    listing = listing_of(remote)
    rows = json.loads(listing.read_bytes())
    forged = json.dumps([*rows, rows[0] | {"relpath": relpath}]).encode()
    if in_git:
        old = listing.parent.name + listing.name
        new = hashlib.md5(forged).hexdigest() + ".dir"
        lock = clone / "dvc.lock"
        lock.write_text(lock.read_text().replace(old, new))
        listing = remote / "files" / "md5" / new[:2] / new[2:]
        listing.parent.mkdir(exist_ok=True)
    else:
        listing.chmod(0o644)
    listing.write_bytes(forged)
    assert "forged or broken" in shell(clone, "make pull", status=2)
    assert not (clone / RUN).exists()
    assert list(clone.parent.rglob("ESCAPED")) == []


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("metadata", stat.S_IFLNK),
        ("metadata/../../ESCAPED", stat.S_IFREG),
        ("conda/evil/bin/python", stat.S_IFREG),
    ],
)
def test_an_archive_of_records_holds_records_alone(
    share, tmp_path, monkeypatch, name, mode
):
    folder = tmp_path / "clone"
    (folder / "results").mkdir(parents=True)
    monkeypatch.chdir(folder)
    with zipfile.ZipFile(share.ARCHIVE, "w") as archive:
        member = zipfile.ZipInfo(name)
        member.external_attr = (mode | 0o777) << 16
        archive.writestr(member, "/tmp")
    with pytest.raises(InputError, match="records.zip: its member"):
        share.unpack_records()
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [folder / share.ARCHIVE]


def test_other_versions_than_those_of_the_results_are_told(
    share, tmp_path, monkeypatch, capsys
):
    (tmp_path / "results" / "tiny").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    record = tmp_path / "results" / "tiny" / "provenance.json"
    record.write_text(json.dumps({"software": share.software() | {"scipy": "0.1"}}))
    share.warn_of_changed_software()
    assert capsys.readouterr().out.startswith("results/tiny was made with scipy 0.1 (")
    record.write_text(json.dumps({"software": share.software()}))
    share.warn_of_changed_software()
    assert capsys.readouterr().out == ""
