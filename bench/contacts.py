"""How fast and how exact are contacts, against Skyfield, brahe and a plain grid?

    python bench/contacts.py

Writes the tables of bench/contacts.md and the figure bench/contacts_scaling.svg. Each
measurement runs in a process of its own, which gives its peak memory, and the methods
take turns in rounds, so that a slow minute of the machine falls on all of them. Times
leave out imports and compilation. heyoka and brahe take part where they are installed,
and real satellites where FEDORBIT_DATA names a folder with starlink-2023-08-22.tle.
"""

import argparse
import importlib.metadata
import importlib.util
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from contacts_accuracy import ACCURACY_PAIRS, GRAZING_PASSES, accuracy_table
from contacts_scenario import (
    END_TIME,
    HOURS,
    MASK_DEG,
    START,
    START_TIME,
    installed,
    random_sites,
    shell,
    skyfield_place,
    skyfield_satellite,
)
from progress import progress
from sgp4.exporter import export_tle

from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.propagate import positions, site_frames

FOLDER = Path(__file__).parent
ROUNDS = 5
SAMPLE_PAIRS = 150  # of satellite and site, for find_events
SAMPLE_SATELLITES = 20  # for brahe, over all sites

# Satellites, sites and hours: one of them grows along each axis of the figure.
GROWTH = {
    "satellites": [(n, 100, 24) for n in (625, 1250, 2500, 5000, 10_000)],
    "sites": [(10_000, n, 24) for n in (6, 12, 25, 50, 100)],
    "hours": [(10_000, 100, n) for n in (3, 6, 12, 24, 48)],
}


def time_find_events(element_sets, sites, seed: int) -> float:
    """Time Skyfield's find_events on random pairs, extrapolated to all."""
    pairs = np.random.default_rng(seed).integers(
        0, [len(element_sets), len(sites)], (SAMPLE_PAIRS, 2)
    )
    begin = time.perf_counter()
    for i, j in pairs:
        place = skyfield_place(sites.iloc[j])
        skyfield_satellite(element_sets[i]).find_events(
            place, START_TIME, END_TIME, MASK_DEG
        )
    elapsed_s = time.perf_counter() - begin
    return elapsed_s * len(element_sets) * len(sites) / SAMPLE_PAIRS


def time_grid(element_sets, sites, seed: int) -> float:
    """Time a grid of 10 s through SatrecArray and NumPy, with edges by interpolation.

    Satellites go in chunks; positions are turned to the Earth-fixed frame once.
    """
    seconds = np.arange(0.0, HOURS * 3600 + 1, 10.0)
    site_km, up = site_frames(
        sites["latitude_deg"], sites["longitude_deg"], sites["altitude_m"]
    )
    positions([element_sets[0].satrec()], START, seconds[:2])  # compiles
    begin = time.perf_counter()
    for first in range(0, len(element_sets), 24):
        satrecs = [s.satrec() for s in element_sets[first : first + 24]]
        r_km, _ = positions(satrecs, START, seconds)
        for j in range(len(sites)):
            sight = r_km - site_km[j]
            distance = np.sqrt(np.einsum("ijk,ijk->ij", sight, sight))
            margin = np.degrees(np.arcsin(sight @ up[j] / distance)) - MASK_DEG
            edge = np.nonzero((margin[:, 1:] >= 0) != (margin[:, :-1] >= 0))
            low, high = margin[edge], margin[edge[0], edge[1] + 1]
            seconds[edge[1]] + 10.0 * low / (low - high)
    return time.perf_counter() - begin


def time_brahe(element_sets, sites, seed: int) -> float:
    """Time brahe's location_accesses, steps of 60 s, on random satellites."""
    import brahe

    brahe.set_global_eop_provider_from_static_provider(
        brahe.StaticEOPProvider.from_zero()
    )
    chosen = np.random.default_rng(seed).choice(len(element_sets), SAMPLE_SATELLITES)
    begin = brahe.Epoch(START.year, START.month, START.day, 0, 0, 0.0)
    satellites = [
        brahe.SGPPropagator.from_tle(*export_tle(element_sets[i].satrec()), 60.0)
        for i in chosen
    ]
    places = [
        brahe.PointLocation(s.longitude_deg, s.latitude_deg, s.altitude_m)
        for s in sites.itertuples()
    ]
    constraint = brahe.ElevationConstraint(MASK_DEG)
    end = begin + HOURS * 3600.0
    started = time.perf_counter()
    brahe.location_accesses(places, satellites, begin, end, constraint)
    elapsed_s = time.perf_counter() - started
    return elapsed_s * len(element_sets) / SAMPLE_SATELLITES


def time_fedorbit(element_sets, sites, propagator: str, hours: float = HOURS) -> float:
    """Time find_contacts, once it is compiled."""
    find_contacts(element_sets[:2], sites, START, 1, propagator)
    begin = time.perf_counter()
    find_contacts(element_sets, sites, START, hours, propagator)
    return time.perf_counter() - begin


# Each returns its wall time in seconds for the whole scenario.
METHODS = {
    "Skyfield find_events, extrapolated": time_find_events,
    "sgp4 and NumPy, grid of 10 s": time_grid,
    "brahe, extrapolated": time_brahe,
    "fedorbit, sgp4": lambda e, s, seed: time_fedorbit(e, s, "sgp4"),
    "fedorbit, heyoka": lambda e, s, seed: time_fedorbit(e, s, "heyoka"),
}


