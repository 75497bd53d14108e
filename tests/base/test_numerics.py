"""The variables are those that libraries know, and a process without them is told."""

import os
import subprocess
import sys

import numpy as np
import pytest

from fedorbit.base.errors import RunError
from fedorbit.base.numerics import check, variables

TOLD = """
import numba, numpy, scipy.linalg, threadpoolctl, torch
blas = [p for p in threadpoolctl.threadpool_info() if p["user_api"] == "blas"]
print(torch.backends.cpu.get_cpu_capability())
print(sorted({p["architecture"] for p in blas if p["internal_api"] == "openblas"}))
print(numba.config.CPU_NAME, repr(numba.config.CPU_FEATURES))
features = numpy._core._multiarray_umath.__cpu_features__
print([n for n in numpy._core._multiarray_umath.__cpu_dispatch__ if features[n]])
"""


def test_all_that_numpy_dispatches_is_off():
    dispatched = np._core._multiarray_umath.__cpu_dispatch__
    assert variables("portable")["NPY_DISABLE_CPU_FEATURES"].split(",") == dispatched


def test_libraries_heed_the_variables():
    told = subprocess.run(
        [sys.executable, "-c", TOLD],
        env=os.environ | variables("portable"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.splitlines() == ["DEFAULT", "['Nehalem']", "generic ''", "[]"]


def test_the_c_library_knows_the_tunable():
    loader = "/lib64/ld-linux-x86-64.so.2"
    if not os.path.exists(loader):
        pytest.skip(f"no {loader}: the C library is not glibc")
    tunables = subprocess.run(
        [loader, "--list-tunables"],
        env=os.environ | variables("portable"),
        capture_output=True,
        text=True,
    ).stdout
    if "glibc.cpu" not in tunables:
        pytest.skip("glibc before 2.33 does not list its tunables")
    name, value = variables("portable")["GLIBC_TUNABLES"].split("=")
    assert name in tunables
    assert {"-AVX2", "-FMA", "-FMA4"} <= set(value.split(","))


def test_a_process_without_a_variable_is_told_which(monkeypatch):
    for key, value in variables("portable").items():
        monkeypatch.setenv(key, value)
    check("portable")
    monkeypatch.setenv("MKL_CBWR", "AVX2")
    with pytest.raises(RunError) as told:
        check("portable")
    assert str(told.value) == (
        "engine.numerics is 'portable', but the job was started without "
        "MKL_CBWR=COMPATIBLE; start it by snakemake, which sets it."
    )
    monkeypatch.delenv("MKL_CBWR")
    with pytest.raises(RunError, match="without MKL_CBWR=COMPATIBLE"):
        check("portable")


def test_fast_asks_for_nothing(monkeypatch):
    for key in variables("portable"):
        monkeypatch.delenv(key, raising=False)
    check("fast")
