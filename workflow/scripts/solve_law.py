"""Choose FedMeld's mixing ratio by our law, with a pilot training."""

import _job
from fedorbit.base.files import read_table, write_json
from fedorbit.data.datasets import load_dataset
from fedorbit.data.homes import Homes
from fedorbit.learn.law.solve import solve_law
from fedorbit.learn.model import parse_model
from fedorbit.learn.run.task import make_task
from fedorbit.learn.settings import Evaluation, Training
from fedorbit.plans.scene import Scene, SceneSettings
from fedorbit.plans.strategy import find_strategy

_job.start(snakemake)
params, paths = snakemake.params, snakemake.input
scene = Scene.of(
    read_table(paths.contacts),
    Homes.read(paths.homes),
    [],
    SceneSettings(**params.scene),
)
data, partition = load_dataset(paths.dataset), read_table(paths.partition)
values = params.values
model, training = parse_model(values["model"]), Training(**values["training"])
evaluation = Evaluation(**values["evaluation"])
tasks = [
    make_task(data, partition, model, training, evaluation, seed)
    for seed in params.seeds
]
settings = find_strategy(snakemake.wildcards.strategy).settings(**params.settings)
write_json(solve_law(scene, tasks, settings, params.device), snakemake.output.solution)
