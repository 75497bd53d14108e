"""How fast is the learning engine, against plain PyTorch, Flower and pfl-research?

    python -m venv peers && peers/bin/pip install -r bench/engine_requirements.txt
    python bench/engine.py --peers peers/bin/python

Writes bench/engine.md and bench/engine.svg. Everybody does the works of engine_works.py
in a fresh process, and the methods take turns in rounds, so that a slow minute of the
machine falls on all of them. The frameworks have an environment of their own, as they
and fedorbit's tools ask for different versions of the same packages. Linux only.
"""

import argparse
import importlib.metadata
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from engine_watch import QUIET_CORES, Watched, run_watched
from engine_works import WORKS, Work, write_data
from progress import progress

FOLDER = Path(__file__).parent
REQUIREMENTS = FOLDER / "engine_requirements.txt"
TOLERANCE = 1e-4  # of the distance between models, to the norm of their change
PEERS_SETTINGS = {
    "PYTHONPATH": "",  # nothing of fedorbit's environment
    "RAY_USAGE_STATS_ENABLED": "0",
    "FLWR_TELEMETRY_ENABLED": "0",
}

# Name in the table, and the worker's file, by the worker's method; the first is the
# measure of the others.
METHODS = {
    "plain": ("PyTorch loop", "engine_plain.py"),
    "plain_loader": ("PyTorch loop with DataLoaders", "engine_plain.py"),
    "plain_jobs": ("PyTorch loop in jobs of one thread", "engine_plain.py"),
    "pfl": ("pfl-research", "engine_peers.py"),
    "flower": ("Flower", "engine_peers.py"),
    "fedorbit": ("fedorbit in jobs of one thread", "engine_ours.py"),
}
IN_JOBS = ("plain_jobs", "fedorbit")


def measure(method: str, work: Work, peers: str, data: Path) -> Watched:
    """Run a method in a fresh process."""
    file = FOLDER / METHODS[method][1]
    foreign = file.name == "engine_peers.py"
    python = peers if foreign else sys.executable
    command = [python, str(file), method, work.name, str(data)]
    return run_watched(command, PEERS_SETTINGS if foreign else {})


def measure_all(
    work: Work, peers: str, data: Path, rounds: int
) -> dict[str, list[Watched]]:
    """Return the results of all methods, which take turns."""
    results: dict[str, list[Watched]] = {method: [] for method in METHODS}
    for turn in range(rounds):
        for method in results:
            progress(f"{work.name}, round {turn + 1} of {rounds}: {method}")
            results[method].append(measure(method, work, peers, data))
    return results


def speeds(work: Work, results: dict[str, list[Watched]]) -> dict[str, np.ndarray]:
    """Return the client-steps per second of each method, by round."""
    return {
        method: np.array(
            [
                work.client_steps
                * (work.jobs if method in IN_JOBS else 1)
                / (run.times["end"] - run.times["start"])
                for run in runs
            ]
        )
        for method, runs in results.items()
    }


def speed_table(work: Work, results: dict[str, list[Watched]]) -> list[str]:
    """Return the table of a work."""
    speed = speeds(work, results)
    rows = []
    for method, runs in results.items():
        ratio = speed[method] / speed["plain"]
        start_s = [run.times["first"] - run.times["begin"] for run in runs]
        rows.append(
            f"| {METHODS[method][0]} | {np.median(speed[method]):.0f} | "
            f"{np.median(ratio):.2f} | {ratio.min():.2f} to {ratio.max():.2f} | "
            f"{np.median(start_s):.1f} | {np.median([r.peak_mb for r in runs]):.0f} | "
            f"{np.median([r.others for r in runs]):.2f} |"
        )
    return [
        "| method | client-steps/s | times the loop | from to | start-up, s "
        "| peak memory, MB | others, cores |",
        "|---|---|---|---|---|---|---|",
        *rows,
    ]


