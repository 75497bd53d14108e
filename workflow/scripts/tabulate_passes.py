"""Tabulate which published mixtures fit into the median pass over a cluster."""

import _job
from fedorbit.base.files import read_table, write_table
from fedorbit.theory.experts.sizes import RATES_BPS, fitting

_job.start(snakemake)
params, contacts = snakemake.params, read_table(snakemake.input.contacts)
pass_s = round(float((contacts["set_s"] - contacts["rise_s"]).median()))
table = fitting(pass_s, RATES_BPS, params.experts, params.devices)
table.insert(4, "pass_s", pass_s)
write_table(table, snakemake.output.passes)
