"""Tables of a made study with sweeps, for tests of figures."""

from io import StringIO
from itertools import product

import pandas as pd

from fedorbit.report.figures.points import Tables
from fedorbit.report.numbers.metrics import join_cells
from fedorbit.report.numbers.rounds import ROUNDS, group_means

INTERVAL = "strategies.fedmeld.round_interval"
RATIO = "strategies.fedmeld.mixing_ratio"
MIX = "partition.region_concentration"
PARTICIPANTS = "clients.participants_per_round"
HOURS = "scenario.hours"
TOPOLOGY = "strategies.fedmeld.topology"
REGIONS = "scenario.regions.file"
STATIONS = "scenario.stations.file"
SPEED = "clients.compute_flop_s"

LOOKS = {
    "fedmeld": {"label": "Melding", "color": "#12ab56", "linestyle": "-"},
    "hfl": {"label": "Hierarchy", "color": "#fe4321", "linestyle": [3.0, 1.5]},
}
LOOKS["fedmeld"]["marker"], LOOKS["hfl"]["marker"] = "os"
KIND = ("region", "test")
SCATTER = (-0.02, 0.0, 0.02)  # of accuracies over the seeds
LESS = 0.75  # of it for hierarchical FL, so that pairs do not all differ by the same
BITS = {"hfl": (8e9, 1e9, 0, 1e9)}  # at the end: access, feeder, ISL, carried
OTHERS = (80e9, 0, 0, 8e9)


def run(strategy, setting, level, hours=24.0, rounds=4, bits=None) -> pd.DataFrame:
    """Return the rounds of all seeds; accuracy goes half of the way up in each.

    Rounds, hours and bits grow in step; seeds end near ``level`` by ``SCATTER``.
    """
    rows = []
    ends = bits or BITS.get(strategy, OTHERS)
    part = LESS if strategy == "hfl" else 1.0
    for seed, scatter in enumerate(SCATTER):
        for number in range(rounds + 1):
            accuracy = 0.1 + (level + part * scatter - 0.1) * (1 - 0.5**number)
            share = number / rounds
            place = (strategy, setting, seed, 8 * number, 3600 * hours * share)
            sent = (*(int(each * share) for each in ends), 0, 60.0)
            rows += [
                (*place, f"region/{region}", *KIND, accuracy, 1 - accuracy, *sent)
                for region in "AB"
            ]
    return pd.DataFrame(rows, columns=ROUNDS)


def sweep(level, strategies, grid):
    """Return rounds and cells of a sweep over dotted keys, ``level`` of each run."""
    tables, cells = [], []
    for values in product(*grid.values()):
        cell = dict(zip(grid, values, strict=True))
        name = f"made={','.join(map(str, values))}"
        for strategy in strategies:
            hours = cell.get(HOURS, 24.0)
            tables.append(run(strategy, name, level(strategy, cell), hours))
            cells.append(("made", name, strategy, name, *values))
    columns = ["sweep", "cell", "strategy", "setting", *grid]
    return pd.concat(tables, ignore_index=True), pd.DataFrame(cells, columns=columns)


def as_read(table) -> pd.DataFrame:
    """Return a table as it is after it was written to a CSV file."""
    return pd.read_csv(StringIO(table.to_csv(index=False)))


def tables(level, strategies, grid, **others) -> Tables:
    """Return the tables of a sweep named ``made``, with others that a figure needs."""
    rounds, cells = sweep(level, strategies, grid)
    return Tables(as_read(cells), as_read(rounds), **others)


def joined_levels(made) -> pd.DataFrame:
    """Return the levels of the sweep, with the values of their cells."""
    return join_cells(group_means(made.rounds), made.cells, "made")
