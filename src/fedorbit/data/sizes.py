"""How many samples each client holds, as whole numbers with a given sum."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

ROUNDING = 1e-6  # of a sample, far above the error of the sums and far below one


def size_weights(clients: int, spread: float, seed: int) -> NDArray:
    """Return log-normal weights of the clients, the largest of them 1."""
    logarithms = spread * np.random.default_rng([seed, 1]).standard_normal(clients)
    return np.exp(logarithms - logarithms.max())


def positions_in_groups(sizes: Sequence[int]) -> NDArray:
    """Return the position of each client in its group: 0, 1, 0, 1, 2 for 2 and 3."""
    return np.concatenate([np.arange(size) for size in sizes])


def whole_sizes(shares: NDArray, positions: NDArray | None = None) -> NDArray:
    """Return whole numbers near ``shares``, shape (clients,), with the same sum.

    The largest remainders are rounded up. Of equal ones those with the lowest of
    ``positions`` go first, and then the first: with the positions of clients in their
    groups that is the first client of each group, then the second of each.
    """
    sizes = np.floor(shares + ROUNDING).astype(int)
    remainders = np.round(shares - sizes, 6)
    keys = (-remainders,) if positions is None else (positions, -remainders)
    largest_first = np.lexsort(keys)  # the last key counts first
    up = round(float(shares.sum())) - sizes.sum()
    sizes[largest_first[:up]] += 1
    return sizes


def client_sizes(
    weights: NDArray, samples: int, least: int, positions: NDArray | None = None
) -> NDArray:
    """Return numbers of samples in proportion to ``weights``, but ``least`` or more.

    Those whose part would be smaller have ``least``, and the others share the rest.
    ``samples``, the sum, must be at least ``least`` for each. ``positions`` decide
    as in ``whole_sizes``.
    """
    small = np.zeros(weights.shape, dtype=bool)
    while True:
        rest = samples - least * small.sum()
        shares = np.where(small, least, rest * weights / weights[~small].sum())
        if (shares > least - ROUNDING / 2).all():
            return whole_sizes(shares, positions)
        small |= shares < least
