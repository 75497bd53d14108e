"""Models whose parameters have a leading dimension of copies, one for each client.

Many small models train at once as batched matrix products, which on a CPU is far
quicker than one after the other.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from fedorbit.learn.settings import Model

Params = dict[str, Tensor]
"""Parameters by name, ``part.weight`` or ``part.bias``; the part is a plan's scope."""


@dataclass(frozen=True)
class Network:
    """A model as a pair of functions."""

    init: Callable[[torch.Generator], Params]
    """Returns the parameters of one copy, without the leading dimension."""
    logits: Callable[[Params, Tensor], Tensor]
    """From parameters (copies, ...) and features (copies, batch, features), or
    (batch, features) for all copies alike, to logits (copies, batch, classes)."""


def build_network(settings: Model, features: int, classes: int) -> Network:
    """Return the network of the given settings for inputs and outputs of given width.

    Weights and biases start uniform within one over the square root of the width of
    the layer's input, as in PyTorch's own linear layer; softmax regression starts
    from zero.
    """
    widths = {"softmax": [], "mlp": [settings.hidden]}[settings.name]
    names = [*(["hidden"] * len(widths)), "head"]
    sizes = list(zip([features, *widths], [*widths, classes], strict=True))

    def init(generator: torch.Generator) -> Params:
        params = {}
        for name, (inputs, outputs) in zip(names, sizes, strict=True):
            bound = 1 / math.sqrt(inputs) if widths else 0.0
            for part, shape in (("weight", (inputs, outputs)), ("bias", (1, outputs))):
                uniform = torch.rand(shape, generator=generator)
                params[f"{name}.{part}"] = bound * (2 * uniform - 1)
        return params

    def logits(params: Params, x: Tensor) -> Tensor:
        for name in names:
            if name != names[0]:
                x = torch.relu(x)
            x = x @ params[f"{name}.weight"] + params[f"{name}.bias"]
        return x

    return Network(init, logits)
