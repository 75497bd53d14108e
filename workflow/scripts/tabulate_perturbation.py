"""Tabulate what became of planned exchanges, by age of elements and patience."""

import _job
from fedorbit.files import read_table, write_table
from fedorbit.report.perturbation import perturbation_table

_job.start(snakemake)
cases = [
    read_table(path).iloc[0].to_dict()
    | {"case": f"{age},patience_s={patience_s}", "patience_s": float(patience_s)}
    for path, (age, patience_s) in zip(
        snakemake.input.cases, snakemake.params.flights, strict=True
    )
]
table = perturbation_table(cases, map(read_table, snakemake.input.exchanges))
write_table(table, snakemake.output.perturbation)
