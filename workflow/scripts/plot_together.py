"""Draw several studies beside one another, and join their metrics in one table."""

import _job
from fedorbit.base.files import read_table, write_table
from fedorbit.report.figures.style import save
from fedorbit.report.figures.together import Row, plot_together
from fedorbit.report.numbers.rounds import read_curves
from fedorbit.report.numbers.together import together

_job.start(snakemake)
given, params = snakemake.input, snakemake.params
metrics = [read_table(path) for path in given.metrics]
rows = [
    Row(
        title=row["title"],
        rounds=read_curves(path),
        metrics=own[own["setting"] == "default"],
        looks=row["looks"],
        hours=row["hours"],
        group=row["group"],
        bound=row["bound"],
    )
    for row, path, own in zip(params.rows, given.rounds, metrics, strict=True)
]
save(
    plot_together(rows, params.title),
    snakemake.output.figure,
    *snakemake.output.printed,
)
names = [row["study"] for row in params.rows]
table = together(dict(zip(names, metrics, strict=True)))
write_table(table, snakemake.output.table)