def measure(task: str, seed: int) -> dict:
    """Run one task in this process; return its figures and the peak memory."""
    if task == "growth":
        figures = {"times_s": measure_growth()}
    elif task == "largest":
        wall_s = time_fedorbit(shell(100, 100), random_sites(100), "sgp4")
        figures = {"wall_s": wall_s}
    else:
        wall_s = METHODS[task](shell(72, 22), random_sites(20), seed)
        figures = {"wall_s": wall_s}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return figures | {"peak_mb": peak / (2**20 if sys.platform == "darwin" else 2**10)}


def measure_apart(task: str, seed: int = 0) -> dict:
    """Return what ``measure`` does, from a fresh process."""
    command = [sys.executable, __file__, "--task", task, "--seed", str(seed)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def measure_growth() -> dict[str, list[float]]:
    """Return the shortest time of three in seconds, along the axes of ``GROWTH``."""
    element_sets, sites = shell(100, 100), random_sites(100)
    shortest = {}
    for axis, points in GROWTH.items():
        times = [[] for _ in points]
        for turn in range(3):
            for point, taken in zip(points, times, strict=True):
                progress(f"growth with {axis}, turn {turn + 1} of 3: {point}")
                satellites, places, hours = point
                chosen = element_sets[:: len(element_sets) // satellites]
                taken.append(time_fedorbit(chosen, sites[:places], "sgp4", hours))
        shortest[axis] = [min(taken) for taken in times]
    return shortest


def speed_table() -> list[str]:
    """Return the table of speed, from rounds in which the methods take turns."""
    methods = [method for method in METHODS if installed(method)]
    results = {method: [] for method in methods}
    for turn in range(ROUNDS):
        for method in methods:
            progress(f"speed, round {turn + 1} of {ROUNDS}: {method}")
            results[method].append(measure_apart(method, seed=turn))
    base = np.array([r["wall_s"] for r in results[methods[0]]])
    rows = []
    for method in methods:
        wall_s = np.array([r["wall_s"] for r in results[method]])
        ratio = base / wall_s
        peak = np.median([r["peak_mb"] for r in results[method]])
        rows.append(
            f"| {method} | {np.median(wall_s):.3g} | {np.median(ratio):.3g} | "
            f"{ratio.min():.3g} to {ratio.max():.3g} | {peak:.0f} |"
        )
    return [
        "| method | wall, s | times faster | from to | peak memory, MB |",
        "|---|---|---|---|---|",
        *rows,
    ]


def plot_growth(times_s: dict[str, list[float]]) -> None:
    """Draw the time against satellites, sites and hours."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.hashsalt": "fedorbit", "svg.fonttype": "none"}
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, 3, figsize=(9, 3), sharey=True)
    longest_s = max(max(times) for times in times_s.values())
    for i, (panel, axis) in enumerate(zip(panels, GROWTH, strict=True)):
        x, y = [point[i] for point in GROWTH[axis]], times_s[axis]
        slope, offset = np.polyfit(x, y, 1)
        ends = np.array([0.0, x[-1]])
        panel.plot(ends, offset + slope * ends, color="0.7", linewidth=1)
        panel.plot(x, y, "o", markersize=4)
        panel.set(xlabel=axis, xlim=(0, None), ylim=(0, 1.05 * longest_s))
    panels[0].set_ylabel("wall time, s")
    figure.tight_layout()
    figure.savefig(FOLDER / "contacts_scaling.svg", metadata={"Date": None})


def report(speed: list[str], accuracy: list[str], largest: dict) -> str:
    """Return the text of contacts.md."""
    packages = "numpy", "numba", "sgp4", "skyfield", "heyoka", "brahe"
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}"
        for name in packages
        if importlib.util.find_spec(name)
    )
    return "\n".join(
        [
            "# Contacts: speed, accuracy and growth",
            "",
            "Made by `python bench/contacts.py` on "
            f"{os.cpu_count()} cores with {versions}.",
            "",
            "## Speed",
            "",
            "1584 satellites (Walker, 72 planes of 22, 550 km, 53 degrees), 20 sites, "
            f"24 hours, mask {MASK_DEG:.0f} degrees; medians of {ROUNDS} rounds, in "
            "which the methods take turns. find_events is extrapolated from "
            f"{SAMPLE_PAIRS} random pairs a round, brahe (steps of 60 s) from "
            f"{SAMPLE_SATELLITES} random satellites; the others do all the work.",
            "",
            *speed,
            "",
            "## Accuracy",
            "",
            "Rise and set against Skyfield's altaz, bisected to 0.1 ms, on "
            f"{ACCURACY_PAIRS} random pairs of satellite and site, and on the pairs of "
            f"the {GRAZING_PASSES} shortest passes.",
            "",
            *accuracy,
            "",
            "## Growth",
            "",
            f"10,000 satellites, 100 sites, 24 hours: {largest['wall_s']:.1f} s and "
            f"{largest['peak_mb']:.0f} MB in one process with sgp4. Against "
            "satellites, sites and hours, the others being those, time grows linearly "
            "(shortest of three runs):",
            "",
            "![time against satellites, sites and hours](contacts_scaling.svg)",
            "",
        ]
    )


def main() -> None:
    """Measure everything; write the tables and the figure."""
    speed = speed_table()
    accuracy = accuracy_table()
    progress("10,000 satellites, 100 sites, 24 h")
    largest = measure_apart("largest")
    plot_growth(measure_apart("growth")["times_s"])
    text = report(speed, accuracy, largest)
    (FOLDER / "contacts.md").write_text(text)
    progress("")
    print(text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--task", help="measure one task and print JSON (internal)")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.task:
        json.dump(measure(arguments.task, arguments.seed), sys.stdout)
    else:
        main()
