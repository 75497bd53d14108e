"""Models as functions of named parameters, with their gradients.

Parameters of many copies of a model, one for each client, have a leading dimension of
copies. A parameter is called ``part.rest``; the part is what a plan's scope names.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap
from torch.nn.functional import cross_entropy, linear

from fedorbit.errors import SettingsError
from fedorbit.learn.convolutions import resnet8, resnet18, small_cnn
from fedorbit.learn.settings import Model

Params = dict[str, Tensor]
"""Parameters by name."""


class Network(Protocol):
    """A model that the engine can train."""

    images: bool
    """Whether samples stay images; otherwise they arrive flat."""
    stacks: bool
    """Whether many copies train faster at once than in turn on a CPU."""

    def init(self, seed: int) -> Params:
        """Return the first parameters of one copy, drawn by a seed."""

    def gradients(
        self, params: Params, x: Tensor, y: Tensor, names: Sequence[str]
    ) -> Params:
        """Return the gradients of each copy's mean loss over its batch.

        Parameters have a leading dimension of copies, as have ``x`` (copies, batch,
        ...) and ``y`` (copies, batch); only the parameters in ``names`` are derived.
        """

    def step(
        self, params: Params, x: Tensor, y: Tensor, names: Sequence[str], rates: Tensor
    ) -> None:
        """Move each copy by its rate (copies,) against its gradient, in place."""
        gradients = self.gradients(params, x, y, names)
        for name, gradient in gradients.items():
            shaped = rates.view(-1, *[1] * (gradient.ndim - 1))
            params[name].addcmul_(gradient.float(), shaped, value=-1)

    def score(self, params: Params, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return for one copy how many samples are right and the sum of losses."""


