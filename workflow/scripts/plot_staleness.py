"""Draw accuracy and the theory's objective against the round interval."""

import json
from pathlib import Path

import _job
from fedorbit.base.files import read_table
from fedorbit.orbits.sites import read_sites
from fedorbit.report.figures.style import save
from fedorbit.report.figures.sweeps import INTERVAL, plot_staleness
from fedorbit.report.numbers.metrics import at_end, at_equal_rounds, join_cells
from fedorbit.report.numbers.rounds import group_means
from fedorbit.report.numbers.theory import best_objectives

_job.start(snakemake)
given, params = snakemake.input, snakemake.params
levels = join_cells(
    group_means(read_table(given.rounds)), read_table(given.cells), "staleness"
)
own = levels[levels["strategy"] == "fedmeld"]
bounds = best_objectives(
    json.loads(Path(given.meld).read_text()),
    params.local_steps,
    len(read_sites(given.regions)),
    sorted(own[INTERVAL].unique()),
)
figure = plot_staleness(
    at_end(own),
    at_equal_rounds(own),
    bounds,
    params.looks["fedmeld"],
    _job.title(params),
)
save(figure, snakemake.output.figure)
