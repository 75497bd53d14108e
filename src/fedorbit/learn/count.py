"""What a model costs: its parameters and the operations of training it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from fedorbit.base.settings import Settings
from fedorbit.learn.model import build_network
from fedorbit.learn.networks.experts import Experts, expert
from fedorbit.learn.networks.network import Network, Params
from fedorbit.learn.networks.split import PARTS, Split


@dataclass(frozen=True)
class PartCounts:
    """Parameters of a part of a split model, and operations for one sample."""

    parameters: int
    forward_flop_per_sample: int
    """Of a forward pass."""
    passing_flop_per_sample: int | None
    """Of a forward pass and the gradient of the input, with the part frozen; none for
    the embedding, whose input is an image."""
    training_flop_per_sample: int
    """Of a forward pass and all gradients, but for that of an image."""
    output: list[int]
    """Shape of what leaves the part for one sample."""


@dataclass(frozen=True)
class Counts:
    """Parameters of a model, and floating-point operations for one sample."""

    parameters: int
    training_flop_per_sample: int
    """Of a forward and a backward pass; a multiplication and an addition are two."""
    parts: dict[str, PartCounts] = field(default_factory=dict)
    """Those of the parts, if the model can be cut; those of experts, if it has some."""


def count(model: Settings, shape: Sequence[int], classes: int) -> Counts:
    """Return what a model costs for samples of a shape, as (channels, height, width).

    Operations are counted by PyTorch: matrix products and convolutions, and nothing
    that grows only with the number of activations. Raises ``SettingsError`` if the
    model does not fit the samples.
    """
    with torch.device("meta"):
        network = build_network(model, shape, classes)
        if isinstance(network, Split):
            return _count_split(network, shape)
    network = build_network(model, shape, classes)
    whole = _whole(network, network.init(seed=0), torch.zeros(1, 1, *shape))
    if isinstance(network, Experts):
        return replace(whole, parts=_count_experts(network))
    return whole


def _count_experts(network: Experts) -> dict[str, PartCounts]:
    """Return the counts of each expert, for a sample that passes it.

    Each parameter takes a multiplication and an addition in a forward pass, and in the
    gradient of the parameter; those of ``down`` once more for the expert's units.
    """
    width, hidden = network.narrow, network.wide
    each = PartCounts(
        parameters=2 * width * hidden,
        forward_flop_per_sample=4 * width * hidden,
        passing_flop_per_sample=None,
        training_flop_per_sample=10 * width * hidden,
        output=[],
    )
    return {expert(number): each for number in range(network.how.experts)}


def _count_split(network: Split, shape: Sequence[int]) -> Counts:
    """Return the counts of a model that can be cut, on the device of no numbers."""
    params = network.init(seed=0)
    whole = _whole(network, params, torch.zeros(1, 1, *shape))
    parts = _count_parts(network, params, torch.zeros(1, *shape))
    return Counts(whole.parameters, whole.training_flop_per_sample, parts)


def _whole(network: Network, params: Params, x: Tensor) -> Counts:
    """Return the counts of a network for a batch of one sample, (1, 1, ...)."""
    copies = {name: p.unsqueeze(0) for name, p in params.items()}
    x = network.once(x[0]).unsqueeze(0)
    label = torch.zeros(1, 1, dtype=torch.int64)
    flop = _flop(lambda: network.gradients(copies, x, label, list(params)))
    return Counts(sum(p.numel() for p in params.values()), flop)


def _count_parts(network: Split, params: Params, x: Tensor) -> dict[str, PartCounts]:
    """Return the counts of the parts, each for what the one before it gives.

    The adapter's are those of the backbone with nothing but adapters that learn.
    """
    parts = {}
    for name in PARTS:
        parts[name] = _count_part(network, params, name, name, x)
        if name == "backbone" and "adapter" in network.scopes():
            parts["adapter"] = _count_part(network, params, name, "adapter", x)
        x = network.call(name, params, x)
    return parts


def _count_part(
    network: Split, params: Params, called: str, learning: str, x: Tensor
) -> PartCounts:
    """Return the counts of one part that is called and one that learns by it."""
    first = called == PARTS[0]
    inside = x.detach().requires_grad_(not first)
    own = {name: params[name].requires_grad_() for name in network.scopes()[learning]}
    before = [] if first else [inside]

    def forward() -> Tensor:
        # The counter's hooks cannot do with a leaf as the input of a module.
        return network.call(called, params, inside.clone())

    def gradients(wanted: list[Tensor]) -> None:
        out = forward()
        torch.autograd.grad(out, wanted, torch.ones_like(out))

    return PartCounts(
        parameters=sum(p.numel() for p in own.values()),
        forward_flop_per_sample=_flop(forward),
        passing_flop_per_sample=None if first else _flop(lambda: gradients(before)),
        training_flop_per_sample=_flop(lambda: gradients([*before, *own.values()])),
        output=list(forward().shape[1:]),
    )


def _flop(work: Callable[[], object]) -> int:
    with FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops()
