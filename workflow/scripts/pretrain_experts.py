"""Pretrain a mixture of experts on the samples that no client holds, for each seed."""

import numpy as np
import torch

import _job
from fedorbit.base.errors import SettingsError
from fedorbit.data.datasets import DomainDataset, load_dataset
from fedorbit.learn.model import build_network, parse_model
from fedorbit.learn.pretrain.expert_settings import ExpertPretraining
from fedorbit.learn.pretrain.experts import pretrain_experts
from fedorbit.learn.pretrain.models import save_models

_job.start(snakemake)
values = snakemake.params.values
dataset = load_dataset(snakemake.input.dataset)
if not isinstance(dataset, DomainDataset):
    raise SettingsError(
        f"dataset is {values['dataset']!r}, of which no sample is held out for "
        "pretraining; choose one of several domains, such as digits_domains."
    )
network = build_network(parse_model(values["model"]), dataset.shape, dataset.classes)
held = dataset.held_out
x = network.once(torch.from_numpy(np.ascontiguousarray(dataset.features()[0][held])))
labels = [torch.from_numpy(y[held]) for y in (dataset.train_y, dataset.train_domain)]
count = len(dataset.domains)
how = ExpertPretraining(**values["pretraining"])
models = {
    seed: pretrain_experts(network, x, *labels, count, how, seed)
    for seed in snakemake.params.seeds
}
save_models(models, snakemake.output.models)
print(f"{len(models)} models on {len(held)} samples")
