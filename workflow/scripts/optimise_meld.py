"""Choose FedMeld's round interval and mixing ratio by SC-MR, with pilot trainings."""

import _job
from fedorbit.data.datasets import load_dataset
from fedorbit.files import read_table, write_json
from fedorbit.learn.meld import optimise_meld
from fedorbit.learn.settings import Evaluation, Training, parse_model
from fedorbit.learn.task import make_task
from fedorbit.orbits.links import Links
from fedorbit.orbits.sites import read_sites
from fedorbit.plans.fedmeld_optimal import FedMeldOptimal
from fedorbit.plans.scene import Clients, Scene
from fedorbit.study import Card

_job.start(snakemake)
params, paths = snakemake.params, snakemake.input
card, training = Card(**params.card), Training(**params.training)
scene = Scene.of(
    read_table(paths.contacts),
    list(read_sites(paths.regions)["name"]),
    list(read_sites(paths.stations)["name"]),
    hours=params.hours,
    links=Links(**params.links),
    clients=Clients(**params.clients),
    model_bits=card.bits,
    flop_per_sample=card.training_flop_per_sample,
    local_steps=training.local_steps,
    batch_size=training.batch_size,
    evaluation_interval=params.evaluation["interval_rounds"],
)
data, partition = load_dataset(paths.dataset), read_table(paths.partition)
model, evaluation = parse_model(params.model), Evaluation(**params.evaluation)
tasks = [
    make_task(data, partition, model, training, evaluation, seed)
    for seed in params.seeds
]
found = optimise_meld(scene, tasks, FedMeldOptimal(**params.settings), params.device)
write_json(found, snakemake.output.meld)
