"""Plan all strategies in the cells of some constellations."""

from datetime import datetime

import pandas as pd

import _job
from fedorbit.base.files import write_table
from fedorbit.data.homes import Homes
from fedorbit.orbits.sites import read_sites
from fedorbit.plans.designs.cells import Ground, Planner, plan_cells
from fedorbit.plans.designs.grid import CONSTELLATION, Grid, dealt
from fedorbit.plans.scene import SceneSettings

_job.start(snakemake)
params, paths = snakemake.params, snakemake.input
ground = Ground(
    read_sites(paths.regions),
    read_sites(paths.stations),
    Homes.read(paths.homes),
    datetime.fromisoformat(params.start),
    SceneSettings(**params.scene),
)
planners = [Planner.of(name, values) for name, values in params.strategies.items()]
cells = dealt(Grid(**params.grid).cells(), params.jobs, int(snakemake.wildcards.job))
rows = [
    row
    for _, some in cells.groupby(CONSTELLATION, sort=False)
    for row in plan_cells(some, ground, planners)
]
write_table(pd.DataFrame(rows), snakemake.output.cells)
print(f"{len(cells)} cells, {sum(not row['reason'] for row in rows)} plans")
