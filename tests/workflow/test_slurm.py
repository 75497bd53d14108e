"""A tiny study on a real Slurm of two nodes that reach no other machine."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest
from tests.a_slurm_cluster import Cluster, missing

INSTALLING_S, WATCHING_S, LOOK_S = 300, 900, 0.3
PROFILE = ("--workflow-profile", "profiles/slurm")
# There is no accounting, and nodes have two processors and no file system of a network.
# A card is asked for, although there is none and trainings take the processor.
HERE = (
    *("--slurm-no-account", "--slurm-status-command", "squeue"),
    *("--slurm-init-seconds-before-status-checks", "1"),
    *("--cores", "2", "--latency-wait", "5"),
    *("--set-resources", "train:gpu=1"),
)
# Snakemake that asks Slurm every second. By itself it waits ten seconds longer each
# time that it finds no job ended, for which there is no option.
ASKING_OFTEN = """
import asyncio
from snakemake.cli import main
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor
RemoteExecutor.sleep = lambda self: asyncio.sleep(1)
main()
"""
TARGETS = ("tables/summary.csv", "figures/accuracy.svg")
OUTSIDE = "import socket; socket.create_connection(('192.0.2.1', 80), 2)"


@pytest.fixture(scope="session")
def slurm(make_once) -> None:
    """Have Slurm here, installed where apt-get may; otherwise skip."""

    def install(folder: Path) -> None:
        if not missing() or os.geteuid() or not shutil.which("apt-get"):
            return
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        command = ["apt-get", "install", "--yes", "--no-install-recommends", *missing()]
        try:
            subprocess.run(command, env=quiet, timeout=INSTALLING_S)
        except subprocess.TimeoutExpired:
            return

    make_once("slurm-packages", install)
    if missing():
        pytest.skip(f"no Slurm here: install the packages {' '.join(missing())}")
    namespaces = ["unshare", "--net", "--mount", "--uts", "true"]
    if os.geteuid() or subprocess.run(namespaces).returncode:
        pytest.skip("only root, where it may make namespaces, can start Slurm's nodes")


def until(found, running: subprocess.Popen):
    """Return what a function finds first, while a process runs."""
    end = time.monotonic() + WATCHING_S
    while running.poll() is None and time.monotonic() < end:
        if result := found():
            return result
        time.sleep(LOOK_S)
    return None


@pytest.fixture(scope="session")
def run(slurm, make_tiny, make_once) -> Path:
    """Return the folder of a run with two misfortunes: ``study``, and what was seen.

    The node that plans loses its power, and somebody cancels the trainings.
    """

    def fill(folder: Path) -> None:
        study = make_tiny(folder / "study")
        (folder / "slurm").mkdir()
        cluster = Cluster(folder / "slurm")
        try:
            cluster.start()
            seen = with_misfortunes(cluster, study)
        finally:
            cluster.stop()
        (folder / "seen.json").write_text(json.dumps(seen | {"jobs": cluster.ended()}))

    return make_once("slurm", fill)


def with_misfortunes(cluster: Cluster, study: Path) -> dict:
    """Run the study, strike, and return what was seen."""
    targets = [f"results/tiny/{name}" for name in TARGETS]
    path = f"PATH={Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    snakemake = ["env", path, sys.executable, "-c", ASKING_OFTEN, *PROFILE, *HERE]
    outside = cluster(f'srun {sys.executable} -c "{OUTSIDE}"')

    def running(group: str) -> list[str]:
        jobs = cluster("squeue --noheader --states=running --format=%i|%N|%k").stdout
        lines = [line for line in jobs.splitlines() if f"rule_{group}" in line]
        return lines[0].split("|") if lines else []

    with open(study / "output.txt", "w") as output:
        main = subprocess.Popen(
            cluster.command(*snakemake, "--", *targets, folder=study),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, node, _ = until(lambda: running("plans"), main) or (None, None, None)
        if node:
            cluster.cut_power(node)
        until(lambda: list(study.glob("logs/tiny/train/*/*.log")), main)
        job, _, _ = until(lambda: running("runs"), main) or (None, None, None)
        if job:
            cluster(f"scancel {job}")
        status = main.wait(WATCHING_S)
    print((study / "output.txt").read_text())  # for whom a test fails
    return {"status": status, "node": node, "job": job, "outside": outside.stderr}


@pytest.fixture
def seen(run) -> dict:
    return json.loads((run / "seen.json").read_text())


def test_killed_jobs_are_tried_again_with_twice_the_memory_and_time(seen):
    assert seen["status"] == 0
    ends = defaultdict(list)
    for job in seen["jobs"]:
        ends[job["JobState"]].append(job)
    (failed,) = ends["NODE_FAIL"]
    assert failed["NodeList"] == seen["node"]
    (cancelled,) = ends["CANCELLED"]
    assert cancelled["JobId"] == seen["job"]
    for killed in (failed, cancelled):
        again = [job for job in ends["COMPLETED"] if asks(job) == twice(asks(killed))]
        assert len(again) == 1
        assert again[0]["NodeList"] != seen["node"]


def asks(job: dict[str, str]) -> dict[str, float]:
    """Return how many MB and minutes a job has asked for."""
    tres = dict(part.split("=") for part in job["Tres"].split(","))
    factor = {"M": 1, "G": 1024}[tres["mem"][-1]]
    return {
        "mb": float(tres["mem"][:-1]) * factor,
        "minutes": float(job["TimeLimit"].replace("UNLIMITED", "inf")),
    }


def twice(asked: dict[str, float]) -> dict[str, float]:
    return asked | {key: 2 * asked[key] for key in ("mb", "minutes")}


def test_results_have_the_bytes_of_a_local_run(run, finished):
    made = [path for path in (run / "study/results").rglob("*") if path.is_file()]
    assert {f"tiny/{name}" for name in TARGETS} < {
        str(path.relative_to(run / "study/results")) for path in made
    }
    for path in made:
        local = finished[1] / path.relative_to(run / "study")
        assert path.read_bytes() == local.read_bytes(), path


def test_snakemake_on_one_machine_takes_them_for_its_own(run, snakemake, tmp_path):
    folder = tmp_path / "study"
    shutil.copytree(run / "study", folder, symlinks=True)
    targets = [f"results/tiny/{name}" for name in TARGETS]
    status, output = snakemake(folder, "--dry-run", *targets)
    assert (status, "Nothing to be done" in output) == (0, True), output


def test_nodes_need_no_network(seen):
    assert "Network is unreachable" in seen["outside"]
    assert seen["status"] == 0


def test_one_submission_has_many_jobs(run, seen):
    output = (run / "study/output.txt").read_text()
    jobs = sum(line.startswith("Finished jobid") for line in output.splitlines())
    whole = [job for job in seen["jobs"] if job["JobState"] == "COMPLETED"]
    assert jobs > 2 * len(whole)


def test_all_shipped_studies_have_groups_that_can_run(
    make_tiny, project, snakemake, tmp_path
):
    folder = make_tiny(tmp_path / "shipped")
    shutil.copytree(project / "config", folder / "config", dirs_exist_ok=True)
    status, output = snakemake(folder, *PROFILE, "--dry-run")
    assert status == 0, output
    lines = [line for line in output.splitlines() if "Group job" in line]
    found = {line.partition("Group job ")[2].split()[0] for line in lines}
    assert found == {"sky", "plans", "runs", "tables", "figures"}


def test_a_job_that_is_handed_on_has_a_setting_of_several_keys(
    make_tiny, snakemake, tmp_path
):
    setting = "region_concentration=100,mixing_ratio=0.25"
    job = f'train:study=tiny,setting="{setting}",strategy=fedmeld'
    folder = make_tiny(tmp_path / "study")
    status, output = snakemake(folder, "--dry-run", "--target-jobs", job)
    assert status == 0, output
    assert f"Training fedmeld for tiny, {setting}" in output
