"""What the scripts of choices by pilot trainings start with."""

from fedorbit.base.files import read_table
from fedorbit.data.datasets import load_dataset
from fedorbit.data.homes import Homes
from fedorbit.learn.run.task import tasks_of
from fedorbit.plans.scene import Scene, SceneSettings
from fedorbit.plans.strategy import find_strategy


def given(snakemake) -> tuple:
    """Return scene, a task for each seed, the strategy's settings and the device."""
    params, paths = snakemake.params, snakemake.input
    homes, scenery = Homes.read(paths.homes), SceneSettings(**params.scene)
    scene = Scene.of(read_table(paths.contacts), homes, [], scenery)
    settings = find_strategy(snakemake.wildcards.strategy).settings(**params.settings)
    data, partition = load_dataset(paths.dataset), read_table(paths.partition)
    tasks = tasks_of(params.values, data, partition, params.seeds)
    return scene, tasks, settings, params.device
