"""Add up the legs of all rounds, for satellites of several speeds."""

import _job
from fedorbit.base.files import read_table, write_table
from fedorbit.report.numbers.totals import Work, crossovers, totals

_job.start(snakemake)
params = snakemake.params
latency = read_table(snakemake.input.latency)
table = totals(latency, Work(**params.work), params.speeds)
write_table(table, snakemake.output.totals)
write_table(crossovers(table), snakemake.output.crossovers)
