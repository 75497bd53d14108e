"""Which clients of which seeds train at once, and their copies of models."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import torch
from torch import Tensor

from fedorbit.learn.networks.network import Params

# The memory of copies that train at once, and their number on a GPU, where not the
# parameters of convolutions but their activations fill the memory. On a CPU they are
# to stay in its cache from one step to the next.
STACK_BYTES = {"cpu": 2**20, "cuda": 2**29}
MOST_COPIES = {"cpu": 2**20, "cuda": 64}


@dataclass(frozen=True)
class Start:
    """The clients of one operation: where they start and what they count.

    They are the same in all seeds, which are the tasks in their order.
    """

    operation: int
    clients: Sequence[int]
    round_number: int
    params: Params
    """With a leading dimension of seeds."""
    weights: np.ndarray
    """Their shares of the operation's samples, shape (seeds, clients)."""


@dataclass(frozen=True)
class Block:
    """Some clients of an operation in some seeds, from the first to before the last."""

    start: Start
    seeds: tuple[int, int]
    clients: tuple[int, int]

    @property
    def copies(self) -> int:
        """Return how many models the block trains."""
        (seed, last_seed), (client, last_client) = self.seeds, self.clients
        return (last_seed - seed) * (last_client - client)

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Yield seeds and clients in the order of the copies."""
        own = self.start.clients[slice(*self.clients)]
        return ((seed, client) for seed in range(*self.seeds) for client in own)


def stack_size(params: Params, device: torch.device) -> int:
    """Return how many copies of the parameters that learn may train at once."""
    size = sum(p.numel() * p.element_size() for p in params.values())
    return min(max(1, STACK_BYTES[device.type] // size), MOST_COPIES[device.type])


def chunks(
    starts: Sequence[Start], names: Sequence[str], seeds: int, size: int
) -> Iterator[list[Block]]:
    """Yield at most ``size`` clients that share all parameters but those that learn.

    An operation with more clients than that is cut in the same places in every seed.
    """

    def frozen(start: Start) -> list[int]:
        return [id(p) for name, p in start.params.items() if name not in names]

    for _, alike in groupby(starts, frozen):
        chunk: list[Block] = []
        room = size
        for block in (b for start in alike for b in _blocks(start, seeds, size)):
            if block.copies > room:
                yield chunk
                chunk, room = [], size
            chunk.append(block)
            room -= block.copies
        yield chunk


def _blocks(start: Start, seeds: int, size: int) -> Iterator[Block]:
    """Yield the clients of an operation in blocks of at most ``size`` copies."""
    count = len(start.clients)
    at_once = max(1, size // count)
    for seed in range(0, seeds, at_once):
        for first in range(0, count, size):
            yield Block(
                start,
                (seed, min(seed + at_once, seeds)),
                (first, min(first + size, count)),
            )


def copies_of(chunk: Sequence[Block], names: Sequence[str]) -> Params:
    """Return a copy of what learns for each client, and of what does not, views.

    Clients of several seeds have copies of all parameters.
    """

    def spread(block: Block, name: str) -> Tensor:
        own = block.start.params[name][slice(*block.seeds)].unsqueeze(1)
        first, last = block.clients
        return own.expand(-1, last - first, *own.shape[2:]).flatten(0, 1)

    learning, params = set(names), chunk[0].start.params
    alone = all(len(p) == 1 for p in params.values())
    copies = sum(block.copies for block in chunk)
    return {
        name: p[0].expand(copies, *p.shape[1:])
        if alone and name not in learning
        else torch.cat([spread(block, name) for block in chunk])
        for name, p in params.items()
    }
