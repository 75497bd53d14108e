"""Judge the claims of a paper by the results of a study."""

import _job
from fedorbit.base.files import read_table, write_table
from fedorbit.report.claims.claims import judge_claims, load_claims
from fedorbit.report.claims.evidence import Evidence

_job.start(snakemake)
given = snakemake.input
claims = load_claims(given.claims)
evidence = Evidence(
    read_table(given.rounds),
    read_table(given.cells),
    snakemake.params.target_accuracy,
    read_table(given.convex_bound),
)
verdicts = judge_claims(claims, evidence)
print(verdicts[["claim", "verdict"]].to_string(index=False, header=False))
write_table(verdicts, snakemake.output.claims)
