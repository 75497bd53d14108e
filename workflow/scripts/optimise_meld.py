"""Choose FedMeld's round interval and mixing ratio by SC-MR, with pilot trainings."""

import _job
from fedorbit.base.files import read_table, write_json
from fedorbit.data.datasets import load_dataset
from fedorbit.data.homes import region_homes
from fedorbit.learn.model import parse_model
from fedorbit.learn.run.task import make_task
from fedorbit.learn.scmr.solve import solve_scmr
from fedorbit.learn.settings import Evaluation, Training
from fedorbit.orbits.sites import read_sites
from fedorbit.plans.scene import Scene, SceneSettings
from fedorbit.plans.strategies.fedmeld_optimal import FedMeldOptimal

_job.start(snakemake)
params, paths = snakemake.params, snakemake.input
of_study = SceneSettings(**params.scene)
regions = list(read_sites(paths.regions)["name"])
scene = Scene.of(
    read_table(paths.contacts),
    region_homes(regions, of_study.clients.per_region),
    list(read_sites(paths.stations)["name"]),
    of_study,
)
data, partition = load_dataset(paths.dataset), read_table(paths.partition)
model, training = parse_model(params.model), Training(**params.training)
evaluation = Evaluation(**params.evaluation)
tasks = [
    make_task(data, partition, model, training, evaluation, seed)
    for seed in params.seeds
]
found = solve_scmr(scene, tasks, FedMeldOptimal(**params.settings), params.device)
write_json(found, snakemake.output.meld)
