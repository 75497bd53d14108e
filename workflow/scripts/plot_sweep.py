"""Draw a figure of a sweep as the study declares it: lines, points or a map.

Inputs that the figure does not need are empty.
"""

import json
from pathlib import Path

import _job
from fedorbit.base.files import read_table
from fedorbit.orbits.sites import read_sites
from fedorbit.report.figures.declared import SweepMap, parse_figure
from fedorbit.report.figures.points import Tables
from fedorbit.report.figures.style import save
from fedorbit.report.figures.sweeps import plot_sweep
from fedorbit.report.figures.wins import plot_wins
from fedorbit.report.numbers.rounds import read_rounds

_job.start(snakemake)
given, params = snakemake.input, snakemake.params
declared = parse_figure(params.figure)
tables = Tables(
    cells=read_table(given.cells),
    infeasible=read_table(given.infeasible),
    rounds=read_rounds(given.rounds) if given.rounds else None,
    metrics=read_table(given.metrics) if given.metrics else None,
    scmr=json.loads(Path(given.scmr).read_text()) if given.scmr else None,
    law={c: json.loads(Path(law).read_text()) for c, law in params.laws.items()},
    sites={path: read_sites(path) for path in given.sites},
    values=params.theory,
    group=params.drawing["group"],
)
plot = plot_wins if isinstance(declared, SweepMap) else plot_sweep
figure = plot(declared, tables, *_job.drawing(params))
save(figure, snakemake.output.figure, *snakemake.output.printed)
