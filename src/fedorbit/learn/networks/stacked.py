"""Linear layers of many copies at once; samples are columns."""

from collections.abc import Iterator

import torch
from torch import Tensor

from fedorbit.learn.networks.network import Params


def linear(params: Params, layer: str, x: Tensor) -> Tensor:
    """Return the outputs (copies, outputs, n) of a layer for (copies, inputs, n)."""
    bias = params[f"{layer}.bias"].unsqueeze(2)
    return torch.baddbmm(bias, params[f"{layer}.weight"], x)


def of_layer(
    layer: str, names: set[str], error: Tensor, before: Tensor
) -> Iterator[tuple[str, Tensor, Tensor | None]]:
    """Yield those parameters of a layer that learn, as ``Experts._backward`` does."""
    if f"{layer}.weight" in names:
        yield f"{layer}.weight", error, before
    if f"{layer}.bias" in names:
        yield f"{layer}.bias", error, None


def stacked(params: Params) -> Params:
    """Return one copy as a stack of one."""
    return {name: p.unsqueeze(0) for name, p in params.items()}
