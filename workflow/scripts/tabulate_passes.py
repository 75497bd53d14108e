"""Tabulate which published mixtures fit into the median pass over a cluster."""

import _job
from fedorbit.base.files import read_table, write_table
from fedorbit.data.homes import Homes
from fedorbit.theory.experts.sizes import RATES_BPS, fitting

_job.start(snakemake)
params, given = snakemake.params, snakemake.input
contacts, homes = read_table(given.contacts), Homes.read(given.homes)
sites = [site for group in homes.groups for site in homes.nodes(group)]
over = contacts[contacts["site"].isin(sites)]
pass_s = round(float((over["set_s"] - over["rise_s"]).median()))
table = fitting(pass_s, RATES_BPS, params.experts, params.devices)
table.insert(5, "pass_s", pass_s)
write_table(table, snakemake.output.passes)
