"""Settings of a user change no byte of a result."""

import os
import subprocess
import sys

DRAWN = ["figures/accuracy.svg", "figures/partition.svg", "tables/summary.csv"]
FLOWN = ["skies/default/contacts.parquet", "plans/default/hfl/ops.parquet"]
FLOWN += ["runs/default/hfl.parquet", "figures/timeline.svg", "figures/map.svg"]
FOREIGN = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "NUMBA_CPU_NAME": "native",
    "NUMBA_DISABLE_JIT": "1",
    "OPENBLAS_NUM_THREADS": "2",
    "MKL_NUM_THREADS": "2",
    "LC_ALL": "de_DE.UTF-8",
    "TZ": "Pacific/Auckland",
    "HOME": "/nonexistent",
}
SETTINGS = """text.usetex: True
font.size: 20
svg.fonttype: path
savefig.dpi: 10
axes.prop_cycle: cycler("color", ["r"])
"""


def test_figures_and_tables_are_the_same(copied, finished):
    (copied / "matplotlibrc").write_text(SETTINGS)
    path = f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}"
    mine = {"MATPLOTLIBRC": str(copied / "matplotlibrc"), "PATH": path}
    for names in (DRAWN, FLOWN):  # together they would make all of the study anew
        targets = " ".join(f"results/tiny/{name}" for name in names)
        make = f"{sys.executable} -m snakemake --quiet -- {targets}"
        done = subprocess.run(
            ["bash", "-c", f"umask 077; rm {targets}; {make}"],
            cwd=copied,
            env=os.environ | FOREIGN | mine,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
    for calm in sorted((finished[0] / "results/tiny").rglob("*")):
        if calm.is_file():
            own = copied / calm.relative_to(finished[0])
            assert own.read_bytes() == calm.read_bytes(), own


def test_a_broken_cache_of_compiled_code_is_thrown_away(copied, finished, snakemake):
    contacts = "results/tiny/skies/default/contacts.parquet"
    (copied / contacts).unlink()
    libraries = copied / ".snakemake" / "libraries"
    shared = libraries.readlink()
    indices = list(shared.rglob("*.nbi"))
    assert indices
    libraries.unlink()
    for index in indices:
        broken = libraries / index.relative_to(shared)
        broken.parent.mkdir(parents=True, exist_ok=True)
        broken.write_bytes(index.read_bytes()[:20])
    cache = libraries / "numba"
    status, output = snakemake(copied, contacts)
    assert status != 0
    assert f"{cache}, which keeps compiled code, was broken; run again" in output
    assert "Traceback" not in output
    status, output = snakemake(copied, contacts)
    assert status == 0
    assert (copied / contacts).read_bytes() == (finished[0] / contacts).read_bytes()
