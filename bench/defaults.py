"""Where two defaults of the study fedmeld come from.

Plans FedMeld and prints the mean flight over the mean round, which is
``round_interval`` when rounded up; and plans HFL with each site of
data/stations/candidates.csv alone and prints the mean length of a cycle, best first:

    python bench/defaults.py
"""

from pathlib import Path

import pandas as pd

from fedorbit.base.errors import InputError
from fedorbit.data.homes import region_homes
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.sites import read_masked_sites, read_sites
from fedorbit.orbits.walker import walker_elements
from fedorbit.plans.scene import Scene, SceneSettings
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld
from fedorbit.plans.strategies.hfl import Hfl, plan_hfl
from fedorbit.studies.cards import load_card
from fedorbit.studies.kinds.learning import LearningStudy
from fedorbit.studies.study import load_study, scene_values

ROOT = Path(__file__).parent.parent
CANDIDATES = ROOT / "data/stations/candidates.csv"

values = load_study(ROOT / "config", "fedmeld", "quick").values
study = LearningStudy(**values)
card = load_card(ROOT / "config/cards", study.card)
scenario = study.scenario
regions = ROOT / scenario.regions.file
sites = read_masked_sites(
    [
        (regions, scenario.regions.min_elevation_deg),
        (CANDIDATES, scenario.stations.min_elevation_deg),
    ]
)
contacts = find_contacts(
    walker_elements(scenario.constellation, scenario.start),
    sites,
    scenario.start,
    scenario.hours,
)


def scene(stations: list[str]) -> Scene:
    """Return the study's scene with other stations."""
    return Scene.of(
        contacts,
        region_homes(
            list(read_sites(regions)["name"]), values["clients"]["per_region"]
        ),
        stations,
        SceneSettings(**scene_values(values, card)),
    )


meld = plan_fedmeld(scene([]), FedMeld(**study.strategies["fedmeld"]))
flights = meld.ledger[meld.ledger["link"] == "carry"]
trained = meld.ops[meld.ops["op"] == "train"]
# The last round of a cycle may wait for a carrier.
ordinary = trained[trained["round"] % study.strategies["fedmeld"]["round_interval"] > 0]
flight_s = (flights["end_s"] - flights["start_s"]).mean()
round_s = (ordinary["end_s"] - ordinary["start_s"]).mean()
ratio = flight_s / round_s
print(f"mean flight {flight_s:.0f} s, mean round {round_s:.1f} s: {ratio:.2f}")

settings = Hfl(**study.strategies["hfl"])
rows = []
for station in read_sites(CANDIDATES)["name"]:
    try:
        ops = plan_hfl(scene([station]), settings).ops
    except InputError:
        rows.append((station, 0, float("nan")))
        continue
    cycles = int(ops["round"].max()) // settings.regional_rounds
    rows.append((station, cycles, round(ops["end_s"].max() / cycles / 60, 1)))
columns = ["station", "cycles", "minutes_per_cycle"]
table = pd.DataFrame(rows, columns=columns).sort_values("minutes_per_cycle")
print(table.to_string(index=False))
