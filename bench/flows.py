"""How soon do the volumes of planes come down, and what does it take to plan that?

    python bench/flows.py

Writes bench/flows.md: the optimum over several stations and constellations, its
baselines and relays, each the mean over twelve starts, and the processor time of the
plan for 1,584 satellites and fourteen stations. docs/links.md has the link budgets,
those of the study fedmeld.
"""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from fedorbit.base.errors import Infeasible
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.crossings import ranges_of
from fedorbit.orbits.grid import GRAZING_KM, grid_ranges
from fedorbit.orbits.isl import find_isl_windows
from fedorbit.orbits.links import Links
from fedorbit.orbits.planes import all_pairs, find_planes, plane_members
from fedorbit.orbits.walker import Walker, walker_elements
from fedorbit.plans.moves.flows.associations import (
    associate,
    at_random,
    best_sum,
    each_for_itself,
    greedy,
    nearest,
    one_sink,
)
from fedorbit.plans.moves.flows.programme import soonest
from fedorbit.plans.moves.flows.relays import Relays, grid_relays, window_relays
from fedorbit.plans.moves.flows.transfers import replay
from fedorbit.plans.moves.flows.views import (
    Demand,
    Views,
    demand_of,
    slot_edges,
    views_of,
)
from fedorbit.plans.sky import Sky

PROJECT = Path(__file__).parents[1]
REPORT = Path(__file__).with_suffix(".md")
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
STARTS_S = 7200.0 * np.arange(12)
SLOT_S = 10.0
SHORT_S, LONG_S = 3600.0, 86400.0  # how far is planned, where the first is too short
RELAYED_S = 1200.0  # the same with links between any two satellites, of which are many
MASK_DEG = 10.0
# A satellite's 850 samples of 576 tokens of 768 numbers of 16 bits: 6 Gbit.
SATELLITE_BITS = 850 * 576 * 768 * 16.0
FILE = PROJECT / "config" / "studies" / "fedmeld.yaml"
LINKS = Links(**yaml.safe_load(FILE.read_text())["links"])
STAR = Walker(
    pattern="star",
    planes=5,
    satellites_per_plane=10,
    phasing=1,
    altitude_km=1000.0,
    inclination_deg=90.0,
)
DELTA = Walker(
    pattern="delta",
    planes=5,
    satellites_per_plane=22,
    phasing=1,
    altitude_km=550.0,
    inclination_deg=53.0,
)
SHELL = DELTA.model_copy(update={"planes": 72})
FOUR = ["Kourou", "Fucino", "Hartebeesthoek", "Hokkaido"]
POLAR = ["Kiruna", "Troll", "Inuvik"]
LISTS = [PROJECT / "data" / "stations" / f"{n}.csv" for n in ("fourteen", "polar")]
SITES = pd.concat(map(pd.read_csv, LISTS), ignore_index=True)
FOURTEEN = list(pd.read_csv(LISTS[0])["name"])
SETS = {
    "Kourou": FOUR[:1],
    "3 of four.csv": FOUR[:3],
    "four.csv, Goldstone, Awarua": [*FOUR, "Goldstone", "Awarua"],
    "fourteen.csv": FOURTEEN,
    "Kiruna": POLAR[:1],
    "Kiruna, Troll": POLAR[:2],
    "Kiruna, Troll, Inuvik": POLAR,
}


CARRIER_HZ, MAX_DOPPLER_HZ = 2.4e9, 60e3  # between any two satellites


class Steady:
    """A link between satellites with the same rate at any range."""

    def rate_bps(self, range_km: np.ndarray) -> np.ndarray:
        """Return 500 Mbit/s."""
        return np.full_like(range_km, 500e6)


