"""The mixing matrix of FedMeld for any topology: how fast regions agree, and on what.

After an interval the models of all regions, one per row, are W X plus what they have
learned, with W = I - diag(alpha) (I - U), where row i of U has equal weights on the
upstream regions of region i, or its one on region i if there are none.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike


def mixing_matrix(
    upstreams: Mapping[str, Sequence[str]], alpha: ArrayLike
) -> np.ndarray:
    """Return W, shape (regions, regions), in the order of the keys of ``upstreams``.

    ``alpha`` is the mixing ratio of all regions or of each, shape (regions,).
    """
    index = {region: n for n, region in enumerate(upstreams)}
    sources = np.zeros((len(index), len(index)))
    for region, above in upstreams.items():
        for origin in above or [region]:
            sources[index[region], index[origin]] += 1 / len(above or [region])
    ratios = np.broadcast_to(np.asarray(alpha, dtype=float), len(index))[:, None]
    return (1 - ratios) * np.eye(len(index)) + ratios * sources


def second_modulus(matrix: np.ndarray) -> float:
    """Return the second largest modulus of the eigenvalues; the largest is 1.

    In the long run, one mixing shrinks the disagreement of regions by it. For the
    ring it is ``fedorbit.theory.fedmeld.bounds.contraction``.
    """
    return float(np.sort(np.abs(np.linalg.eigvals(matrix)))[-2])


def stationary_weights(matrix: np.ndarray) -> np.ndarray:
    """Return what each region counts in the model that all agree on, summing to one.

    They are the weights pi with pi W = pi. Raises ``ValueError`` if there are several,
    as without mixing.
    """
    size = len(matrix)
    equations = np.vstack([matrix.T - np.eye(size), np.ones(size)])
    right = np.append(np.zeros(size), 1.0)
    weights, _, rank, _ = np.linalg.lstsq(equations, right)
    if rank < size:
        raise ValueError("regions that do not mix agree on nothing; give alpha > 0")
    return weights
