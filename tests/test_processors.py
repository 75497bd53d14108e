"""A tiny study leaves the same bytes on other processors, which qemu-user emulates."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fedorbit.base.numerics import variables

PROCESSORS = {
    "Nehalem": "Intel, 2008: no AVX, no fused products",
    "Haswell": "Intel, 2013: AVX2 and fused products",
}
INSTALL = ["apt-get", "install", "--yes", "--quiet", "qemu-user"]
INSTALLING_S, HANGING_S = 120, 900
FUSED = "fma"  # what /proc/cpuinfo calls the instructions of fused products

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def emulator(make_once) -> str:
    """Return the path of qemu-x86_64; install it where apt-get may."""

    def install(folder: Path) -> None:
        if shutil.which("qemu-x86_64") or os.geteuid() or not shutil.which("apt-get"):
            return
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        try:
            subprocess.run(INSTALL, env=quiet, timeout=INSTALLING_S)
        except subprocess.TimeoutExpired:
            return

    make_once("emulator", install)
    found = shutil.which("qemu-x86_64")
    if found is None:
        pytest.skip("no qemu-x86_64 here: install the package qemu-user")
    return found


@pytest.fixture
def written(project):
    """Return a function from a folder to the digests of what the tiny study leaves."""

    def run(folder: Path, numerics: str, *emulated: str) -> dict[str, str]:
        folder.mkdir(exist_ok=True)
        own = {k: v for k, v in os.environ.items() if k not in variables("portable")}
        places = os.pathsep.join([str(project / "src"), str(project)])
        done = subprocess.run(
            [*emulated, sys.executable, project / "tests/a_tiny_study.py", folder],
            env=own | variables(numerics) | {"PYTHONPATH": places},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=HANGING_S,
        )
        return json.loads(done.stdout.splitlines()[-1])

    return run


@pytest.fixture
def here(make_once, written) -> dict[str, str]:
    """Return the digests of this processor."""

    def run(folder: Path) -> None:
        digests = written(folder / "files", "portable")
        (folder / "digests.json").write_text(json.dumps(digests))

    folder = make_once("tiny-study", run)
    return json.loads((folder / "digests.json").read_text())


@pytest.mark.parametrize("processor", PROCESSORS)
def test_another_processor_leaves_the_same_bytes(
    processor, emulator, written, here, tmp_path
):
    assert {"contacts.parquet", "isls.parquet", "ops.parquet"} < set(here)
    assert written(tmp_path, "portable", emulator, "-cpu", processor) == here


def test_without_the_variables_bytes_are_those_of_the_processor(
    written, here, tmp_path
):
    if FUSED not in Path("/proc/cpuinfo").read_text().split():
        pytest.skip("this processor has no fused products to differ by")
    fast = written(tmp_path, "fast")
    differing = {name for name, digest in fast.items() if digest != here[name]}
    assert {"contacts.parquet", "record.parquet", "cnn.bin"} <= differing
    assert "partition.parquet" not in differing  # which holds no float
