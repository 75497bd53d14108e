"""How many samples each client holds, as whole numbers with a given sum."""

import numpy as np
from numpy.typing import NDArray

ROUNDING = 1e-6  # of a sample, far above the error of the sums and far below one


def size_weights(shape: tuple[int, int], spread: float, seed: int) -> NDArray:
    """Return log-normal weights of the clients, the largest of them 1."""
    logarithms = spread * np.random.default_rng([seed, 1]).standard_normal(shape)
    return np.exp(logarithms - logarithms.max())


def whole_sizes(shares: NDArray) -> NDArray:
    """Return whole numbers near ``shares``, of any shape, with the same sum.

    The largest remainders are rounded up. Of equal ones those at the lowest last
    index go first: the first client of each region, and then the second of each.
    """
    sizes = np.floor(shares.T + ROUNDING).astype(int)
    remainders = np.round(shares.T - sizes, 6)
    largest_first = np.argsort(-remainders, axis=None, kind="stable")
    up = round(float(shares.sum())) - sizes.sum()
    sizes.flat[largest_first[:up]] += 1
    return sizes.T


def client_sizes(weights: NDArray, samples: int, least: int) -> NDArray:
    """Return numbers of samples in proportion to ``weights``, but ``least`` or more.

    Those whose part would be smaller have ``least``, and the others share the rest.
    ``samples``, the sum, must be at least ``least`` for each.
    """
    small = np.zeros(weights.shape, dtype=bool)
    while True:
        rest = samples - least * small.sum()
        shares = np.where(small, least, rest * weights / weights[~small].sum())
        if (shares > least - ROUNDING / 2).all():
            return whole_sizes(shares)
        small |= shares < least
