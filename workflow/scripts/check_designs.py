"""Train one strategy in the drawn cells, beside what was forecast."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import _job
from fedorbit.base.files import read_table, write_table
from fedorbit.data.datasets import load_dataset
from fedorbit.data.homes import Homes
from fedorbit.learn.law.designs import train_cells
from fedorbit.learn.run.task import tasks_of
from fedorbit.orbits.sites import read_sites
from fedorbit.plans.designs.cells import Ground, Planner
from fedorbit.plans.scene import SceneSettings
from fedorbit.report.numbers.designs import drawn_cells

_job.start(snakemake)
params, paths = snakemake.params, snakemake.input
name, wanted = snakemake.wildcards.strategy, params.forecast
ground = Ground(
    read_sites(paths.regions),
    read_sites(paths.stations),
    Homes.read(paths.homes),
    datetime.fromisoformat(params.start),
    SceneSettings(**params.scene),
)
forecast = json.loads(Path(paths.forecast).read_text())["forecasts"][name]
planner = Planner.of(name, params.settings)
if forecast["mixing_ratio"] is not None:
    ratio = {"mixing_ratio": forecast["mixing_ratio"]}
    planner = replace(planner, settings=planner.settings.model_copy(update=ratio))
tasks = tasks_of(
    *(params.values, load_dataset(paths.dataset), read_table(paths.partition)),
    params.seeds,
)
designs = read_table(paths.designs)
drawn = drawn_cells(designs, wanted["cells"], wanted["draw_seed"])
own = designs[designs["cell"].isin(drawn) & (designs["strategy"] == name)]
table = train_cells(
    *(own, ground, planner, tasks, params.target_accuracy, wanted["exchanges"]),
    params.device,
)
write_table(table, snakemake.output.trained)
print(table.to_string(index=False))
