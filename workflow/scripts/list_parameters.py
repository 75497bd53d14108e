"""List every parameter of a study with its value and where it comes from."""

import _job
from fedorbit.base.files import write_table
from fedorbit.studies.parameters import parameters

_job.start(snakemake)
write_table(parameters(snakemake.params.study), snakemake.output.parameters)
