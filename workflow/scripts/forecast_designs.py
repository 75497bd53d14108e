"""Train one pilot, and forecast how many exchanges strategies take to the target."""

import _job
from fedorbit.base.files import read_table, write_json
from fedorbit.data.datasets import load_dataset
from fedorbit.data.homes import Homes
from fedorbit.learn.law.designs import tasks_of
from fedorbit.learn.law.forecast import forecast_of, measure_pilot, told
from fedorbit.plans.designs.cells import without_sky
from fedorbit.plans.law.pilot_plans import law_pilot_ops
from fedorbit.plans.moves.topology import upstreams
from fedorbit.plans.scene import SceneSettings

_job.start(snakemake)
params, paths = snakemake.params, snakemake.input
scene = without_sky(Homes.read(paths.homes), SceneSettings(**params.scene))
tasks = tasks_of(
    *(params.values, load_dataset(paths.dataset), read_table(paths.partition)),
    params.seeds,
)
rounds = params.delta * params.forecast["exchanges"]
ops = law_pilot_ops(scene, params.delta, rounds, params.forecast["alone_rounds"])
pilot = measure_pilot(ops, tasks, rounds, params.device)
ring = {"topology": "ring", "grid_columns": None}
own = params.strategies.get("fedmeld", ring)
above = upstreams(scene.regions, own["topology"], own["grid_columns"])
target = params.target_accuracy
forecasts = {
    name: forecast_of(name, pilot, above, params.delta, target)
    for name in params.strategies
}
found = told(pilot, forecasts, pilot.target_loss(target))
write_json(found, snakemake.output.forecast)
print(forecasts)
