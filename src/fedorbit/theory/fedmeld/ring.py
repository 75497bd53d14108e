"""FedMeld's recursion on models that are plain arrays."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

Function = Callable[[np.ndarray], np.ndarray]


def walk(
    gradient: Function,
    models: np.ndarray,
    step_sizes: Iterable[float],
    local_steps: int,
    delta: int,
    alpha: float,
    average: Function,
) -> Iterator[np.ndarray]:
    """Yield the models of all clients at the beginning and after every local step.

    ``models`` has the shape (runs, regions, clients, coordinates); all are equal at
    the beginning. ``gradient`` has that shape, too, and ``average`` turns models into
    regional ones, (runs, regions, coordinates). After every ``local_steps`` steps
    clients get the model of their region, and after every ``delta`` such rounds it is
    mixed with what the neighbour had after its mixing before.
    """
    broadcast = models[:, :, 0]
    yield models
    for step, eta in enumerate(step_sizes, start=1):
        models = models - eta * gradient(models)
        if step % local_steps == 0:
            regional = average(models)
            if step % (local_steps * delta) == 0:
                carried = np.roll(broadcast, 1, axis=1)
                broadcast = regional = (1 - alpha) * regional + alpha * carried
            models = np.broadcast_to(regional[:, :, None], models.shape)
        yield models
