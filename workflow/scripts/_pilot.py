"""What the scripts of choices by pilot trainings start with."""

from fedorbit.base.files import read_table
from fedorbit.data.datasets import load_dataset
from fedorbit.data.homes import Homes
from fedorbit.learn.model import parse_model
from fedorbit.learn.run.task import Task, make_task
from fedorbit.learn.settings import Evaluation, Training
from fedorbit.plans.scene import Scene, SceneSettings
from fedorbit.plans.strategy import find_strategy


def given(snakemake) -> tuple:
    """Return scene, a task for each seed, the strategy's settings and the device."""
    params, paths = snakemake.params, snakemake.input
    homes, scenery = Homes.read(paths.homes), SceneSettings(**params.scene)
    scene = Scene.of(read_table(paths.contacts), homes, [], scenery)
    settings = find_strategy(snakemake.wildcards.strategy).settings(**params.settings)
    return scene, _tasks(snakemake), settings, params.device


def _tasks(snakemake) -> list[Task]:
    params, paths = snakemake.params, snakemake.input
    values, data = params.values, load_dataset(paths.dataset)
    partition = read_table(paths.partition)
    model, training = parse_model(values["model"]), Training(**values["training"])
    evaluation = Evaluation(**values["evaluation"])
    return [
        make_task(data, partition, model, training, evaluation, seed)
        for seed in params.seeds
    ]
