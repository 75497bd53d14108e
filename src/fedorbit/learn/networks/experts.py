"""A mixture of experts whose gradients are written out.

With h the features of a sample and g its gates, the head sees

    h + sum over experts m of g_m D_m relu(U_m h),

where g is the softmax over the k largest scores of the gate, and 0 for the other
experts (Shazeer et al., arXiv 1701.06538, without noise). Samples are columns here, as
in ``layers``. Copies share what does not learn, so that a plan in which experts learn
on a frozen body holds one body.
"""

import math
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass

import torch
from torch import Tensor

from fedorbit.learn.models.experts import Mixture
from fedorbit.learn.networks.gating import (
    softmax_of_largest,
    through_balance,
    through_softmax,
)
from fedorbit.learn.networks.network import (
    Network,
    Params,
    scopes_by_first_word,
    score_logits,
)
from fedorbit.learn.networks.stacked import linear, of_layer, stacked

BODY, GATE, HEAD = "body", "gate", "head"


def expert(number: int) -> str:
    """Return the part of a model that an expert is, such as ``expert/3``."""
    return f"expert/{number}"


@dataclass(frozen=True)
class _Passed:
    """What a forward pass leaves for the way back; samples are columns."""

    features: Tensor
    """Shape (copies, hidden, batch)."""
    scores: Tensor
    """Of the gate, for the experts that samples may pass: (copies, routed, batch)."""
    gates: Tensor
    """Of the same shape."""
    inner: dict[int, Tensor]
    """Units of those that any sample passes, shape (copies, width, batch), by their
    places among the experts that samples may pass."""
    mixed: Tensor
    """The sum with the experts, shape (copies, hidden, batch)."""


