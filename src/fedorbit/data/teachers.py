"""Clouds of points with a teacher each: a task whose experts are known beforehand."""

import numpy as np
from numpy.typing import NDArray

from fedorbit.data.datasets import Dataset, DomainDataset
from fedorbit.data.domain_settings import Teachers
from fedorbit.data.domains import with_domains

CENTRES, TEACHERS, TRAIN, TEST = range(3, 7)  # streams of the seed; see ``domains``


def draw_teachers(settings: Teachers) -> DomainDataset:
    """Return points around the centres of teachers, which label them.

    Centres are ``separation`` from the origin in random directions at right angles to
    one another, so that all are equally far apart, and a point adds N(0, I). Its
    label is the largest of the outputs of its teacher for the way from the centre to
    the point: of a random linear map, or one after rectified units. So a label says
    nothing of the teacher, and the same way has other labels elsewhere. Point i has
    the teacher i modulo their number, which is its domain; float32 (points, features).
    """
    count, features = settings.teachers, settings.features
    rng = np.random.default_rng([settings.seed, CENTRES])
    ways = np.linalg.qr(rng.standard_normal((features, count)))[0].T
    centres = settings.separation * ways
    rng = np.random.default_rng([settings.seed, TEACHERS])
    widths = [features, *([settings.hidden] if settings.hidden else [])]
    layers = [
        rng.standard_normal((count, inputs, outputs))
        for inputs, outputs in zip(widths, [*widths[1:], settings.classes], strict=True)
    ]

    def draw(samples: int, stream: int) -> tuple[NDArray, NDArray, NDArray]:
        rng = np.random.default_rng([settings.seed, stream])
        teacher = np.arange(samples) % count
        ways = rng.standard_normal((samples, features))
        y = np.empty(samples, np.int64)
        for number in range(count):
            own = teacher == number
            y[own] = _taught(ways[own], [layer[number] for layer in layers])
        return (centres[teacher] + ways).astype(np.float32), y, teacher

    train_x, train_y, train_domain = draw(settings.train_samples, TRAIN)
    test_x, test_y, test_domain = draw(settings.test_samples, TEST)
    names = [f"teacher_{number}" for number in range(count)]
    return with_domains(
        Dataset(train_x, train_y, test_x, test_y),
        train_domain,
        test_domain,
        names,
        settings.held_out,
        settings.seed,
    )


def _taught(x: NDArray, layers: list[NDArray]) -> NDArray:
    """Return the labels that a teacher gives to points (n, features)."""
    for layer in layers[:-1]:
        x = np.maximum(x @ layer, 0)
    return (x @ layers[-1]).argmax(axis=1)