class World:
    """A constellation over stations, and the volumes of its planes."""

    def __init__(self, walker: Walker, stations: list[str], hours: float) -> None:
        self.sets, self.stations = walker_elements(walker, EPOCH), stations
        self.hours = hours
        self.names = [s.name for s in self.sets]
        self.members = plane_members(find_planes(self.sets, EPOCH))
        sites = SITES[SITES["name"].isin(stations)].assign(min_elevation_deg=MASK_DEG)
        self.sky = Sky(find_contacts(self.sets, sites, EPOCH, hours))
        bits = SATELLITE_BITS * walker.satellites_per_plane
        self.bits = dict.fromkeys(self.members, bits)

    def at(self, start_s: float, long_s: float) -> tuple[Views, Demand]:
        """Return what can be sent for some time, and what is to be sent."""
        until_s = start_s + long_s
        edges_s = slot_edges(self.sky, self.stations, start_s, until_s, SLOT_S)
        link = LINKS.feeder_down
        views = views_of(self.sky, link, self.names, self.stations, edges_s)
        ready_s = dict.fromkeys(self.members, start_s)
        antennas = dict.fromkeys(self.stations, 1)
        return views, demand_of(views, self.members, self.bits, ready_s, antennas)

    @cached_property
    def planes(self) -> dict[str, int]:
        """Return the number of each satellite's plane."""
        return {
            name: number
            for number, own in enumerate(self.members.values())
            for name in own
        }

    def relays(self, edges_s: np.ndarray) -> Relays:
        """Return the links of the grid between planes."""
        return grid_relays(self._ranges, Steady(), self.planes, edges_s)

    def relays_of_any(self, edges_s: np.ndarray) -> Relays:
        """Return the links between any two satellites of different planes."""
        pairs = all_pairs(self.names)
        ends = [pairs[f"satellite_{end}"].map(self.planes) for end in "ab"]
        windows = find_isl_windows(
            self.sets,
            pairs[ends[0] != ends[1]],
            EPOCH + timedelta(seconds=edges_s[0]),
            (edges_s[-1] - edges_s[0]) / 3600,
            GRAZING_KM,
            MAX_DOPPLER_HZ,
            carrier_hz=CARRIER_HZ,
        )
        start = EPOCH + timedelta(seconds=edges_s[0])
        ranges, since_s = ranges_of(self.sets, windows, start), edges_s - edges_s[0]
        return window_relays(windows, ranges, Steady(), self.planes, since_s)

    @cached_property
    def _ranges(self) -> pd.DataFrame:
        return grid_ranges(self.sets, EPOCH, self.hours)

    def least_replayed(self, transfers: pd.DataFrame) -> float:
        """Return the least part of a plane's volume that comes with true rates."""
        carried = replay(self.sky, LINKS.feeder_down, transfers)
        return min(carried.get(plane, 0.0) / v for plane, v in self.bits.items())


def methods(world: World) -> dict[str, Callable[[Views, Demand], pd.DataFrame]]:
    """Return the ways to plan, by name; each returns transfers."""

    def by(rule):
        return lambda views, demand: associate(views, demand, rule)

    def own(views, demand):
        return associate(views, each_for_itself(views, demand), greedy)

    def relayed(views, demand):
        return soonest(views, demand, world.relays(views.edges_s)).transfers

    return {
        "optimum": lambda views, demand: soonest(views, demand).transfers,
        "relayed": relayed,
        "nearest": by(nearest),
        "greedy": by(greedy),
        "best sum": by(best_sum),
        "random": by(at_random(0)),
        "one sink": one_sink,
        "each for itself": own,
    }


def means(walker: Walker, stations: list[str]) -> dict[str, float]:
    """Return the mean time of each way over all starts, and the least replayed."""
    world = World(walker, stations, (STARTS_S[-1] + LONG_S) / 3600)
    lasted: dict[str, list[float]] = {name: [] for name in methods(world)}
    least = 1.0
    for start_s in STARTS_S:
        cases = [world.at(start_s, SHORT_S)]
        for name, plan in methods(world).items():
            try:
                sent = plan(*cases[0])
            except Infeasible:
                if len(cases) == 1:
                    cases.append(world.at(start_s, LONG_S))
                try:
                    sent = plan(*cases[1])
                except Infeasible:
                    lasted[name].append(np.nan)
                    continue
            lasted[name].append(sent["end_s"].max() - start_s)
            if name == "optimum":
                least = min(least, world.least_replayed(sent))
    return {name: float(np.mean(s)) for name, s in lasted.items()} | {"least": least}


def section(title: str, walker: Walker, labels: Sequence[str]) -> str:
    """Return the table of a constellation over some sets of stations."""
    lines = [f"## {title}", ""]
    for label in labels:
        stations = SETS[label]
        row = means(walker, stations)
        least = row.pop("least")
        if len(lines) == 2:
            lines.append(f"| stations | {' | '.join(row)} | least replayed |")
            lines.append("| --- |" + " --- |" * (len(row) + 1))
        best = row["optimum"]
        cells = [f"{best:,.0f} s", f"{row['relayed']:,.0f} s"]
        cells += [
            f"{value / best:.2f}" if value == value else "over a day"
            for name, value in row.items()
            if name not in ("optimum", "relayed")
        ]
        lines.append(f"| {label} | {' | '.join(cells)} | {100 * least:.2f} % |")
        print(lines[-1], flush=True)
    return "\n".join(lines)


