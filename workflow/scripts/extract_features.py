"""Make the features of samples by the frozen parts of a model, once for all heads."""

import _job
from fedorbit.data.datasets import load_dataset, save_dataset
from fedorbit.learn.model import parse_model
from fedorbit.learn.run.features import features_of

_job.start(snakemake)
model = parse_model(snakemake.params.values["model"])
features = features_of(load_dataset(snakemake.input.dataset), model)
save_dataset(features, snakemake.output.features)
print(f"features of the shape {features.shape}")
