"""Points around random centres, for convex tasks whose optimum can be computed."""

import numpy as np

from fedorbit.data.datasets import Dataset
from fedorbit.data.settings import Gaussians

CENTRES, TRAIN, TEST = range(3)  # streams of the seed, independent of one another


def draw_gaussians(settings: Gaussians) -> Dataset:
    """Return classes that are Gaussian clouds, float32 of shape (samples, features).

    A centre is drawn from N(0, separation^2 I) for each class, and a sample of the
    class is its centre plus noise times N(0, I). Sample i is of class i modulo the
    number of classes. Numbers of samples change neither the centres nor the other part.
    """
    shape = (settings.classes, settings.features)
    rng = np.random.default_rng([settings.seed, CENTRES])
    centres = settings.separation * rng.standard_normal(shape)

    def draw(samples: int, stream: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng([settings.seed, stream])
        y = np.arange(samples) % settings.classes
        noise = rng.standard_normal((samples, settings.features))
        return (centres[y] + settings.noise * noise).astype(np.float32), y

    train_x, train_y = draw(settings.train_samples, TRAIN)
    test_x, test_y = draw(settings.test_samples, TEST)
    return Dataset(train_x, train_y, test_x, test_y)
