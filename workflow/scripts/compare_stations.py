"""Plan hierarchical FL with each of many ground stations alone."""

from dataclasses import replace
from datetime import datetime

import pandas as pd

import _job
from fedorbit.base.files import write_table
from fedorbit.data.homes import Homes
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.lists import read_constellation
from fedorbit.orbits.sites import read_masked_sites, refuse_shared_names
from fedorbit.plans.plan import Plan
from fedorbit.plans.readings.stations import averages_by_station
from fedorbit.plans.scene import Scene, SceneSettings
from fedorbit.plans.sky import Sky
from fedorbit.plans.strategies.hfl import STRATEGY

_job.start(snakemake)
params, paths = snakemake.params, snakemake.input
scenario, settings = params.sky["scenario"], STRATEGY.settings(**params.settings)
masks = (scenario[kind]["min_elevation_deg"] for kind in ("regions", "stations"))
sites = read_masked_sites([*zip((paths.regions, paths.candidates), masks, strict=True)])
satellites = read_constellation(paths.constellation)
refuse_shared_names(satellites, sites)
start = datetime.fromisoformat(scenario["start"])
contacts = find_contacts(satellites, sites, start, scenario["hours"])
homes = Homes.read(paths.homes)
scene = Scene.of(contacts, homes, [], SceneSettings(**params.scene))


def plan_with(station: str) -> Plan:
    """Return the plan with one of the stations."""
    seen = contacts[contacts["site"].isin([*homes.names, station])]
    sky = Sky(seen.reset_index(drop=True))
    return STRATEGY.plan(replace(scene, sky=sky, stations=[station]), settings)


candidates = sites[sites["file"] == paths.candidates]
table = averages_by_station(plan_with, candidates["name"])
passes = contacts["site"].value_counts().rename("passes")
places = candidates[["name", "latitude_deg", "longitude_deg"]]
table = table.merge(places, left_on="station", right_on="name").drop(columns="name")
table = table.join(passes, on="station").fillna({"passes": 0}).astype({"passes": int})
write_table(pd.DataFrame(table), snakemake.output.table)
print(table.to_string(index=False))
