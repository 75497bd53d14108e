"""What every job does first."""

import os
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
    given = (
        os.environ | variables("portable") | {"FEDORBIT_SNAKEMAKE": str(os.getpid())}
    )
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


def test_other_numerics_redo_what_jobs_compute(copied, snakemake, edit):
    edit(copied / "config/config.yaml", "numerics: portable", "numerics: fast")
    pending = snakemake.pending(copied)
    assert {"skies/default/contacts.parquet", "rounds.parquet"} < pending
    assert {"plans/default/hfl/ops.parquet", "runs/default/hfl.parquet"} < pending
    assert {"figures/accuracy.svg", "provenance.json"} < pending