class Layers(Network):
    """Softmax regression, or a perceptron with hidden layers of rectified units.

    Gradients are written out as batched matrix products, which takes a fraction of
    the time of automatic differentiation for models this small.
    """

    images, stacks = False, True

    def __init__(self, widths: Sequence[int]) -> None:
        """Widths are those of the input, the hidden layers and the output."""
        hidden = ["hidden"] if len(widths) == 3 else []
        self._sizes = dict(
            zip([*hidden, "head"], zip(widths, widths[1:], strict=False), strict=True)
        )

    def init(self, seed: int) -> Params:
        """Return parameters uniform within one over the root of a layer's input.

        That is how PyTorch's own linear layer starts; softmax regression starts from
        zero.
        """
        generator = torch.Generator().manual_seed(seed)
        params = {}
        for name, (inputs, outputs) in self._sizes.items():
            bound = 1 / math.sqrt(inputs) if len(self._sizes) > 1 else 0.0
            for part, shape in (("weight", (outputs, inputs)), ("bias", (outputs,))):
                uniform = torch.rand(shape, generator=generator)
                params[f"{name}.{part}"] = bound * (2 * uniform - 1)
        return params

    def gradients(
        self, params: Params, x: Tensor, y: Tensor, names: Sequence[str]
    ) -> Params:
        """Return the gradients of the mean cross-entropy, see ``Network``."""
        gradients = {}
        for layer, before, error in self._backward(params, x, y, 1 / x.shape[1]):
            gradients[f"{layer}.weight"] = error @ before.mT
            gradients[f"{layer}.bias"] = error.sum(2)
        return {name: gradients[name] for name in names}

    def step(
        self, params: Params, x: Tensor, y: Tensor, names: Sequence[str], rates: Tensor
    ) -> None:
        """Move each copy against its gradient, see ``Network``.

        The product goes into the parameters, without a gradient in between.
        """
        scale = -rates.view(-1, 1, 1) / x.shape[1]
        for layer, before, error in self._backward(params, x, y, scale):
            if f"{layer}.weight" in names:
                params[f"{layer}.weight"].baddbmm_(error, before.mT)
                params[f"{layer}.bias"].add_(error.sum(2))

    def _backward(
        self, params: Params, x: Tensor, y: Tensor, scale: Tensor | float
    ) -> Iterator[tuple[str, Tensor, Tensor]]:
        """Yield each layer from the last on, what goes in, and its outputs' gradient.

        Gradients are those of the sum of losses times ``scale``. Samples are columns
        here: a softmax over rows takes a third of the time.
        """
        inputs = [x.mT]
        for layer in self._sizes:
            weight, bias = params[f"{layer}.weight"], params[f"{layer}.bias"]
            output = torch.baddbmm(bias.unsqueeze(2), weight, inputs[-1])
            inputs.append(torch.relu(output) if layer != "head" else output)
        error = torch.softmax(inputs.pop(), 1)
        error.scatter_(1, y.unsqueeze(1), -1.0, reduce="add")
        error *= scale
        for layer in reversed(self._sizes):
            before, own = inputs.pop(), error
            if inputs:
                error = (params[f"{layer}.weight"].mT @ own) * (before > 0)
            yield layer, before, own

    def score(self, params: Params, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return the number of right samples and the sum of losses of one copy."""
        for layer in self._sizes:
            if layer != next(iter(self._sizes)):
                x = torch.relu(x)
            x = linear(x, params[f"{layer}.weight"], params[f"{layer}.bias"])
        return _score(x, y)


class Modular(Network):
    """A PyTorch module whose parameters are given at each call."""

    images, stacks = True, False

    def __init__(self, build: Callable[[], nn.Module]) -> None:
        """``build`` makes the module with random parameters and no buffers."""
        self._build = build
        with torch.device("meta"):
            self._module = build()

    def init(self, seed: int) -> Params:
        """Return the parameters that the module has when built under a seed."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            module = self._build()
        return {name: p.detach() for name, p in module.named_parameters()}

    def gradients(
        self, params: Params, x: Tensor, y: Tensor, names: Sequence[str]
    ) -> Params:
        """Return the gradients of the mean cross-entropy, see ``Network``."""
        if len(y) == 1:
            leaves = {name: p[0].detach() for name, p in params.items()}
            wanted = [leaves[name].requires_grad_() for name in names]
            found = torch.autograd.grad(self._loss({}, leaves, x[0], y[0]), wanted)
            return {n: g.unsqueeze(0) for n, g in zip(names, found, strict=True)}
        wanted = {name: params[name] for name in names}
        fixed = {name: p for name, p in params.items() if name not in wanted}
        return vmap(grad(self._loss))(wanted, fixed, x, y)

    def score(self, params: Params, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return the number of right samples and the sum of losses of one copy."""
        return _score(functional_call(self._module, params, (x,)), y)

    def _loss(self, wanted: Params, fixed: Params, x: Tensor, y: Tensor) -> Tensor:
        logits = functional_call(self._module, {**wanted, **fixed}, (x,))
        return cross_entropy(logits, y)


class Bowl(Network):
    """A quadratic around each sample; see ``fedorbit.learn.settings.Quadratic``."""

    images, stacks = False, True

    def __init__(self, curvature: Tensor) -> None:
        """Curvature is the diagonal of A, shape (features,)."""
        self._curvature = curvature

    def init(self, seed: int) -> Params:
        """Return the origin, whatever the seed."""
        return {"head.point": torch.zeros_like(self._curvature)}

    def gradients(
        self, params: Params, x: Tensor, y: Tensor, names: Sequence[str]
    ) -> Params:
        """Return A (w - mean of the batch) of each copy, see ``Network``."""
        curvature = self._curvature.to(x.device)
        return {name: curvature * (params[name] - x.mean(1)) for name in names}

    def score(self, params: Params, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return no count, as there are no classes, and the sum of losses."""
        apart = (params["head.point"] - x) ** 2
        losses = (apart * self._curvature.to(x.device)).sum() / 2
        return torch.full_like(losses, math.nan), losses


def build_network(settings: Model, shape: Sequence[int], classes: int) -> Network:
    """Return the network for samples of a shape, as (channels, height, width).

    Raises ``SettingsError`` if a network of convolutions is given samples that are
    no images.
    """
    match settings.name:
        case "softmax":
            return Layers([math.prod(shape), classes])
        case "mlp":
            return Layers([math.prod(shape), settings.hidden, classes])
        case "quadratic":
            ends = [math.log10(settings.strong_convexity)]
            ends.append(math.log10(settings.smoothness))
            return Bowl(torch.logspace(*ends, math.prod(shape)))
    if len(shape) != 3:
        raise SettingsError(
            f"model.name is {settings.name!r}, which needs images, but a sample has "
            f"the shape {tuple(shape)}; choose 'softmax' or 'mlp'."
        )
    build = {"cnn": small_cnn, "resnet8": resnet8, "resnet18": resnet18}
    return Modular(partial(build[settings.name], *shape, classes))


def _score(logits: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    right = (logits.argmax(-1) == y).sum()
    return right, cross_entropy(logits, y, reduction="sum")
