"""Images of any number of bands that people have as arrays, such as EuroSAT's 13."""

from pathlib import Path

import numpy as np

from fedorbit.base.errors import InputError
from fedorbit.base.files import UNREADABLE
from fedorbit.data.datasets import Dataset
from fedorbit.data.given import find_given
from fedorbit.data.settings import Arrays
from fedorbit.data.split import split

LEAST = 4  # images of a class, one of which is for tests


def read_arrays(settings: Arrays) -> Dataset:
    """Return the images of a file, a quarter of each class for tests.

    Bytes stay bytes; other numbers are standardised by the mean and the standard
    deviation of each band over the training part, as float32. Raises ``SettingsError``
    if there is no such file, and ``InputError`` for one that does not fit.
    """
    path = find_given("path", settings.path, "the file")
    x, y = _read(path)
    _, labels, counts = np.unique(y, return_inverse=True, return_counts=True)
    if len(counts) < 2 or counts.min() < LEAST:
        raise InputError(
            f"{path}: y has {len(counts)} classes, the smallest of {counts.min()} "
            f"images; give two classes or more, each of {LEAST} images or more."
        )
    dataset = split(x, labels)
    return dataset if x.dtype == np.uint8 else _standardised(dataset)


def _read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the arrays ``x`` and ``y`` of a file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            x, y = file["x"], file["y"]
    except (KeyError, AttributeError, TypeError, OSError, *UNREADABLE):
        raise InputError(
            f"{path}: it is no file with arrays x and y of numbers; write it by "
            "numpy.savez(path, x=images, y=labels)."
        ) from None
    numbers = x.dtype.kind in "uif" and y.dtype.kind in "ui"
    if not numbers or x.ndim != 4 or y.shape != x.shape[:1] or not x.size:
        raise InputError(
            f"{path}: x has the shape {x.shape} and y {y.shape}; give numbers x of "
            "(images, bands, height, width) and whole numbers y of (images,)."
        )
    if not np.isfinite(x).all():
        raise InputError(f"{path}: x has numbers that are not finite; replace them.")
    return x, y


def _standardised(dataset: Dataset) -> Dataset:
    axes = (0, 2, 3)
    mean = dataset.train_x.mean(axes, np.float64, keepdims=True)
    deviation = dataset.train_x.std(axes, np.float64, keepdims=True)
    deviation[deviation == 0] = 1  # a band that is the same everywhere
    parts = [
        ((x - mean.astype(np.float32)) / deviation.astype(np.float32))
        for x in (dataset.train_x.astype(np.float32), dataset.test_x.astype(np.float32))
    ]
    return Dataset(parts[0], dataset.train_y, parts[1], dataset.test_y)
