"""Draw how long models fly between regions, and what wrong times of passes cost."""

import _job
from fedorbit.base.files import read_table
from fedorbit.report.figures.sky import plot_flights
from fedorbit.report.figures.style import save

_job.start(snakemake)
looks = snakemake.params.looks
ages = read_table(snakemake.input.ageing)
labels = {rung: look["label"] for rung, look in looks.items()}
labels |= {row.case: f"{row.age_days:.0f} days old" for row in ages.itertuples()}
costs = read_table(snakemake.input.costs)
figure = plot_flights(
    read_table(snakemake.input.flights),
    looks,
    costs.assign(label=costs["case"].map(labels)),
)
save(figure, snakemake.output.figure, *snakemake.output.printed)
