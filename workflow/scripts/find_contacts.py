"""Find every pass of every satellite over every region and ground station."""

from datetime import datetime

import _job
from fedorbit.base.files import write_table
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.sites import read_masked_sites, require_contacts
from fedorbit.orbits.tle import read_tle

_job.start(snakemake)
sites = read_masked_sites(
    [
        (snakemake.input.regions, snakemake.params.regions_mask_deg),
        (snakemake.input.stations, snakemake.params.stations_mask_deg),
    ]
)
contacts = find_contacts(
    read_tle(snakemake.input.tle),
    sites,
    datetime.fromisoformat(snakemake.params.start),
    snakemake.params.hours,
)
require_contacts(contacts, sites, snakemake.params.hours)
write_table(contacts, snakemake.output.contacts)
print(f"{len(contacts)} passes over {len(sites)} sites")
