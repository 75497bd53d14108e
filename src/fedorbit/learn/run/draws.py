"""Random numbers keyed by seed, client and round, for many clients at once.

A library's generator for each key would take longer than the training it serves.
SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
OOPSLA 2014) is a counter and a scrambling function, so that it works on arrays.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from fedorbit.learn.run.task import SMALLEST_PX, Tasks

GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio, made odd
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
RIGHT = tuple(np.uint64(shift) for shift in (30, 27, 31, 11))
UNIT = 2.0**-53


def keyed_uniform(
    seeds: ArrayLike, clients: ArrayLike, rounds: ArrayLike, stream: int, count: int
) -> NDArray:
    """Return uniform numbers from 0 to below 1, shape (clients, count).

    Row i depends on ``seeds[i]``, ``clients[i]``, ``rounds[i]`` and ``stream`` alone;
    one seed may stand for all.
    """
    state = np.full(len(clients), seeds, dtype=np.uint64)
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


@dataclass(frozen=True)
class Draws:
    """The random choices of some clients, each in its seed and its round.

    ``samples`` has the shape (steps, clients, batch); ``shifts``, nothing without
    augmentation, has (steps, clients, batch, 3): pixels down, pixels to the right, and
    1 if mirrored.
    """

    samples: NDArray
    shifts: NDArray | None


def draw(
    tasks: Tasks, pairs: Sequence[tuple[int, int]], rounds: ArrayLike, steps: int
) -> Draws:
    """Return the draws of clients, which depend on seed, client and round alone.

    ``pairs`` are the place of the task and the client, ``rounds`` one for each pair.
    """
    shape = (len(pairs), steps, tasks.shared.training.batch_size)
    own = np.array([tasks.spans[pair] for pair in pairs])
    places, clients = np.array(pairs).T
    seeds = np.array([task.seed for task in tasks.each])[places]

    def uniform(stream: int) -> NDArray:
        drawn = keyed_uniform(seeds, clients, rounds, stream, shape[1] * shape[2])
        return drawn.reshape(shape).swapaxes(0, 1)

    first, size = own[:, :1], own[:, 1:]
    samples = tasks.all_samples[first + (uniform(0) * size).astype(np.int64)]
    if tasks.shared.training.augmentation == "none":
        return Draws(samples, None)
    reach = tasks.shared.train_x.shape[-1] // SMALLEST_PX
    moves = [np.floor(uniform(s) * (2 * reach + 1)) - reach for s in (1, 2)]
    mirrored = (uniform(3) < 0.5) & (tasks.shared.training.augmentation == "shift_flip")
    return Draws(samples, np.stack([*moves, mirrored], -1).astype(np.int64))


def augment(images: Tensor, shifts: Tensor) -> Tensor:
    """Return images shifted and mirrored, with zeros where nothing was.

    Images have the shape (n, channels, height, width), ``shifts`` (n, 3) holds pixels
    down, pixels to the right, and whether to mirror first.
    """
    n, _, height, width = images.shape
    mirrored = torch.where(shifts[:, 2].view(n, 1, 1, 1) == 1, images.flip(3), images)
    rows = torch.arange(height, device=images.device) - shifts[:, :1]
    columns = torch.arange(width, device=images.device) - shifts[:, 1:2]
    seen = ((rows >= 0) & (rows < height)).view(n, 1, height, 1)
    seen = seen & ((columns >= 0) & (columns < width)).view(n, 1, 1, width)
    which = torch.arange(n, device=images.device).view(n, 1, 1, 1)
    rows = rows.clamp(0, height - 1).view(n, 1, height, 1)
    columns = columns.clamp(0, width - 1).view(n, 1, 1, width)
    channels = torch.arange(images.shape[1], device=images.device).view(1, -1, 1, 1)
    return mirrored[which, channels, rows, columns] * seen
