"""Each fault is named, and the plain command goes on from it to the same bytes."""

import os
import random
import shutil
import signal
import subprocess
import time
from contextlib import suppress

import psutil
import pytest
from snakemake_records import mark_incomplete
from tests.sharing.conftest import point_to

ROUNDS, CSV = "results/tiny/rounds.parquet", "results/tiny/rounds.csv"
RECORDS = [f"runs/{s}/hfl.parquet" for s in ("default", "region_concentration=100")]
LOG = "logs/tiny/train/default/hfl.log"
CONTACTS = "results/tiny/skies/default/contacts.parquet"
LOCKED = "Directory cannot be locked"


def wait_for(there) -> None:
    """Wait until something is there, which a failure would keep away for ever."""
    deadline_s = time.monotonic() + 120
    while not there():
        assert time.monotonic() < deadline_s
        time.sleep(0.005)


def wait_at_random(longest_s: float) -> None:
    """Wait for a time that differs in each run of the tests, and print it."""
    wait_s = random.SystemRandom().uniform(0, longest_s)
    print(f"killed after {wait_s} s")
    time.sleep(wait_s)


def is_locked(folder) -> bool:
    return any((folder / ".snakemake" / "locks").glob("*.lock"))


@pytest.fixture
def untrained(copied):
    """Return a copy of the finished study that lacks the runs of HFL and their logs."""
    for record in RECORDS:
        (copied / "results" / "tiny" / record).unlink()
    for path in (ROUNDS, LOG):
        (copied / path).unlink()
    return copied


def assert_goes_on(snakemake, folder, finished, target: str = ROUNDS) -> None:
    """Check that the plain command ends well and with the bytes of a calm run."""
    status, output = snakemake(folder, target)
    assert status == 0, output
    assert list(folder.rglob(".unfinished-*")) == []
    for path in sorted((folder / "results" / "tiny").rglob("*")):
        if path.is_file():
            calm = finished[0] / path.relative_to(folder)
            assert path.read_bytes() == calm.read_bytes(), path
    assert (folder / target).exists()


def jobs_of(process) -> list[psutil.Process]:
    """Return the processes below Snakemake that train."""
    found = []
    for below in psutil.Process(process.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it has ended meanwhile
            if "train.py" in str(below.cmdline()):
                found.append(below)
    return found


def test_a_second_snakemake_is_refused_and_a_killed_one_goes_on(
    untrained, snakemake, finished
):
    running = snakemake.start(untrained, ROUNDS)
    wait_for(lambda: is_locked(untrained))
    wait_at_random(2)
    psutil.Process(running.pid).suspend()  # it would soon be ready
    status, output = snakemake(untrained, ROUNDS)
    assert status != 0
    assert LOCKED in output
    assert running.poll() is None
    left = psutil.Process(running.pid).children(recursive=True)
    running.kill()
    snakemake.end(running)
    status, output = snakemake(untrained, ROUNDS)
    assert status != 0
    assert LOCKED in output
    assert "--unlock" in output
    assert snakemake(untrained, "--unlock")[0] == 0
    psutil.wait_procs(left)
    assert_goes_on(snakemake, untrained, finished)


def test_jobs_end_with_a_snakemake_that_was_killed(untrained, snakemake, finished):
    running = snakemake.start(untrained, ROUNDS)
    wait_for(lambda: jobs_of(running))
    left = jobs_of(running)
    running.kill()
    snakemake.end(running)
    gone, alive = psutil.wait_procs(left, timeout=10)
    assert (len(gone), alive) == (len(left), [])
    assert snakemake(untrained, "--unlock")[0] == 0
    assert_goes_on(snakemake, untrained, finished)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_job_that_is_asked_to_end_leaves_nothing_behind(
    untrained, snakemake, finished, number
):
    running = snakemake.start(untrained, ROUNDS)
    wait_for(lambda: jobs_of(running) and (untrained / LOG).exists())
    for job in jobs_of(running):
        job.send_signal(number)
    assert snakemake.end(running)[0] != 0
    assert list(untrained.rglob(".unfinished-*")) == []
    assert_goes_on(snakemake, untrained, finished)


def test_what_a_killed_job_was_writing_is_removed(untrained, snakemake, finished):
    (untrained / "results/tiny/runs/.unfinished-abc").write_bytes(b"half")
    (untrained / "checkpoints").mkdir(exist_ok=True)
    (untrained / "checkpoints/.unfinished-abc").write_bytes(b"half")
    assert_goes_on(snakemake, untrained, finished)


def test_a_job_killed_at_a_random_moment(untrained, snakemake, finished):
    running = snakemake.start(untrained, ROUNDS)
    wait_for(lambda: jobs_of(running))
    wait_at_random(1)
    jobs_of(running)[-1].kill()
    status, output = snakemake.end(running)
    assert status != 0
    assert "Error in rule train:" in output
    assert signal.SIGKILL.name in output
    assert_goes_on(snakemake, untrained, finished)


def test_a_result_cut_off_by_a_kill_is_made_again(
    copied, snakemake, finished, monkeypatch
):
    path = copied / ROUNDS
    path.write_bytes(path.read_bytes()[:1000])
    monkeypatch.chdir(copied)
    mark_incomplete(ROUNDS)
    assert_goes_on(snakemake, copied, finished)


@pytest.fixture
def disk(copied):
    """Return a copy of the finished study with its results on a small disk."""
    results = copied / "results"
    results.rename(copied / "kept")
    results.mkdir()
    size = "size=64m"
    mount = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(results)]
    mounted = subprocess.run(mount, capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"a disk cannot be mounted here: {mounted.stderr.strip()}")
    shutil.copytree(copied / "kept", results, dirs_exist_ok=True)
    shutil.rmtree(copied / "kept")
    yield copied
    subprocess.run(["umount", str(results)], check=True)


