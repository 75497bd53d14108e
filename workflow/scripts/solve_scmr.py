"""Choose FedMeld's round interval and mixing ratio by SC-MR, with pilot trainings."""

import _job
from fedorbit.base.files import read_table, write_json
from fedorbit.data.datasets import load_dataset
from fedorbit.learn.model import parse_model
from fedorbit.learn.run.task import make_task
from fedorbit.learn.scmr.solve import optimise_meld
from fedorbit.learn.settings import Evaluation, Training
from fedorbit.orbits.sites import read_sites
from fedorbit.plans.scene import Scene, SceneSettings
from fedorbit.plans.strategies.fedmeld_optimal import FedMeldOptimal

_job.start(snakemake)
params, paths = snakemake.params, snakemake.input
scene = Scene.of(
    read_table(paths.contacts),
    list(read_sites(paths.regions)["name"]),
    list(read_sites(paths.stations)["name"]),
    SceneSettings(**params.scene),
)
data, partition = load_dataset(paths.dataset), read_table(paths.partition)
model, training = parse_model(params.model), Training(**params.training)
evaluation = Evaluation(**params.evaluation)
tasks = [
    make_task(data, partition, model, training, evaluation, seed)
    for seed in params.seeds
]
found = optimise_meld(scene, tasks, FedMeldOptimal(**params.settings), params.device)
write_json(found, snakemake.output.meld)
