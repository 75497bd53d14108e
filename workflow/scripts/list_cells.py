"""List which run belongs to which cell of which sweep."""

import pandas as pd

import _job
from fedorbit.base.files import write_table

_job.start(snakemake)
write_table(pd.DataFrame(**snakemake.params.cells), snakemake.output.cells)