def any_pair_section() -> str:
    """Return what relays of any pair in sight do, from the start that waits longest."""
    head = "constellation | stations | start | alone | grid | any pair"
    lines = [f"| {head} |", "| --- " * 6 + "|"]
    for walker, label in ((STAR, "Kourou"), (DELTA, "3 of four.csv")):
        world = World(walker, SETS[label], (STARTS_S[-1] + LONG_S) / 3600)
        alone = {s: soonest(*world.at(s, LONG_S)).end_s - s for s in STARTS_S}
        start_s = max(alone, key=alone.__getitem__)
        cells = [f"{start_s / 3600:g} h", f"{alone[start_s]:,.0f} s"]
        for relays_of in (world.relays, world.relays_of_any):
            views, demand = world.at(start_s, RELAYED_S)
            try:
                best = soonest(views, demand, relays_of(views.edges_s))
                cells.append(f"{best.end_s - start_s:,.0f} s")
            except Infeasible:
                cells.append(f"over {RELAYED_S:g} s")
        lines.append(f"| {walker.pattern} | {label} | {' | '.join(cells)} |")
        print(lines[-1], flush=True)
    return "\n".join(lines)


def shell_section() -> str:
    """Return what the plan of 1,584 satellites and fourteen stations takes."""
    world = World(SHELL, FOURTEEN, 3.0)
    begin_s = time.process_time()
    views, demand = world.at(0.0, SHORT_S)
    views_s = time.process_time() - begin_s
    best = soonest(views, demand)
    whole_s = time.process_time() - begin_s
    rows = [
        ("satellites, planes, stations", f"{len(world.names)}, 72, 14"),
        ("cells of an hour", f"{len(views.bits):,}"),
        ("processor time of cells", f"{views_s:.1f} s"),
        ("processor time of cells and plan", f"{whole_s:.1f} s"),
        ("end of the optimum", f"{best.end_s:,.1f} s, {best.slots} slots"),
        ("transfers", f"{len(best.transfers):,}"),
        ("least replayed", f"{100 * world.least_replayed(best.transfers):.2f} %"),
    ]
    for name, plan in methods(world).items():
        if name not in ("optimum", "relayed", "each for itself"):
            ratio = plan(views, demand)["end_s"].max() / best.end_s
            rows.append((name, f"{ratio:.2f} times the optimum"))
    table = ["| what | how much |", "| --- | --- |"]
    return "\n".join(table + [f"| {what} | {much} |" for what, much in rows])


def main() -> None:
    """Write the report."""
    shell = shell_section()
    print(shell, flush=True)
    any_pair = any_pair_section()
    star = section("Star 50/5/1 at 1,000 km, 90 degrees", STAR, list(SETS))
    delta = section("Delta 110/5/1 at 550 km, 53 degrees", DELTA, list(SETS)[:4])
    REPORT.write_text(f"""# Volumes of planes on their way to the ground

Made by `python bench/flows.py`. Each satellite has {SATELLITE_BITS / 1e9:.2f} Gbit
(850 samples of 576 x 768 numbers of 16 bits), and all satellites of a plane hold what
the plane has. Links are those of the study `fedmeld`, stations have one antenna and
see satellites above {MASK_DEG:g} degrees, slots last {SLOT_S:g} s.

## Delta 1584/72/1 at 550 km, 53 degrees, fourteen stations

One start, fixed slots. All steps of the search for the least number of slots count.

{shell}

## Relays over the grid and between any two satellites

The start is, of those below, the one with the longest wait. A link carries 500 Mbit/s.
On the grid each satellite has a link to its partner in each plane beside its own.
Between any two satellites of different planes, each sends to one other at a time and
receives from one, as long as they see each other and the Doppler shift of
{CARRIER_HZ / 1e9:g} GHz is below {MAX_DOPPLER_HZ / 1e3:g} kHz.

{any_pair}

The next tables have means over twelve starts, two hours apart: seconds of the optimum
without and with relays over the grid, and of the others the ratio of means to the
optimum without. The last column is the least part of a plane's volume that the optimum
delivers with true rates, over all starts.

{star}

{delta}
""")


if __name__ == "__main__":
    main()
