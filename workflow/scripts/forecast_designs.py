"""Train one pilot, and forecast how many exchanges strategies take to the target."""

import _job
from fedorbit.base.files import read_table, write_json
from fedorbit.data.datasets import load_dataset
from fedorbit.data.homes import Homes
from fedorbit.learn.law.forecast import forecast_of, measure_pilot, told
from fedorbit.learn.run.task import tasks_of
from fedorbit.plans.designs.cells import without_sky
from fedorbit.plans.moves.topology import upstreams
from fedorbit.plans.scene import SceneSettings

_job.start(snakemake)
params, paths = snakemake.params, snakemake.input
scene = without_sky(Homes.read(paths.homes), SceneSettings(**params.scene))
tasks = tasks_of(
    *(params.values, load_dataset(paths.dataset), read_table(paths.partition)),
    params.seeds,
)
wanted, delta = params.forecast, params.delta
pilot = measure_pilot(
    *(scene, tasks, delta, wanted["exchanges"], wanted["alone_rounds"]),
    params.target_accuracy,
    params.device,
)
ring = {"topology": "ring", "grid_columns": None}
own = params.strategies.get("fedmeld", ring)
above = upstreams(scene.regions, own["topology"], own["grid_columns"])
forecasts = {n: forecast_of(n, pilot, above, delta) for n in params.strategies}
write_json(told(pilot, forecasts), snakemake.output.forecast)
print(forecasts)