def agreement(work: Work, data: Path) -> str:
    """Say how far models lie apart after a round; stop if too far."""
    plain = np.load(data / f"{work.name}_plain_model.npy", allow_pickle=False)
    initial = np.load(data / f"{work.name}_initial.npy", allow_pickle=False)
    distances = {}
    for method in ("pfl", "flower"):
        path = data / f"{work.name}_{method}_model.npy"
        if path.exists():
            distance = np.linalg.norm(np.load(path, allow_pickle=False) - plain)
            distances[method] = distance / np.linalg.norm(plain - initial)
    file = str(FOLDER / "engine_ours.py")
    command = [sys.executable, file, "check", work.name, str(data)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    distances["fedorbit"] = float(done.stdout)
    for method, distance in distances.items():
        if not distance < TOLERANCE:
            raise SystemExit(
                f"{method} on {work.name} ends its first round {distance:.1e} away "
                f"from the plain loop, more than {TOLERANCE:.0e}; they do not do the "
                "same work."
            )
    listed = ", ".join(f"{method} {value:.0e}" for method, value in distances.items())
    return (
        "After a first round on the same batches, the models lie this far from the "
        f"loop's, relative to all that the round changed: {listed}."
    )


def plot(measured: dict[str, dict[str, list[Watched]]]) -> None:
    """Draw the ratios to the plain loop: medians, and ranges over the rounds."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.hashsalt": "fedorbit", "svg.fonttype": "none"}
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, len(measured), figsize=(9, 2.8), sharey=True)
    names = [name for name, _ in METHODS.values()]
    for panel, (key, results) in zip(panels, measured.items(), strict=True):
        speed = speeds(WORKS[key], results)
        for method in results:
            ratio = speed[method] / speed["plain"]
            row, middle = names.index(METHODS[method][0]), np.median(ratio)
            colour = "C1" if method == "fedorbit" else "C0"
            panel.plot([ratio.min(), ratio.max()], [row, row], color=colour, alpha=0.5)
            panel.plot(middle, row, "o", color=colour, markersize=5)
            place = (0, 5)
            panel.annotate(
                f"{middle:.2g}", (middle, row), place, textcoords="offset points",
                ha="center", fontsize=8,
            )  # fmt: skip
        panel.axvline(1.0, color="0.8", linewidth=1, zorder=0)
        panel.set(xscale="log", title=WORKS[key].title, ylim=(len(names) - 0.5, -0.7))
        panel.margins(x=0.15)
        panel.xaxis.set_major_formatter("{x:g}")
        panel.set_xlabel("speed, times the PyTorch loop")
        panel.set_yticks(range(len(names)), names)
    figure.tight_layout()
    figure.savefig(FOLDER / "engine.svg", metadata={"Date": None})


def describe(work: Work) -> str:
    """Return the sizes of a work in words."""
    jobs = "job" if work.jobs == 1 else "jobs at once"
    return (
        f"{work.clients} clients of {work.samples} samples with 784 features, of whom "
        f"{work.cohort} take {work.steps} steps of batch {work.batch} in a round; "
        f"{work.rounds} rounds are timed, after a first. Jobs of one thread: "
        f"{work.jobs} {jobs}, each doing all of this work."
    )


def report(
    measured: dict[str, dict[str, list[Watched]]],
    agreements: dict[str, str],
    versions: str,
    rounds: int,
) -> str:
    """Return the text of engine.md."""
    processor = next(
        line.split(":")[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    )
    sections = []
    for key, results in measured.items():
        work = WORKS[key]
        sections += [f"## {work.title}", "", describe(work), ""]
        sections += [*speed_table(work, results), "", agreements[key], ""]
    return "\n".join(
        [
            "# The learning engine: speed and memory",
            "",
            f"Made by `python bench/engine.py --peers PYTHON --rounds {rounds}` on "
            f"{os.cpu_count()} cores ({processor}) with Python "
            f"{platform.python_version()}; {versions}. `engine_requirements.txt` makes "
            "the environment of the peers.",
            "",
            "Federated averaging with plain SGD on random data; nobody evaluates in "
            "the timed rounds, fedorbit apart, which does once. Every run is a fresh "
            f"process, and the methods take turns: medians of {rounds} rounds, and "
            "the median and range of the ratio to the PyTorch loop of the same round. "
            "The PyTorch loop has the default number of threads, Flower an actor per "
            "core. Start-up is from the launch to the end of the first round, which "
            "is not timed. Memory is proportional: that of all processes of a method "
            "together, a shared page counted once. The last column is what the rest "
            "of the machine computed meanwhile; a run waits at most two minutes until "
            f"that is below {QUIET_CORES} cores.",
            "",
            "![speed, times the PyTorch loop](engine.svg)",
            "",
            *sections,
        ]
    )


def versions_of(peers: str) -> str:
    """Return the versions of both environments; stop where the peers' is missing."""
    asked = ["torch", "flwr", "ray", "pfl"]
    code = (
        "from importlib.metadata import version; "
        f"print(*(f'{{n}} {{version(n)}}' for n in {asked}), sep=', ')"
    )
    try:
        command = [peers, "-c", code]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        raise SystemExit(
            f"{peers} is not a Python with the peers; make one with 'python -m venv "
            f"peers' and 'peers/bin/pip install -r {REQUIREMENTS}', and give "
            "--peers peers/bin/python."
        ) from None
    ours = importlib.metadata.version("torch")
    return f"loop and fedorbit: torch {ours}; frameworks: {done.stdout.strip()}"


def main(peers: str, rounds: int) -> None:
    """Measure everything; write the tables and the figure."""
    versions = versions_of(peers)
    measured, agreements = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        for work in WORKS.values():
            write_data(work, data)
            measured[work.name] = measure_all(work, peers, data, rounds)
            agreements[work.name] = agreement(work, data)
    plot(measured)
    text = report(measured, agreements, versions, rounds)
    (FOLDER / "engine.md").write_text(text)
    progress("")
    print(text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", default="peers/bin/python", help="their Python")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    main(arguments.peers, arguments.rounds)
