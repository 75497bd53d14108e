"""Draw where FedMeld beats hierarchical FL, at equal time and for equal bits."""

import _job
from fedorbit.base.files import read_table
from fedorbit.report.figures.style import save
from fedorbit.report.figures.wins import plot_wins, speeds_of, stations_of, win_table
from fedorbit.report.numbers.metrics import join_cells
from fedorbit.report.numbers.rounds import group_means

_job.start(snakemake)
given, params = snakemake.input, snakemake.params
names, sweep = ("fedmeld", "hfl"), "stations_and_speed"
cells = read_table(given.cells)
levels = join_cells(group_means(read_table(given.rounds)), cells, sweep)
metrics = join_cells(read_table(given.metrics), cells, sweep)
figure = plot_wins(
    win_table(levels, *names),
    names,
    params.looks,
    speeds_of(metrics, names[0]),
    stations_of(metrics, names[1]),
    _job.title(params),
)
save(figure, snakemake.output.figure)
