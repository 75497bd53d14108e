"""What a model costs: its parameters and the operations of training it."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.utils.flop_counter import FlopCounterMode

from fedorbit.base.settings import Settings
from fedorbit.learn.model import build_network


@dataclass(frozen=True)
class Counts:
    """Parameters of a model, and floating-point operations for one sample."""

    parameters: int
    training_flop_per_sample: int
    """Of a forward and a backward pass; a multiplication and an addition are two."""


def count(model: Settings, shape: Sequence[int], classes: int) -> Counts:
    """Return what a model costs for samples of a shape, as (channels, height, width).

    Operations are counted by PyTorch: matrix products and convolutions, and nothing
    that grows only with the number of activations. Raises ``SettingsError`` if the
    model does not fit the samples.
    """
    network = build_network(model, shape, classes)
    params = network.init(seed=0)
    x = torch.zeros(1, 1, *shape)
    label = torch.zeros(1, 1, dtype=torch.int64)
    with FlopCounterMode(display=False) as counter:
        network.gradients(
            {name: p.unsqueeze(0) for name, p in params.items()},
            x if network.images else x.flatten(2),
            label,
            list(params),
        )
    parameters = sum(p.numel() for p in params.values())
    return Counts(parameters, counter.get_total_flops())
