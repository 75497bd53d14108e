"""What is not sealed, and what is not taken from a remote."""

import hashlib
import json
import os
import signal
import stat
import subprocess
import zipfile

import pytest
import share
from click.testing import CliRunner
from tests.sharing.test_faults import is_locked, wait_for

from fedorbit.base.errors import InputError

RUN = "results/tiny/runs/default/hfl.parquet"
TABLE = "results/tiny/tables/summary.csv"


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


def old_layout(clone, listing):
    """Make a listing one of DVC's old layout, of an output without ``hash: md5``."""
    lock = clone / "dvc.lock"
    name = f"md5: {listing.parent.name}{listing.name}"
    text = lock.read_text()
    start = text.index(name)
    assert "hash: md5" in text[start - 200 : start]
    before = text[:start].rpartition("hash: md5")
    kept = before[0].rstrip() + before[2]
    lock.write_text(kept + text[start:])


def test_a_forged_listing_of_the_old_layout_is_refused(pulled, shell):
    clone, remote = pulled
    listing = listing_of(remote)
    old_layout(clone, listing)
    rows = json.loads(listing.read_bytes())
    forged = json.dumps([*rows, rows[0] | {"relpath": "../../../ESCAPED"}]).encode()
    name = hashlib.md5(forged).hexdigest() + ".dir"
    lock = clone / "dvc.lock"
    told = listing.parent.name + listing.name
    lock.write_text(lock.read_text().replace(told, name))
    (remote / name[:2]).mkdir(exist_ok=True)
    (remote / name[:2] / name[2:]).write_bytes(forged)
    for row in rows:
        md5 = row["md5"]
        (remote / md5[:2]).mkdir(exist_ok=True)
        content = (remote / "files" / "md5" / md5[:2] / md5[2:]).read_bytes()
        (remote / md5[:2] / md5[2:]).write_bytes(content)
    assert "forged or broken" in shell(clone, "make pull", status=2)
    assert list(clone.parent.rglob("ESCAPED")) == []


def test_a_forged_listing_in_another_cache_is_refused(pulled, shell):
    clone, remote = pulled
    shell(clone, "dvc cache dir elsewhere")
    listing = listing_of(remote)
    rows = json.loads(listing.read_bytes())
    forged = json.dumps([*rows, rows[0] | {"relpath": "../../../ESCAPED"}]).encode()
    listing.chmod(0o644)
    listing.write_bytes(forged)
    assert "forged or broken" in shell(clone, "make pull", status=2)
    assert list(clone.parent.rglob("ESCAPED")) == []


@pytest.fixture
def refusal(monkeypatch):
    """Return a function that returns with which words a clone's pull ends at once."""

    def told(clone) -> str:
        monkeypatch.chdir(clone)
        ended = CliRunner().invoke(share.share, ["pull"])
        assert ended.exit_code == 1
        return f"{ended.output}{ended.exception}"

    return told


OUTSIDE = """outs:
- md5: d41d8cd98f00b204e9800998ecf8427e
  size: 0
  hash: md5
  path: {}
"""


@pytest.mark.parametrize(
    ("file", "path"),
    [
        ("evil.dvc", ".venv/bin/python"),
        ("docs/evil.dvc", "../src/fedorbit/cli/evil.py"),
        ("evil.dvc", "workflow/scripts/_job.py"),
        ("evil.dvc", ".git/hooks/post-checkout"),
        ("results/evil.dvc", "../../ESCAPED"),
        ("evil.dvc", "link/ESCAPED"),
    ],
)
def test_an_output_outside_the_results_is_refused(pulled, refusal, file, path):
    clone, _ = pulled
    for folder in ("results", "docs"):
        (clone / folder).mkdir(exist_ok=True)
    (clone / "link").symlink_to(clone.parent)
    (clone / file).write_text(OUTSIDE.format(path))
    told = refusal(clone)
    assert "is not in results, data/datasets, data/models" in told or "outside" in told
    assert list(clone.parent.rglob("ESCAPED")) == []
    assert not (clone / RUN).exists()


def test_an_output_behind_a_link_that_leads_outside_is_refused(pulled, shell, refusal):
    clone, _ = pulled
    shell(clone, "rm -rf results/tiny && ln -s ../../elsewhere results/tiny")
    (clone.parent / "elsewhere").mkdir()
    assert "is not in results" in refusal(clone)
    assert list((clone.parent / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("way", ["push", "pull"])
def test_an_unplugged_remote_is_named(original, shell, way):
    (original.parent / "remote").rename(original.parent / "unplugged")
    told = shell(original, f"make {way}", status=2)
    assert "the folder of the remote 'local' is not there; plug it in" in told


def test_a_second_push_without_a_commit_between_accuses_nobody(original, shell, edit):
    look = 'label: FedMeld\n    color: "#08519{}"'
    edit(original / "config" / "plotting.yaml", look.format("C"), look.format("D"))
    assert "Sealed and sent. Now record them" in shell(original, "make push")
    assert "Sealed and sent" in shell(original, "make push")


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("metadata", stat.S_IFLNK),
        ("metadata/../../ESCAPED", stat.S_IFREG),
        ("conda/evil/bin/python", stat.S_IFREG),
    ],
)
def test_an_archive_of_records_holds_records_alone(tmp_path, monkeypatch, name, mode):
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
    tmp_path, monkeypatch, capsys
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
