"""Draw errors of windows, passes missed and invented, by theory and by age."""

import _job
from fedorbit.base.files import read_table
from fedorbit.report.figures.ladder import plot_ladder
from fedorbit.report.figures.style import save

_job.start(snakemake)
figure = plot_ladder(
    read_table(snakemake.input.rungs),
    read_table(snakemake.input.ages),
    read_table(snakemake.input.ageing),
    snakemake.params.looks,
)
save(figure, snakemake.output.figure, *snakemake.output.printed)
