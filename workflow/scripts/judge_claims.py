"""Judge the claims of a paper by the results of a study."""

import _job
from fedorbit.base.files import read_table, write_table
from fedorbit.data.datasets import load_dataset
from fedorbit.report.claims.claims import judge_claims, load_claims
from fedorbit.report.claims.evidence import Evidence
from fedorbit.report.numbers.answers import answers_of
from fedorbit.report.numbers.infeasible import are_infeasible
from fedorbit.report.numbers.rounds import read_rounds

OTHERS = (
    *("metrics", "draws", "latency", "totals", "crossovers", "payloads", "devices"),
    "checks",
)

_job.start(snakemake)
given = snakemake.input
claims = load_claims(given.claims)
cells, infeasible = read_table(given.cells), read_table(given.infeasible)
draws = load_dataset(given.dataset).test_draws
answers = {
    (run["strategy"], run["setting"]): answers_of(read_table(record), draws)
    for run, record in zip(snakemake.params.runs, given.records, strict=True)
}
evidence = Evidence(
    read_rounds(given.rounds),
    cells[~are_infeasible(cells, infeasible)],
    snakemake.params.target_accuracy,
    int(draws.max()) + 1,
    read_table(given.convex_bound) if given.convex_bound else None,
    {name: read_table(given[name]) for name in OTHERS if given[name]},
    snakemake.params.speed,
    answers,
)
verdicts = judge_claims(claims, evidence)
print(verdicts[["claim", "verdict"]].to_string(index=False, header=False))
write_table(verdicts, snakemake.output.claims)
