"""Draw accuracy against the mixing ratio for each concentration of a sweep.

The sweep ``mixing_region`` is over ``partition.region_concentration``, and so on.
"""

import json
from pathlib import Path

import _job
from fedorbit.base.files import read_table
from fedorbit.report.figures.style import save
from fedorbit.report.figures.sweeps import plot_mixing
from fedorbit.report.numbers.metrics import at_end, join_cells
from fedorbit.report.numbers.rounds import group_means
from fedorbit.report.numbers.theory import best_ratios

_job.start(snakemake)
given, params = snakemake.input, snakemake.params
sweep = snakemake.wildcards.sweep
levels = group_means(read_table(given.rounds))
cells = read_table(given.cells)
figure = plot_mixing(
    at_end(join_cells(levels, cells, sweep)),
    f"partition.{sweep.removeprefix('mixing_')}_concentration",
    "concentration",
    best_ratios(json.loads(Path(given.meld).read_text())),
    params.looks,
    _job.title(params),
)
save(figure, snakemake.output.figure)
