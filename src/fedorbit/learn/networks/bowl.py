"""A quadratic around each sample as a network."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from fedorbit.learn.networks.network import Network, Params


class Bowl(Network):
    """A quadratic around each sample; see ``fedorbit.learn.models.quadratic``."""

    images, stacks = False, True

    def __init__(self, curvature: Tensor) -> None:
        """Curvature is the diagonal of A, shape (features,)."""
        self._curvature = curvature

    def init(self, seed: int) -> Params:
        """Return the origin, whatever the seed."""
        return {"head.point": torch.zeros_like(self._curvature)}

    def scopes(self) -> dict[str, list[str]]:
        """Return the one part, ``head``."""
        return {"head": ["head.point"]}

    def gradients(
        self, params: Params, x: Tensor, y: Tensor, names: Sequence[str]
    ) -> Params:
        """Return A (w - mean of the batch) of each copy, see ``Network``."""
        curvature = self._curvature.to(x.device)
        return {name: curvature * (params[name] - x.mean(1)) for name in names}

    def score(self, params: Params, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return no numbers, as there are no classes, and the sums of losses."""
        apart = (params["head.point"].unsqueeze(1) - x) ** 2
        losses = (apart * self._curvature.to(x.device)).sum((1, 2)) / 2
        return torch.full(y.shape, math.nan), losses
