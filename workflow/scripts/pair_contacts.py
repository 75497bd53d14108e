"""Find the passes of real satellites by an older and by a newer snapshot."""

import pandas as pd

import _job
from fedorbit.errors import InputError
from fedorbit.files import write_table
from fedorbit.orbits.ageing import pair_up
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.sites import read_masked_sites
from fedorbit.plans.refly import Perturbation
from fedorbit.report.perturbation import SNAPSHOTS

_job.start(snakemake)
params, paths = snakemake.params, [snakemake.input.older, snakemake.input.newer]
pairs = pair_up(paths, Perturbation(**params.perturbation).ageing(params.hours))
if not pairs or not pairs[0].old_sets:
    raise InputError(
        f"{' and '.join(paths)}: no satellite of the bands is in both, or both are "
        "copies of one snapshot; move one of them out of the folder."
    )
sites = read_masked_sites([(snakemake.input.regions, params.mask_deg)])
area = (sites, pairs[0].newer.epoch, params.hours)
write_table(find_contacts(pairs[0].old_sets, *area), snakemake.output.planned)
write_table(find_contacts(pairs[0].new_sets, *area), snakemake.output.flown)
case = pd.DataFrame([{"source": SNAPSHOTS, "age_days": pairs[0].age_days}])
write_table(case, snakemake.output.case)
