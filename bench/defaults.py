"""Where three defaults of the study fedmeld come from.

Plans FedMeld and prints the mean flight over the mean round, which is
``round_interval`` when rounded up. Plans HFL with each of the study's candidate
stations alone and prints how many averages it has, best first. And prints the values
of ``regional_rounds`` whose last average comes near the end of the scenario:

    python bench/defaults.py
"""

from functools import partial
from pathlib import Path

from fedorbit.data.homes import region_homes
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.sites import read_masked_sites, read_sites
from fedorbit.orbits.walker import walker_elements
from fedorbit.plans.plan import Plan
from fedorbit.plans.readings.stations import averages_by_station
from fedorbit.plans.scene import Scene, SceneSettings
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld
from fedorbit.plans.strategy import find_strategy
from fedorbit.studies.cards import load_card
from fedorbit.studies.kinds.learning import LearningStudy
from fedorbit.studies.scenes import scene_values
from fedorbit.studies.study import load_study

ROOT = Path(__file__).parent.parent
HFL = find_strategy("hfl")
MOST_ROUNDS = 150
AT_END = 0.95
"""Part of the scenario after which the last average of a filling plan is back."""

values = load_study(ROOT / "config", "fedmeld", "quick").values
study = LearningStudy(**values)
CANDIDATES = ROOT / study.candidate_stations
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
    names = list(read_sites(regions)["name"])
    seen = contacts[contacts["site"].isin([*names, *stations])]
    return Scene.of(
        seen.reset_index(drop=True),
        region_homes(names, values["clients"]["per_region"]),
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


def hfl(world: Scene, **changes) -> Plan:
    """Return the plan of HFL with the study's settings, or some in their place."""
    return HFL.plan(world, HFL.settings(**study.strategies["hfl"] | changes))


names = read_sites(CANDIDATES)["name"]
table = averages_by_station(lambda station: hfl(scene([station])), names)
print(table.to_string(index=False))

stations = list(read_sites(ROOT / scenario.stations.file)["name"])
own = scene(stations)
print(f"rounds between averages that fill the scenario, with {', '.join(stations)}:")
for rounds in range(1, MOST_ROUNDS + 1):
    plan = partial(hfl, regional_rounds=rounds)
    found = averages_by_station(lambda _, p=plan: p(own), ["own"])
    count, last_h = found.loc[0, ["averages", "last_h"]]
    if last_h >= AT_END * scenario.hours:
        print(f"{rounds:4} {count:.0f} averages, the last at {last_h:.2f} h")
