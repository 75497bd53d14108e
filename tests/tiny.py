"""The real workflow on a tiny study: 144 satellites, two regions, one hour."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

# Satellites over the poles carry models from one region to the other both ways.
SCENARIO = {
    "constellation": {
        "source": "walker",
        "pattern": "delta",
        "planes": 12,
        "satellites_per_plane": 12,
        "phasing": 1,
        "altitude_km": 1200,
        "inclination_deg": 87,
    },
    "regions": {"file": "data/regions/tiny.csv", "min_elevation_deg": 25},
    "stations": {"file": "data/stations/tiny.csv", "min_elevation_deg": 10},
}
REGIONS = """name,latitude_deg,longitude_deg,altitude_m
Dakar,14.7,-17.4,20
Dublin,53.3,-6.3,20
"""
STATIONS = """name,latitude_deg,longitude_deg,altitude_m
Maspalomas,27.76,-15.63,200
"""
STRATEGIES = {
    "fedmeld": {"variant": "interval", "round_interval": 2, "mixing_ratio": 0.5},
    "hfl": {"regional_rounds": 2, "relays": True, "isl": None},
}
SWEEPS = {
    "mixing": {
        "strategies": ["fedmeld"],
        "over": [{"strategies.fedmeld.mixing_ratio": [0.25, 0.5]}],
    },
    "data": {
        "strategies": ["fedmeld", "hfl"],
        "over": [
            {"partition.region_concentration": [100.0]},
            {"strategies.fedmeld.mixing_ratio": [0.25]},
        ],
    },
}
SCALE = {
    "card": "tiny",
    "dataset": "digits",
    "model": {"name": "softmax"},
    "target_accuracy": 0.5,
    "provenance": "assumed: for a test",
}
CARD = {
    "name": "a tiny card",
    "model": {"name": "cnn"},
    "shape": [1, 8, 8],
    "classes": 10,
    "parameters": 1000000,
    "bits_per_parameter": 32,
    "training_flop_per_sample": 400000.0,
}
LEFT_OUT = ("perturbation", "candidate_stations", "draws", "availability")
LEFT_OUT += ("convex_bound",)
HANGING_S = 1800  # after which a run is given up
UNUSED = ("results", "tests", "bench", "docs", ".dvc", "dvc.lock")


TABLES = ("cells", "heterogeneity", "infeasible", "metrics", "parameters")
TABLES += ("starvation", "summary")


def drawn(*names: str) -> set[str]:
    """Return all files of figures."""
    printed = {f"printed/{name}.{form}" for name in names for form in ("pdf", "png")}
    return {f"figures/{name}.svg" for name in names} | printed


# What hangs on any result, on any table, on the record of any strategy, and on any plan
# besides.
REPORT = {"provenance.json", "results/report.html"}
PAGES = {"index.html", "results/index.html", *(f"printed/{n}.tex" for n in TABLES)}
SUMMARY = {"tables/summary.csv", "tables/summary.json"}
METRICS = {"tables/metrics.csv", *drawn("costs")}
AFTER_TRAINING = {"rounds.parquet", "rounds.csv", "explorer.html", *drawn("accuracy")}
AFTER_TRAINING |= SUMMARY | METRICS | REPORT | PAGES
# Of FedMeld and of HFL, the settings of their plans and of their runs.
PLANNED = {"fedmeld": ["default", "mixing_ratio=0.25"], "hfl": ["default"]}
UNLIKE = "region_concentration=100"
TRAINED = {
    "fedmeld": [*PLANNED["fedmeld"], f"{UNLIKE},mixing_ratio=0.25"],
    "hfl": ["default", UNLIKE],
}
AFTER_PLANNING = AFTER_TRAINING | drawn("timeline", "map")
AFTER_PLANNING |= {"tables/starvation.csv", "tables/infeasible.csv"}
EVERY_CHANGE = {"tables/parameters.csv"}


def plans_of(strategy: str) -> set[str]:
    return {
        f"plans/{setting}/{strategy}/{name}"
        for setting in PLANNED[strategy]
        for name in ("ops.parquet", "ledger.parquet", "verdict.json")
    }


def runs_of(strategy: str) -> set[str]:
    return {f"runs/{setting}/{strategy}.parquet" for setting in TRAINED[strategy]}


def write_yaml(path: Path, values: dict) -> None:
    path.write_text(yaml.safe_dump(values, sort_keys=False))


def put_tiny(project: Path, folder: Path) -> Path:
    """Put a copy of the project with the tiny study into a folder, and return it.

    The copy has the files of the working tree that Git would keep, and no results.
    """
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    names = {name for name in listed if name and Path(name).parts[0] not in UNUSED}
    for name in sorted(names):
        if (project / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(project / name, folder / name)
    (folder / "data/regions/tiny.csv").write_text(REGIONS)
    (folder / "data/stations/tiny.csv").write_text(STATIONS)
    config = folder / "config"
    study = yaml.safe_load((config / "studies/fedmeld.yaml").read_text())
    study["scenario"]["hours"] = 1
    for part, values in SCENARIO.items():
        study["scenario"][part] |= values
    study["clients"] |= {"per_region": 2, "compute_flop_s": 1.0e6}
    del study["clients"]["participants_per_round"]
    study["evaluation"]["interval_rounds"] = 2
    study["training"] |= {"learning_rate": 0.2, "batch_size": 32}
    study["strategies"], study["sweeps"] = STRATEGIES, SWEEPS
    for key in ("answer", "claims", "figures", "at_scale", *LEFT_OUT):
        study.pop(key, None)
    study["provenance"] = {
        key: source
        for key, source in study["provenance"].items()
        if key.partition(".")[0] not in LEFT_OUT
        and (not key.startswith("strategies.") or key.split(".")[1] in STRATEGIES)
        and key not in {"strategies.hfl.relays", "strategies.hfl.isl"}
    }
    write_yaml(config / "studies/tiny.yaml", study)
    write_yaml(config / "scales/quick.yaml", SCALE)
    write_yaml(config / "cards/tiny.yaml", CARD)
    write_yaml(
        config / "config.yaml",
        {
            "studies": ["tiny"],
            "scale": "quick",
            "seeds": [0, 1, 2],
            "engine": {
                "device": "cpu",
                "numerics": "portable",
                "checkpoint_operations": 20,
            },
        },
    )
    return folder


@pytest.fixture(scope="session")
def compile_once(make_once):
    """Return a function that lets jobs in a folder share what Numba compiles.

    The first job that needs a function compiles it for those of all tests.
    """
    compiled = make_once("libraries", lambda folder: None)

    def share(folder: Path) -> None:
        libraries = folder / ".snakemake" / "libraries"
        if not libraries.is_symlink():
            libraries.parent.mkdir(parents=True, exist_ok=True)
            libraries.symlink_to(compiled)

    return share


@pytest.fixture(scope="session")
def make_tiny(project, compile_once):
    """Return a function that does what ``put_tiny`` does, given the folder."""

    def put(folder: Path) -> Path:
        compile_once(folder)
        return put_tiny(project, folder)

    return put


class Snakemake:
    """Runs Snakemake in a folder."""

    def start(self, folder: Path, *arguments: str) -> subprocess.Popen:
        """Return the process, with all that is shown on the terminal in its pipe."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return subprocess.Popen(
            [sys.executable, "-m", "snakemake", *arguments],
            cwd=folder,
            env=os.environ | {"PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def end(self, process: subprocess.Popen) -> tuple[int, str]:
        """Return the exit status and all that was shown on the terminal."""
        output, _ = process.communicate(timeout=HANGING_S)
        print(output)  # for whom a test fails
        return process.returncode, output

    def __call__(self, folder: Path, *arguments: str) -> tuple[int, str]:
        """Return the exit status and all that was shown on the terminal."""
        return self.end(self.start(folder, *arguments))

    def pending(self, folder: Path) -> set[str]:
        """Return the outputs that Snakemake would make anew, below results/tiny."""
        status, output = self(folder, "--summary")
        assert status == 0, output
        lines = output[output.index("output_file\t") :].splitlines()
        header, *rows = [line.split("\t") for line in lines if "\t" in line]
        outputs, plans = header.index("output_file"), header.index("plan")
        return {
            row[outputs].removeprefix("results/tiny/")
            for row in rows
            if row[plans] != "no update"
        }


@pytest.fixture(scope="session")
def snakemake() -> Snakemake:
    return Snakemake()


@pytest.fixture(scope="session")
def finished(make_tiny, snakemake, make_once) -> tuple[Path, Path]:
    """Return the folders of two finished runs, on two cores and on one, to read."""

    def run_both(folder: Path) -> None:
        two, one = make_tiny(folder / "two-cores"), make_tiny(folder / "one-core")
        record = "results/tiny/provenance.json"
        with ThreadPoolExecutor(2) as pool:
            runs = [
                pool.submit(snakemake, two, "--cores", "2"),
                pool.submit(snakemake, one, "--cores", "1", record),
            ]
        for run in runs:
            status, output = run.result()
            assert status == 0, output

    folder = make_once("finished", run_both)
    return folder / "two-cores", folder / "one-core"


@pytest.fixture
def copied(finished, tmp_path) -> Path:
    """Return a copy of the finished run on two cores, to change."""
    folder = tmp_path / "copy"
    shutil.copytree(finished[0], folder, symlinks=True)
    return folder


@pytest.fixture
def edit():
    """Return a function that replaces text, which must occur once, in a file."""

    def change(path: Path, old: str, new: str) -> None:
        text = path.read_text()
        assert text.count(old) == 1, f"{old!r} in {path.name}"
        path.write_text(text.replace(old, new))

    return change
