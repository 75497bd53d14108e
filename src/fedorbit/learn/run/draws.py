"""Random numbers keyed by seed, client and round, for many clients at once.

A library's generator for each key would take longer than the training it serves.
SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
OOPSLA 2014) is a counter and a scrambling function, so that it works on arrays.
"""

import numpy as np
from numpy.typing import NDArray

GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio, made odd
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
RIGHT = tuple(np.uint64(shift) for shift in (30, 27, 31, 11))
UNIT = 2.0**-53


def keyed_uniform(
    seed: int, clients: NDArray, rounds: NDArray, stream: int, count: int
) -> NDArray:
    """Return uniform numbers from 0 to below 1, shape (clients, count).

    Row i depends on ``seed``, ``clients[i]``, ``rounds[i]`` and ``stream`` alone.
    """
    state = np.full(len(clients), seed, dtype=np.uint64)
    for part in (clients, rounds, stream):
        state = _scrambled(state + GOLDEN) + np.asarray(part, dtype=np.uint64)
    counter = np.arange(1, count + 1, dtype=np.uint64) * GOLDEN
    bits = _scrambled(_scrambled(state + GOLDEN)[:, np.newaxis] + counter)
    return (bits >> RIGHT[3]) * UNIT


def _scrambled(z: NDArray) -> NDArray:
    """Return the output function of SplitMix64, on arrays of uint64."""
    z = (z ^ (z >> RIGHT[0])) * FIRST
    z = (z ^ (z >> RIGHT[1])) * SECOND
    return z ^ (z >> RIGHT[2])
