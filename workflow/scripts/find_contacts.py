"""Find every pass of every satellite over every region and ground station."""

from datetime import datetime

import _job
from fedorbit.base.files import write_table
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.lists import read_constellation
from fedorbit.orbits.sites import (
    read_masked_sites,
    refuse_shared_names,
    unseen,
)

_job.start(snakemake)
scenario = snakemake.params.values["scenario"]
places = [scenario[kind] for kind in ("regions", "stations") if scenario.get(kind)]
sites = read_masked_sites([(p["file"], p["min_elevation_deg"]) for p in places])
satellites = read_constellation(snakemake.input.constellation)
refuse_shared_names(satellites, sites)
start = datetime.fromisoformat(scenario["start"])
contacts = find_contacts(satellites, sites, start, scenario["hours"])
for sentence in unseen(contacts, sites, scenario["hours"]):
    _job.say(sentence)
write_table(contacts, snakemake.output.contacts)
print(f"{len(contacts)} passes over {len(sites)} sites")
