"""Draw accuracy and loss at the end against the time limit."""

import _job
from fedorbit.base.files import read_table
from fedorbit.report.figures.style import save
from fedorbit.report.figures.sweeps import plot_time_limit
from fedorbit.report.numbers.metrics import at_end, join_cells
from fedorbit.report.numbers.rounds import group_means

_job.start(snakemake)
given, params = snakemake.input, snakemake.params
levels = group_means(read_table(given.rounds))
runs = at_end(join_cells(levels, read_table(given.cells), "time_limit"))
figure = plot_time_limit(runs, params.looks, _job.title(params))
save(figure, snakemake.output.figure)
