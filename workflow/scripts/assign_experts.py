"""Number the experts of each seed by the clusters that get them."""

import _job
from fedorbit.base.files import read_table, write_table
from fedorbit.data.homes import Homes
from fedorbit.theory.experts.numbering import Assignment, number_experts

_job.start(snakemake)
given, how = snakemake.input, Assignment(**snakemake.params.assignment)
experts = number_experts(read_table(given.mass), Homes.read(given.homes).names, how)
write_table(experts, snakemake.output.experts)
print(f"{how.experts_per_cluster} experts for each cluster, by the rule {how.rule}")
