"""PyTorch modules as networks."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Self

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap
from torch.nn.functional import cross_entropy

from fedorbit.base.errors import SettingsError
from fedorbit.learn.networks.network import (
    Network,
    Params,
    scopes_by_first_word,
    score_logits,
)


class Modular(Network):
    """A PyTorch module whose parameters are given at each call."""

    images, stacks = True, False

    def __init__(self, build: Callable[[], nn.Module]) -> None:
        """``build`` makes the module with random parameters and no buffers."""
        self._build = build
        with torch.random.fork_rng(devices=[]):
            self._module = build()
        self._own = dict(self._module.named_parameters())

    @classmethod
    def of_images(
        cls,
        build: Callable[[int, int, int, int], nn.Module],
        name: str,
        shape: Sequence[int],
        classes: int,
    ) -> Self:
        """Return the network for images of a shape (channels, height, width).

        ``build`` takes the three and the number of classes; ``name`` is the model's.
        Raises ``SettingsError`` if samples of this shape are no images.
        """
        if len(shape) != 3:
            raise SettingsError(
                f"model.name is {name!r}, which needs images, but a sample has the "
                f"shape {tuple(shape)}; choose 'softmax' or 'mlp'."
            )
        return cls(partial(build, *shape, classes))

    def init(self, seed: int) -> Params:
        """Return the parameters that the module has when built under a seed."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            module = self._build()
        return {name: p.detach() for name, p in module.named_parameters()}

    def scopes(self) -> dict[str, list[str]]:
        """Return the module's own parts, such as ``body`` and ``head``."""
        return scopes_by_first_word(self._own)

    def gradients(
        self, params: Params, x: Tensor, y: Tensor, names: Sequence[str]
    ) -> Params:
        """Return the gradients of the mean cross-entropy, see ``Network``."""
        if len(y) == 1:
            # To lend the module its parameters is quicker than a call with them.
            for name, own in self._own.items():
                own.data = params[name][0]
            loss = cross_entropy(self._module(x[0]), y[0])
            found = torch.autograd.grad(loss, [self._own[name] for name in names])
            return {n: g.unsqueeze(0) for n, g in zip(names, found, strict=True)}
        wanted = {name: params[name] for name in names}
        fixed = {name: p for name, p in params.items() if name not in wanted}
        # A view of one copy is read once for all: batches then go through together.
        shared = {name: p[0] for name, p in fixed.items() if p.stride(0) == 0}
        own = {name: p for name, p in fixed.items() if name not in shared}
        each = vmap(grad(self._loss), in_dims=(0, 0, None, 0, 0))
        return each(wanted, own, shared, x, y)

    def score(self, params: Params, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return which samples are right, and the sum of losses of each copy."""
        logits = []
        for copy, samples in enumerate(x):
            own = {name: p[copy] for name, p in params.items()}
            logits.append(functional_call(self._module, own, (samples,)))
        return score_logits(torch.stack(logits).mT, y)

    def _loss(
        self, wanted: Params, own: Params, shared: Params, x: Tensor, y: Tensor
    ) -> Tensor:
        logits = functional_call(self._module, {**wanted, **own, **shared}, (x,))
        return cross_entropy(logits, y)
