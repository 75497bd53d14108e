"""Prepare a dataset once, as arrays with a training and a test part."""

from pathlib import Path

import _job
from fedorbit.base.errors import InputError, SettingsError
from fedorbit.data.datasets import save_dataset
from fedorbit.data.prepare import prepare_dataset
from fedorbit.data.settings import parse_dataset_settings

_job.start(snakemake)
source = f"config/datasets/{snakemake.wildcards.dataset}.yaml"
settings = parse_dataset_settings(snakemake.params.settings, source)
try:
    dataset = prepare_dataset(settings, Path(snakemake.params.raw))
except SettingsError as error:
    raise InputError(f"{source}: {error}") from None
save_dataset(dataset, snakemake.output.dataset)
print(
    f"{len(dataset.train_y)} samples for training and {len(dataset.test_y)} for tests, "
    f"{dataset.classes} classes, each sample of shape {dataset.shape}"
)
