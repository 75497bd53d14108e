"""Features of samples: what is frozen runs once, and heads learn on the result.

A plan that trains the head alone asks the same features of a sample in every round.
Whoever computes them once gets the same heads, up to rounding, in a fraction of the
time. Who computes them, and what is sent for it, is the affair of the plan.
"""

import torch
from torch import Tensor

from fedorbit.base.errors import SettingsError
from fedorbit.base.settings import Settings
from fedorbit.data.datasets import Dataset
from fedorbit.learn.model import build_network
from fedorbit.learn.networks.split import Split

SEED = 0  # of a backbone without a checkpoint, the same one for all
AT_ONCE = 500  # samples in one forward pass


def features_of(dataset: Dataset, model: Settings) -> Dataset:
    """Return a dataset of features, floats of the shape (samples, dim).

    On them, softmax regression is the head of the model. Raises ``SettingsError`` for
    a model that is not cut into an embedding, a backbone and a head.
    """
    torch.set_num_threads(1)
    network = build_network(model, dataset.shape, dataset.classes)
    if not isinstance(network, Split):
        raise SettingsError(
            f"model.name is {model.name!r}, which has no frozen backbone to make "
            "features; choose 'vit', or a strategy that trains the whole model."
        )
    params = network.init(SEED)

    def features(images: Tensor) -> Tensor:
        tokens = network.call("embedding", params, images)
        return network.call("backbone", params, tokens)

    def of_all(images) -> Tensor:
        with torch.no_grad():
            parts = torch.from_numpy(images).split(AT_ONCE)
            return torch.cat([features(part) for part in parts])

    train_x, test_x = map(of_all, dataset.features())
    return Dataset(train_x.numpy(), dataset.train_y, test_x.numpy(), dataset.test_y)
