"""Networks as functions of named parameters, with their gradients.

Parameters of many copies of a network, one for each client, have a leading dimension
of copies. Those that do not learn may be a view of one, with the stride 0.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from torch import Tensor

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

    def scopes(self) -> Mapping[str, Sequence[str]]:
        """Return the names of the parameters of each part that a scope can name.

        Parts may overlap, and some parameters may belong to none.
        """

    def once(self, x: Tensor) -> Tensor:
        """Return samples (n, ...) as all other methods take them.

        What is the same in every step, such as a frozen body, is computed here. It is
        asked once, before any training.
        """
        return x if self.images else x.flatten(1)

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
        """Return which samples are right, and the sum of losses of each copy.

        Shapes are (copies, n) and (copies,); parameters and samples have a leading
        dimension of copies.
        """

    def passing(self, parts: Sequence[str]) -> "Network":
        """Return the network of which samples pass these of the parts to choose from.

        It is the same one for networks that have no choice.
        """
        return self


def scopes_by_first_word(names: Iterable[str]) -> dict[str, list[str]]:
    """Return parts and their parameters, where parameters are called ``part.rest``."""
    parts: dict[str, list[str]] = {}
    for name in names:
        parts.setdefault(name.partition(".")[0], []).append(name)
    return parts


def score_logits(logits: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Return which samples are right, and the sum of each copy's cross-entropies.

    Logits have the shape (copies, classes, n), labels (copies, n).
    """
    logits = logits.float()
    # Of equal logits the first counts, as with argmax, which takes ten times as long.
    best, chosen = logits.max(1, keepdim=True)
    own = logits.gather(1, y.unsqueeze(1)).squeeze(1)
    total = (logits - best).exp_().sum(1).log_() + best.squeeze(1)
    return chosen.squeeze(1) == y, (total - own).sum(1)