def test_a_full_disk_is_named(disk, snakemake, finished):
    (disk / CONTACTS).unlink()
    ballast = disk / "results" / "ballast"
    with pytest.raises(OSError, match="No space"), ballast.open("wb", 0) as file:
        while True:
            file.write(bytes(1 << 16))
    status, output = snakemake(disk, CONTACTS)
    assert status != 0
    assert "No space left on device; make room and run again" in output
    assert "Traceback" not in output
    assert not (disk / CONTACTS).exists()
    ballast.unlink()
    assert_goes_on(snakemake, disk, finished, CONTACTS)


def test_a_folder_of_results_that_cannot_be_written_is_named(
    copied, snakemake, finished
):
    for path in (ROUNDS, CSV):
        (copied / path).unlink()
    folder = str(copied / "results" / "tiny")
    frozen = subprocess.run(["chattr", "+i", folder], capture_output=True, text=True)
    if frozen.returncode != 0:
        pytest.skip(f"a folder cannot be frozen here: {frozen.stderr.strip()}")
    status, output = snakemake(copied, ROUNDS)
    subprocess.run(["chattr", "-i", folder], check=True)
    assert status != 0
    assert "make the folder writable and run again" in output
    assert "Traceback" not in output
    assert_goes_on(snakemake, copied, finished)


@pytest.mark.parametrize(
    ("source", "target", "log"),
    [
        (
            "data/datasets/digits.npz",
            "results/tiny/tables/heterogeneity.csv",
            "logs/tiny/measure_heterogeneity.log",
        ),
        (
            "results/tiny/skies/default/constellation.csv",
            CONTACTS,
            "logs/tiny/find_contacts/default.log",
        ),
    ],
)
def test_an_input_that_changes_under_a_running_job_is_named(
    copied, snakemake, finished, source, target, log
):
    for path in (target, log):
        (copied / path).unlink()
    path = copied / source
    before = path.read_bytes()
    running = snakemake.start(copied, target)
    wait_for((copied / log).exists)
    path.write_bytes(before + b"\n")
    status, output = snakemake.end(running)
    assert status != 0
    assert f"{source} changed while the job ran; run again" in output
    path.write_bytes(before)
    assert_goes_on(snakemake, copied, finished, target)


def truncated(folder, content: bytes):
    """Return the file below a folder with some content, cut off by half."""
    [path] = [
        p
        for p in folder.rglob("*")
        if p.is_file()
        and p.stat().st_size == len(content)
        and p.read_bytes() == content
    ]
    mode = path.stat().st_mode
    path.chmod(0o644)
    os.truncate(path, len(content) // 2)
    path.chmod(mode)
    return path


def test_an_artefact_cut_off_in_the_cache_is_named(pulled, origin, snakemake, shell):
    clone, _ = pulled
    name = "results/tiny/runs/default/hfl.parquet"
    content = (origin / name).read_bytes()
    shell(clone, "make pull")
    cut = truncated(clone / ".dvc" / "cache", content)
    (clone / name).unlink()
    assert f"{name}: not as sealed" in shell(clone, "make pull", status=2)
    cut.unlink()
    (clone / name).unlink()
    shell(clone, "make pull")
    assert (clone / name).read_bytes() == content
    assert "Nothing to be done" in snakemake(clone, "--dry-run")[1]


def test_an_artefact_cut_off_on_the_remote_is_named(pulled, original, shell):
    clone, remote = pulled
    name = "results/tiny/runs/default/hfl.parquet"
    content = (original / name).read_bytes()
    cut = truncated(remote, content)
    assert f"{name}: not as sealed" in shell(clone, "make pull", status=2)
    for path in (cut, *remote.rglob("*.dir")):
        path.unlink()
    point_to(remote, original)
    shell(original, "dvc push")
    assert cut.read_bytes() == content
    shell(clone, f"rm -r .dvc/cache {name} && make pull")
    assert (clone / name).read_bytes() == content
