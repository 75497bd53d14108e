"""What every job does first."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from fedorbit.base.numerics import variables

START = """
import sys
from types import SimpleNamespace
sys.path.insert(0, sys.argv[1])
import _job
_job.start(SimpleNamespace(
    input=[], log=[sys.argv[2]], config={"engine": {"numerics": "portable"}}
))
print("started")
"""


@pytest.mark.parametrize("missing", [None, "NUMBA_CPU_NAME"])
def test_a_job_without_the_variables_of_its_numerics_ends(project, tmp_path, missing):
    given = os.environ | variables("portable")
    given.pop(missing, None)
    log = tmp_path / "job.log"
    scripts = project / "workflow" / "scripts"
    job = subprocess.run([sys.executable, "-c", START, scripts, log], env=given)
    if missing is None:
        assert (job.returncode, log.read_text()) == (0, "started\n")
    else:
        assert job.returncode == 1
        assert log.read_text() == (
            "engine.numerics is 'portable', but the job was started without "
            "NUMBA_CPU_NAME=generic; start it by snakemake, which sets it.\n"
        )


BETWEEN = """
import sys
sys.path.insert(0, sys.argv[1])
import psutil, _parent

class Ended:
    def is_running(self):
        return True

    def status(self):
        raise psutil.NoSuchProcess(1)

print(_parent._goes_on(psutil.Process()), _parent._goes_on(Ended()))
"""


def test_a_parent_that_ends_between_two_questions_has_ended(project):
    scripts = project / "workflow" / "scripts"
    told = subprocess.check_output([sys.executable, "-c", BETWEEN, scripts], text=True)
    assert told.split() == ["True", "False"]


WORK = """
import sys, time
sys.path.insert(0, sys.argv[1])
import _parent
_parent.end_with_parent()
time.sleep(1)
print("worked on")
"""


@pytest.fixture(scope="module")
def named(project) -> str:
    """Return how this process is named to its jobs."""
    name = "import _parent; print(_parent.named()[_parent.VARIABLE])"
    scripts = project / "workflow" / "scripts"
    run = [sys.executable, "-c", name]
    shown = subprocess.run(run, cwd=scripts, capture_output=True, text=True, check=True)
    assert shown.stdout.split()[1] == socket.gethostname()
    return shown.stdout.strip()


def end_of_job(project, given: dict[str, str]) -> tuple[int, str]:
    work = [sys.executable, "-c", WORK, project / "workflow" / "scripts"]
    known = {key: v for key, v in os.environ.items() if key != "FEDORBIT_SNAKEMAKE"}
    job = subprocess.run(work, env=known | given, capture_output=True, text=True)
    return job.returncode, job.stdout


def test_a_job_ends_with_its_snakemake(project, named):
    ended, _, numbering = named.partition(" ")
    given = {"FEDORBIT_SNAKEMAKE": f"{ended} {numbering}"}
    assert end_of_job(project, given) == (-signal.SIGTERM, "")
    given = {"FEDORBIT_SNAKEMAKE": f"{os.getpid()} {numbering}"}
    assert end_of_job(project, given) == (0, "worked on\n")


@pytest.mark.parametrize("elsewhere", ["elsewhere pid:[4026531836]", "", None])
def test_a_job_that_cannot_see_its_snakemake_goes_on(project, named, elsewhere):
    ended = named.split()[0]
    given = {} if elsewhere is None else {"FEDORBIT_SNAKEMAKE": f"{ended} {elsewhere}"}
    assert end_of_job(project, given) == (0, "worked on\n")


def test_other_numerics_redo_what_jobs_compute(copied, snakemake, edit):
    edit(copied / "config/config.yaml", "numerics: portable", "numerics: fast")
    pending = snakemake.pending(copied)
    assert {"skies/default/contacts.parquet", "rounds.parquet"} < pending
    assert {"plans/default/hfl/ops.parquet", "runs/default/hfl.parquet"} < pending
    assert {"figures/accuracy.svg", "provenance.json"} < pending
