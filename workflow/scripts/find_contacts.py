"""Find every pass of every satellite over every region and ground station."""

from datetime import datetime

import _job
from fedorbit.base.files import write_table
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.lists import read_constellation
from fedorbit.orbits.sites import (
    read_masked_sites,
    refuse_shared_names,
    require_contacts,
)

_job.start(snakemake)
sites = read_masked_sites(
    [
        (snakemake.input.regions, snakemake.params.regions_mask_deg),
        (snakemake.input.stations, snakemake.params.stations_mask_deg),
    ]
)
satellites = read_constellation(snakemake.input.constellation)
refuse_shared_names(satellites, sites)
start = datetime.fromisoformat(snakemake.params.start)
contacts = find_contacts(satellites, sites, start, snakemake.params.hours)
require_contacts(contacts, sites, snakemake.params.hours)
write_table(contacts, snakemake.output.contacts)
print(f"{len(contacts)} passes over {len(sites)} sites")
