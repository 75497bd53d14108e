"""Networks that are cut in three: embedding and head in space, backbone on the ground.

What crosses the cuts is the embedding on its way down, the features on their way up,
and, where the embedding learns, the gradients of both (arXiv 2504.10403).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import cross_entropy

from fedorbit.learn.networks.modular import Modular
from fedorbit.learn.networks.network import Params

PARTS = ("embedding", "backbone", "head")


@dataclass(frozen=True)
class Crossed:
    """What crosses the cuts for one batch."""

    embedding: Tensor
    """Tokens that go down, shape (batch, tokens, dim)."""
    features: Tensor
    """What goes up, shape (batch, dim)."""
    feature_gradient: Tensor
    """Gradient of the mean loss that goes down, shape (batch, dim)."""
    embedding_gradient: Tensor
    """Gradient that goes up, shape (batch, tokens, dim)."""


class Split(Modular):
    """A module with the parts ``embedding``, ``backbone`` and ``head``."""

    def __init__(self, build: Callable[[], nn.Module], start: Mapping[str, Tensor]):
        """``start`` are pretrained parameters, by name; the others are drawn."""
        super().__init__(build)
        self._start = dict(start)

    def init(self, seed: int) -> Params:
        """Return the pretrained parameters, and the others drawn by a seed.

        The head starts from zero, as softmax regression does.
        """
        params = super().init(seed) | self._start
        return params | {n: torch.zeros_like(params[n]) for n in self.scopes()["head"]}

    def call(self, part: str, params: Params, x: Tensor) -> Tensor:
        """Return what one part of one copy makes of its input.

        * ``embedding``: images (n, channels, height, width) to tokens (n, tokens, dim)
        * ``backbone``: tokens to features (n, dim)
        * ``head``: features to logits (n, classes)
        """
        return functional_call(self._module, params, (x, part))

    def exchange(self, params: Params, x: Tensor, y: Tensor) -> tuple[Params, Crossed]:
        """Return all gradients of one copy's mean loss, each found where its part is.

        No part sees another's graph: activations and gradients cross the cuts as plain
        numbers. The gradients are those of the whole network.
        """
        learning = {name: p.detach().requires_grad_() for name, p in params.items()}
        embedding = self.call("embedding", learning, x)
        down = embedding.detach().requires_grad_()
        features = self.call("backbone", learning, down)
        up = features.detach().requires_grad_()
        loss = cross_entropy(self.call("head", learning, up), y)
        loss.backward()
        features.backward(up.grad)
        embedding.backward(down.grad)
        crossed = Crossed(down.detach(), up.detach(), up.grad, down.grad)
        return {name: p.grad for name, p in learning.items()}, crossed


class Cut(nn.Module):
    """Three modules in a row, one of which can be called alone.

    Low-rank adapters, if there are any, change weights of the backbone as it is called
    (Hu et al., arXiv 2106.09685): W + scale B A, with W frozen and B zero at first.
    """

    SCALE = 2.0  # alpha over the rank, as is usual

    def __init__(
        self,
        embedding: nn.Module,
        backbone: nn.Module,
        head: nn.Module,
        adapted: Sequence[str] = (),
        rank: int = 0,
    ) -> None:
        """``adapted`` are the names of weights (out, in) of the backbone."""
        super().__init__()
        self.embedding, self.backbone, self.head = embedding, backbone, head
        self._adapted = list(adapted)
        if adapted:
            shapes = [backbone.get_parameter(name).shape for name in adapted]
            self.adapter = nn.ModuleList(LowRank(*shape, rank) for shape in shapes)

    def forward(self, x: Tensor, part: str | None = None) -> Tensor:
        """Return the logits of images, or what one part makes of its input."""
        for name in PARTS if part is None else (part,):
            x = self._backbone(x) if name == "backbone" else getattr(self, name)(x)
        return x

    def _backbone(self, tokens: Tensor) -> Tensor:
        if not self._adapted:
            return self.backbone(tokens)
        frozen = dict(self.backbone.named_parameters())
        weights = {
            name: frozen[name] + self.SCALE * low.b @ low.a
            for name, low in zip(self._adapted, self.adapter, strict=True)
        }
        return functional_call(self.backbone, weights, (tokens,))


class LowRank(nn.Module):
    """Two factors of a change of a weight; the change is zero at first."""

    def __init__(self, outputs: int, inputs: int, rank: int) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.empty(rank, inputs))
        self.b = nn.Parameter(torch.zeros(outputs, rank))
        nn.init.kaiming_uniform_(self.a, a=5**0.5)  # as PyTorch's linear layers
