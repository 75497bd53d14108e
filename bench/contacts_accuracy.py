"""How exact are rise and set, against Skyfield's altaz bisected to 0.1 ms?"""

import math
import os
from pathlib import Path

import numpy as np
from contacts_scenario import (
    END_TIME,
    HOURS,
    START,
    START_TIME,
    TIMESCALE,
    installed,
    random_sites,
    shell,
    skyfield_place,
    skyfield_satellite,
)
from progress import progress

from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.elements import ElementSet
from fedorbit.orbits.lists import read_constellation

ACCURACY_PAIRS = 400
GRAZING_PASSES = 100


def altaz_passes(element_set: ElementSet, site, step_s: float = 60.0) -> np.ndarray:
    """Return rise and set of every pass by bisecting Skyfield's altaz to 0.1 ms.

    Passes that fit between two points of the grid are found by their tops.
    """
    difference = skyfield_satellite(element_set) - skyfield_place(site)

    def margin_deg(seconds):
        t = TIMESCALE.tt_jd(
            START_TIME.whole, START_TIME.tt_fraction + seconds / 86400.0
        )
        return difference.at(t).altaz()[0].degrees - site.min_elevation_deg

    grid = np.linspace(0.0, HOURS * 3600, round(HOURS * 3600 / step_s) + 1)
    margin = margin_deg(grid)
    middle = margin[1:-1]
    peak = (middle < 0) & (middle >= margin[:-2]) & (middle >= margin[2:])
    low, high = grid[:-2][peak], grid[2:][peak]
    for _ in range(40):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        falls = margin_deg(left) > margin_deg(right)
        low, high = np.where(falls, low, left), np.where(falls, right, high)
    grid = np.sort(np.concatenate([grid, low]))
    above = margin_deg(grid) >= 0
    edge = np.flatnonzero(above[1:] != above[:-1])
    low, high = grid[edge], grid[edge + 1]
    for _ in range(math.ceil(math.log2(step_s / 1e-4))):
        half = (low + high) / 2
        before = (margin_deg(half) >= 0) == above[edge]
        low, high = np.where(before, half, low), np.where(before, high, half)
    ends = [0.0] * bool(above[0]) + list(low) + [grid[-1]] * bool(above[-1])
    return np.array(ends).reshape(-1, 2)


def event_passes(element_set: ElementSet, site) -> np.ndarray:
    """Return rise and set of every pass by Skyfield's find_events."""
    satellite, place = skyfield_satellite(element_set), skyfield_place(site)
    times, kinds = satellite.find_events(
        place, START_TIME, END_TIME, site.min_elevation_deg
    )
    days = (times.whole - START_TIME.whole) + times.tt_fraction - START_TIME.tt_fraction
    is_edge = kinds != 1  # neither rise, 0, nor set, 2, but culmination
    ends = list(days[is_edge] * 86400.0)
    if ends and kinds[is_edge][0] == 2:
        ends.insert(0, 0.0)
    return np.array(ends + [HOURS * 3600.0] * (len(ends) % 2)).reshape(-1, 2)


def compare(found: np.ndarray, truth: np.ndarray) -> tuple[int, int, np.ndarray]:
    """Return how many passes are missed and invented, and the errors of the others.

    Passes belong together if they overlap, or lie within a second.
    """
    near = (found[:, None, 0] < truth[None, :, 1] + 1) & (
        found[:, None, 1] > truth[None, :, 0] - 1
    )
    i, j = np.nonzero(near)
    missed, invented = (~near.any(axis=0)).sum(), (~near.any(axis=1)).sum()
    return int(missed), int(invented), (found[i] - truth[j]).ravel()


def accuracy_rows(label: str, element_sets, pairs, sites) -> list[str]:
    """Return the rows of the table of accuracy for some pairs."""
    methods = {"Skyfield find_events": None, "fedorbit, sgp4": "sgp4"}
    if installed("heyoka"):
        methods["fedorbit, heyoka"] = "heyoka"
    ends = ["rise_s", "set_s"]
    groups = {}
    for name in filter(None, methods.values()):
        table = find_contacts(element_sets, sites, START, HOURS, name)
        groups[name] = dict(list(table.groupby(["satellite", "site"])[ends]))
    results = {name: [] for name in methods}
    for count, (i, j) in enumerate(pairs):
        progress(f"accuracy, {label}: pair {count + 1} of {len(pairs)}")
        site = sites.iloc[j]
        truth = altaz_passes(element_sets[i], site)
        for method, name in methods.items():
            if name is None:
                found = event_passes(element_sets[i], site)
            else:
                key = element_sets[i].name, site["name"]
                group = groups[name].get(key)
                found = np.empty((0, 2)) if group is None else group.to_numpy()
            results[method].append((*compare(found, truth), len(truth)))
    rows = []
    for method, result in results.items():
        missed, invented, errors, passes = zip(*result, strict=True)
        errors = np.concatenate(errors)
        rows.append(
            f"| {label} | {method} | {sum(passes)} | {sum(missed)} | {sum(invented)} | "
            f"{np.abs(errors).max():.4f} | {math.sqrt(np.mean(errors**2)):.5f} |"
        )
    return rows


def accuracy_table() -> list[str]:
    """Return the table of accuracy: random pairs and the shortest passes."""
    sets = {"Walker": shell(72, 22)}
    if "FEDORBIT_DATA" in os.environ:
        snapshot = Path(os.environ["FEDORBIT_DATA"]) / "starlink-2023-08-22.tle"
        sets["Starlink, 2023-08-22"] = read_constellation(snapshot)
    sites = random_sites(20)
    rows = []
    for label, element_sets in sets.items():
        generator = np.random.default_rng(2)
        size = len(element_sets), len(sites)
        pairs = generator.integers(0, size, (ACCURACY_PAIRS, 2))
        rows += accuracy_rows(f"{label}, random pairs", element_sets, pairs, sites)
        table = find_contacts(element_sets, sites, START, HOURS)
        lasts_s = (table["set_s"] - table["rise_s"])[~table["cut_start"]]
        short = table.loc[lasts_s.nsmallest(GRAZING_PASSES).index]
        index = {s.name: i for i, s in enumerate(element_sets)}
        site_index = {name: j for j, name in enumerate(sites["name"])}
        pairs = [
            (index[satellite], site_index[site])
            for satellite, site in zip(short["satellite"], short["site"], strict=True)
        ]
        label = f"{label}, pairs of the shortest passes ({lasts_s.min():.2f} s and up)"
        rows += accuracy_rows(label, element_sets, pairs, sites)
    return [
        "| pairs | method | passes | missed | invented | worst, s | rms, s |",
        "|---|---|---|---|---|---|---|",
        *rows,
    ]
