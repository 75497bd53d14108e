"""Gates of experts from scores, and the way back; shapes (copies, experts, batch)."""

import math

import torch
from torch import Tensor


def softmax_of_largest(scores: Tensor, active: int) -> Tensor:
    """Return the softmax over the ``active`` largest of scores, 0 for the others.

    Each sample has its own largest.
    """
    if active < scores.shape[1]:
        largest, which = scores.topk(active, 1)
        scores = torch.full_like(scores, -math.inf).scatter(1, which, largest)
    return torch.softmax(scores, 1)


def through_softmax(gates: Tensor, along: Tensor) -> Tensor:
    """Return the gradient of the scores, where ``along`` is that of the gates."""
    return gates * (along - (gates * along).sum(1, keepdim=True))


def through_balance(scores: Tensor, gates: Tensor) -> Tensor:
    """Return the gradient by scores of M sum_m f_m P_m, times the batch's size.

    f are the shares of M experts in all passes, and P the means of the softmax over
    all scores.
    """
    chances = torch.softmax(scores, 1)
    passes = (gates > 0).to(gates.dtype)
    shares = passes.mean(2, keepdim=True) / passes.mean((1, 2), keepdim=True)
    return through_softmax(chances, shares.expand_as(chances))
