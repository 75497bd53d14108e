"""Draw accuracy against the number of clients that take part."""

import _job
from fedorbit.base.files import read_table
from fedorbit.report.figures.style import save
from fedorbit.report.figures.sweeps import plot_participation
from fedorbit.report.numbers.metrics import at_end, join_cells
from fedorbit.report.numbers.rounds import group_means

_job.start(snakemake)
given, params = snakemake.input, snakemake.params
rounds = read_table(given.rounds)
levels = join_cells(group_means(rounds), read_table(given.cells), "participation")
figure = plot_participation(at_end(levels), levels, params.looks, _job.title(params))
save(figure, snakemake.output.figure)
