"""Draws the random regions, and measures flights on every hop of every topology.

Writes data/regions/random_5.csv, five places on land by a fixed seed; and
bench/regions.md: for the regions of each file and a topology of FedMeld, how long
models fly on each hop, in a day of the sky of the study fedmeld with a model ready
every ten minutes of its first half, and how fast regions agree with a mixing ratio of
one half.

    python bench/regions.py
"""

from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
from land import draw_on_land

from fedorbit.base.files import write_table, write_text
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.sites import read_masked_sites
from fedorbit.orbits.walker import walker_elements
from fedorbit.plans.moves.topology import upstreams
from fedorbit.plans.readings.flights import soonest_flight
from fedorbit.plans.sky import Sky
from fedorbit.studies.kinds.learning import LearningStudy
from fedorbit.studies.study import load_study
from fedorbit.theory.fedmeld.mixing import (
    mixing_matrix,
    second_modulus,
    stationary_weights,
)

ROOT = Path(__file__).parent.parent
REGIONS, OUT = ROOT / "data/regions", Path(__file__).with_suffix(".md")
COUNT, MAX_LATITUDE_DEG, SEED, HOURS = 5, 53.0, 0, 24.0
READY_S, GIVE_UP_S, ALPHA = np.arange(0, 43200, 600.0), 43200.0, 0.5
CASES = [
    ("closing_ring", ("ring",)),
    ("closing_ring", ("chain",)),
    ("grid_2x3", ("grid", 3)),
    ("grid_2x3", ("ring",)),
    ("random_5", ("ring",)),
]
values = load_study(ROOT / "config", "fedmeld", "quick").values
scenario = LearningStudy(**values).scenario
start: datetime = scenario.start
satellites = walker_elements(scenario.constellation, start)


def flights(file: str, topology: tuple) -> tuple[str, list[str]]:
    """Return a sentence on how fast regions agree, and the rows of a table of hops."""
    mask_deg = scenario.regions.min_elevation_deg
    sites = read_masked_sites([(REGIONS / f"{file}.csv", mask_deg)])
    sky = Sky(find_contacts(satellites, sites, start, HOURS))
    above = upstreams(list(sites["name"]), *topology)
    rows = []
    for region, origins in above.items():
        for origin in origins:
            hop = (sky, origin, region)
            times = [soonest_flight(*hop, s, GIVE_UP_S)[1] / 60 for s in READY_S]
            p50, p95 = np.percentile(times, [50, 95], method="higher")
            lost = np.isinf(times).sum()
            rows.append(f"| {origin} | {region} | {p50:.1f} | {p95:.1f} | {lost} |")
    matrix = mixing_matrix(above, ALPHA)
    shares = ", ".join(f"{share:.2f}" for share in stationary_weights(matrix))
    rho = second_modulus(matrix)
    return f"A mixing shrinks disagreement to {rho:.3f}; weights are {shares}.", rows


random = draw_on_land(
    pd.read_csv(ROOT / "data/map/coastlines.csv"), COUNT, MAX_LATITUDE_DEG, SEED
)
write_table(random, REGIONS / "random_5.csv")
lines = [f"Flights in minutes, of {len(READY_S)} on each hop, by bench/regions.py"]
for file, topology in CASES:
    sentence, rows = flights(file, topology)
    lines += ["", f"## {file}, {' '.join(map(str, topology))}", "", sentence, ""]
    lines += ["| from | to | median | 95th percentile | over 12 h |"]
    lines += ["|---|---|---|---|---|", *rows]
write_text("\n".join(lines) + "\n", OUT)
