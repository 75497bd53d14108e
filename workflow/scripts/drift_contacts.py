"""Find the passes of the satellites of a study that have drifted for some days."""

from datetime import datetime

import pandas as pd

import _job
from fedorbit.files import write_table
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.drift import Drift, drifted
from fedorbit.orbits.sites import read_masked_sites
from fedorbit.orbits.tle import read_tle
from fedorbit.report.perturbation import MODEL

_job.start(snakemake)
params = snakemake.params
age_days = float(snakemake.wildcards.age_days)
sets = drifted(read_tle(snakemake.input.tle), age_days, Drift(**params.drift))
sites = read_masked_sites([(snakemake.input.regions, params.mask_deg)])
start = datetime.fromisoformat(params.start)
write_table(find_contacts(sets, sites, start, params.hours), snakemake.output.flown)
case = pd.DataFrame([{"source": MODEL, "age_days": age_days}])
write_table(case, snakemake.output.case)
