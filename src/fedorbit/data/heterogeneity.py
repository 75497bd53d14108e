"""How unlike the data of clients, or of their groups, are."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedorbit.data.partition import group_column

TOTAL_VARIATION = "mean_total_variation"
GAMMA = "gamma"

LeastLoss = Callable[[NDArray], float]
"""From the numbers of some samples to the least mean loss that a model has on them."""


def mean_total_variation(labels: NDArray, holders: NDArray) -> float:
    """Return how far the holders' mixes of classes are from that of all samples.

    ``labels`` and ``holders``, both of shape (samples,), are the class of each sample
    and who holds it. The distance is half the sum of absolute differences of shares,
    from 0 to 1, and its mean is weighted by numbers of samples.
    """
    counts = pd.crosstab(holders, labels).to_numpy()
    sizes = counts.sum(axis=1, keepdims=True)
    everywhere = counts.sum(axis=0) / counts.sum()
    distances = np.abs(counts / sizes - everywhere).sum(axis=1) / 2
    return float(sizes[:, 0] @ distances / counts.sum())


def gamma(least_loss: LeastLoss, holders: NDArray, everywhere: float) -> float:
    """Return Gamma = F* - sum of p_k F_k*, the cost of having to share a model.

    F* is ``everywhere``, the least loss over all samples, F_k* that over those of
    holder k, and p_k its share of the samples (Li et al., "On the convergence of
    FedAvg on non-IID data", ICLR 2020, section 3.1). ``holders`` has shape (samples,).
    It is never negative, and 0 if one model is best for every holder.
    """
    apart = 0.0
    for holder in np.unique(holders):
        own = np.flatnonzero(holders == holder)
        apart += len(own) / len(holders) * least_loss(own)
    return everywhere - apart


def measure_heterogeneity(
    partition: pd.DataFrame, labels: NDArray, least_loss: LeastLoss | None
) -> pd.DataFrame:
    """Return ``seed, level, measure, value`` for groups and for clients.

    ``partition`` is that of ``partition_samples`` for ``labels``; samples that no
    client holds do not count. A level is ``client`` or the kind of the groups, such as
    ``region``. Gamma is measured by ``least_loss``, and left out if that is ``None``.
    """
    held = np.unique(partition["sample"])
    everywhere = least_loss(held) if least_loss else None
    rows = []

    def loss_of_held(own: NDArray) -> float:
        return least_loss(held[own])

    for seed, part in partition.groupby("seed"):
        by_sample = part.sort_values("sample")
        for level in (group_column(partition), "client"):
            holders = by_sample[level].to_numpy()
            distance = mean_total_variation(labels[held], holders)
            rows.append((seed, level, TOTAL_VARIATION, distance))
            if least_loss:
                cost = gamma(loss_of_held, holders, everywhere)
                rows.append((seed, level, GAMMA, cost))
    return pd.DataFrame(rows, columns=["seed", "level", "measure", "value"])
