"""Draw the passes over the regions in the first minutes, and the first flights."""

from datetime import datetime

import _job
from fedorbit.base.files import read_table
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.ladder import REFERENCE
from fedorbit.orbits.lists import read_constellation
from fedorbit.orbits.sites import read_masked_sites
from fedorbit.report.figures.sky import plot_passes
from fedorbit.report.figures.style import save

_job.start(snakemake)
params = snakemake.params
sites = read_masked_sites([(snakemake.input.regions, params.mask_deg)])
contacts = find_contacts(
    read_constellation(snakemake.input.constellation),
    sites,
    datetime.fromisoformat(params.start),
    params.minutes / 60,
)
flights = read_table(snakemake.input.flights)
first = flights[(flights["case"] == REFERENCE) & (flights["ready_s"] == 0)]
figure = plot_passes(
    contacts, list(sites["name"]), list(first["satellite"]), params.minutes
)
save(figure, snakemake.output.figure, *snakemake.output.printed)
