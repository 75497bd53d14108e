"""Hold FedMeld's bound against rings of quadratics, whose constants are known."""

import _job
from fedorbit.base.files import write_table
from fedorbit.theory.fedmeld.convex_check import check_bound, tail_slopes

_job.start(snakemake)
params = snakemake.params
table = check_bound(params.seeds, params.rounds, params.runs)
write_table(table, snakemake.output.bound)
print(tail_slopes(table).to_string(index=False))
