"""Tabulate which published mixtures fit into the median pass over a cluster."""

import _job
from fedorbit.base.files import read_table, write_table
from fedorbit.data.homes import Homes
from fedorbit.theory.experts.sizes import RATES_BPS, fitting, median_pass_s

_job.start(snakemake)
params, given = snakemake.params, snakemake.input
homes = Homes.read(given.homes)
sites = [site for group in homes.groups for site in homes.nodes(group)]
pass_s = median_pass_s(read_table(given.contacts), sites)
table = fitting(pass_s, RATES_BPS, params.experts, params.devices)
table.insert(5, "pass_s", pass_s)
write_table(table, snakemake.output.passes)
