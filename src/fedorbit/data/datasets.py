"""Datasets as arrays, each split once into a training and a test part."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from fedorbit.files import whole

TEST_FRACTION = 0.25
SPLIT_SEED = 0  # the test part is the same for every seed of a study


@dataclass(frozen=True)
class Dataset:
    """Features of shape (samples, features), labels 0, 1, ... of shape (samples,)."""

    train_x: np.ndarray
    train_y: np.ndarray
    test_x: np.ndarray
    test_y: np.ndarray

    @property
    def classes(self) -> int:
        """Return the number of classes, one more than the largest label."""
        return int(max(self.train_y.max(), self.test_y.max())) + 1


def digits() -> Dataset:
    """Return 1,797 handwritten digits, 8 x 8 pixels from 0 to 1, a quarter for tests.

    The set is the test part of Alpaydin and Kaynak, "Optical recognition of
    handwritten digits" (UCI repository, 1998), which scikit-learn carries.
    """
    x, y = load_digits(return_X_y=True)
    train_x, test_x, train_y, test_y = train_test_split(
        (x / 16).astype(np.float32),
        y.astype(np.int64),
        test_size=TEST_FRACTION,
        random_state=SPLIT_SEED,
        stratify=y,
    )
    return Dataset(train_x, train_y, test_x, test_y)


DATASETS = {"digits": digits}


def save_dataset(dataset: Dataset, path: str | Path) -> None:
    """Write a dataset as an ``.npz`` file, whole or not at all."""
    with whole(path) as unfinished:
        np.savez(unfinished, **vars(dataset))


def load_dataset(path: str | Path) -> Dataset:
    """Return the dataset in an ``.npz`` file; such a file cannot run code."""
    with np.load(path, allow_pickle=False) as arrays:
        return Dataset(**arrays)