class Experts(Network):
    """A body of one hidden layer, a gate, residual experts and a linear head."""

    images, stacks = False, True

    def __init__(
        self, how: Mixture, inputs: int, classes: int, body: bool = True
    ) -> None:
        """Without a body, samples are its features."""
        self.how, self._classes = how, classes
        self.wide, self.narrow = how.hidden, how.width
        self._layers = {BODY: (how.hidden, inputs)} if body else {}
        self._add_gate_and_head()

    def _add_gate_and_head(self) -> None:
        """Let samples pass all experts, between a gate and a head."""
        self._passed = list(range(self.how.experts))
        self._layers[GATE] = (self.how.experts, self.wide)
        self._layers[HEAD] = (self._classes, self.wide)

    def init(self, seed: int) -> Params:
        """Return parameters as PyTorch's linear layers start, but ``down`` at zero.

        Experts then change nothing at first, whatever the gate.
        """
        generator = torch.Generator().manual_seed(seed)

        def drawn(shape: tuple[int, ...], inputs: int) -> Tensor:
            uniform = torch.rand(shape, generator=generator)
            return (2 * uniform - 1) / math.sqrt(inputs)

        params = {}
        for layer, (outputs, inputs) in self._layers.items():
            params[f"{layer}.weight"] = drawn((outputs, inputs), inputs)
            params[f"{layer}.bias"] = drawn((outputs,), inputs)
        for number in range(self.how.experts):
            params[f"{expert(number)}.up"] = drawn((self.narrow, self.wide), self.wide)
            params[f"{expert(number)}.down"] = torch.zeros(self.wide, self.narrow)
        return params

    def scopes(self) -> dict[str, list[str]]:
        """Return ``body`` if there is one, ``gate``, ``head`` and each expert."""
        layers = [f"{layer}.{p}" for layer in self._layers for p in ("weight", "bias")]
        numbers = range(self.how.experts)
        own = [f"{expert(n)}.{p}" for n in numbers for p in ("up", "down")]
        return scopes_by_first_word([*layers, *own])

    def on_features(self) -> "Experts":
        """Return the network without the body, for samples as ``features`` gives."""
        return Experts(self.how, self.how.hidden, self._classes, body=False)

    def features(self, params: Params, x: Tensor) -> Tensor:
        """Return what the gate of one copy sees, (n, hidden) for (n, inputs)."""
        return self._seen(stacked(params), x.unsqueeze(0))[0][0].T

    def gates(
        self, params: Params, x: Tensor, routed: Sequence[int] | None = None
    ) -> Tensor:
        """Return the gates of one copy for samples (n, inputs), (n, routed).

        Samples pass all experts, or those of ``routed`` alone.
        """
        features, _ = self._seen(stacked(params), x.unsqueeze(0))
        scores = linear(stacked(params), GATE, features)
        if routed is not None:
            scores = scores[:, list(routed)]
        return softmax_of_largest(scores, self.how.active)[0].T

    def gradients(
        self,
        params: Params,
        x: Tensor,
        y: Tensor,
        names: Sequence[str],
        balance: float = 0.0,
    ) -> Params:
        """Return the gradients of the mean cross-entropy, see ``Network``.

        ``balance`` times M sum_m f_m P_m is added to the loss, with f the shares of
        experts in all passes and P the means of the softmax over all scores (Fedus,
        Zoph and Shazeer, arXiv 2101.03961, equation 4).
        """
        found = {}
        scale = 1 / x.shape[1]
        for name, error, before in self._backward(params, x, y, scale, names, balance):
            found[name] = error.sum(2) if before is None else error @ before.mT
        unused = {n: torch.zeros_like(params[n]) for n in names if n not in found}
        return {name: (found | unused)[name] for name in names}

    def step(
        self, params: Params, x: Tensor, y: Tensor, names: Sequence[str], rates: Tensor
    ) -> None:
        """Move each copy against its gradient, see ``Network``.

        Products go into the parameters, without gradients in between.
        """
        scale = -rates.view(-1, 1, 1) / x.shape[1]
        for name, error, before in self._backward(params, x, y, scale, names):
            if before is None:
                params[name].add_(error.sum(2))
            else:
                params[name].baddbmm_(error, before.mT)

    def score(self, params: Params, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return which samples are right, and the sum of losses of each copy.

        Samples may pass all experts, or those of ``passing``, whatever learned last.
        """
        mixed = self._forward(params, x, self._passed).mixed
        return score_logits(linear(params, HEAD, self._leave(params, mixed)), y)

    def passing(self, parts: Sequence[str]) -> "Experts":
        """Return the network that samples pass by certain experts, if it is masked."""
        restricted = copy(self)
        restricted._passed = self.routed(parts)
        return restricted

    def routed(self, names: Sequence[str]) -> list[int]:
        """Return the experts that samples may pass where some parameters learn."""
        everyone = range(self.how.experts)
        learning = {name.partition(".")[0] for name in names}
        own = [m for m in everyone if expert(m) in learning]
        return own if own and self.how.routing == "masked" else list(everyone)

    def _forward(self, params: Params, x: Tensor, routed: Sequence[int]) -> _Passed:
        features, mixed = self._seen(params, x)
        scores = linear(params, GATE, features)
        if len(routed) < self.how.experts:
            scores = scores[:, list(routed)]
        gates = softmax_of_largest(scores, self.how.active)
        inner = {}
        largest = gates.amax((0, 2)).tolist()
        for place, number in enumerate(routed):
            if not largest[place]:
                continue
            inner[place] = self._units(params[f"{expert(number)}.up"] @ features)
            weighted = inner[place] * gates[:, place : place + 1]
            mixed = torch.baddbmm(mixed, params[f"{expert(number)}.down"], weighted)
        return _Passed(features, scores, gates, inner, mixed)

    def _backward(
        self,
        params: Params,
        x: Tensor,
        y: Tensor,
        scale: Tensor | float,
        names: Sequence[str],
        balance: float = 0.0,
    ) -> Iterator[tuple[str, Tensor, Tensor | None]]:
        """Yield parameters with two factors of their gradients, or a bias with one.

        Whoever takes them may change the parameter at once. Gradients are those of
        the sum of losses times ``scale``. Experts that no sample passes are left out.
        """
        names, routed = set(names), self.routed(names)
        passed = self._forward(params, x, routed)
        leaving = self._leave(params, passed.mixed)
        error = torch.softmax(linear(params, HEAD, leaving), 1)
        error.scatter_(1, y.unsqueeze(1), -1.0, reduce="add")
        error *= scale
        above = params[f"{HEAD}.weight"].mT @ error
        yield from of_layer(HEAD, names, error, leaving)
        before = self._back(params, passed.mixed, above)
        yield from self._of_leaving(names, passed.mixed, above)
        above = before
        whole = f"{BODY}.weight" in names
        deep = whole or f"{GATE}.weight" in names
        below = above
        along = torch.zeros_like(passed.gates) if deep else None
        for place, inner in passed.inner.items():
            up, down = (f"{expert(routed[place])}.{half}" for half in ("up", "down"))
            if not deep and names.isdisjoint((up, down)):
                continue
            gates = passed.gates[:, place : place + 1]
            back = params[down].mT @ above
            error = self._through_units(back * gates, inner)
            if deep:
                along[:, place] = (back * inner).sum(1)
            if whole:
                below = torch.baddbmm(below, params[up].mT, error)
            if down in names:
                yield down, above, inner * gates
            if up in names:
                yield up, error, passed.features
        if not deep:
            return
        error = through_softmax(passed.gates, along)
        if balance:
            uneven = through_balance(passed.scores, passed.gates)
            error = error + balance * scale * uneven
        error = self._of_all(error, routed)
        if whole:
            below = torch.baddbmm(below, params[f"{GATE}.weight"].mT, error)
        yield from of_layer(GATE, names, error, passed.features)
        if whole:
            yield from of_layer(BODY, names, below * (passed.features > 0), x.mT)

    def _of_all(self, error: Tensor, routed: list[int]) -> Tensor:
        """Return gradients of some scores as those of all: 0 for the others."""
        if len(routed) == self.how.experts:
            return error
        every = error.new_zeros(len(error), self.how.experts, error.shape[2])
        every[:, routed] = error
        return every

    def _seen(self, params: Params, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return what gate and experts see, and what experts add to, of equal shape.

        They are (copies, hidden, batch), for samples (copies, batch, inputs).
        """
        x = x.mT
        features = torch.relu(linear(params, BODY, x)) if BODY in self._layers else x
        return features, features

    def _units(self, before: Tensor) -> Tensor:
        """Return the units of an expert."""
        return torch.relu(before)

    def _through_units(self, error: Tensor, inner: Tensor) -> Tensor:
        """Return a gradient of units as one of what is before them."""
        return error * (inner > 0)

    def _leave(self, params: Params, mixed: Tensor) -> Tensor:
        """Return what the head sees of the mixture."""
        return mixed

    def _of_leaving(
        self, names: set[str], mixed: Tensor, error: Tensor
    ) -> Iterator[tuple[str, Tensor, Tensor | None]]:
        """Yield what learns between mixture and head, as ``_backward`` does."""
        yield from ()

    def _back(self, params: Params, mixed: Tensor, error: Tensor) -> Tensor:
        """Return a gradient of what the head sees as one of the mixture."""
        return error
