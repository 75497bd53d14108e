"""A dataset as arrays, split once into a training and a test part, and its file."""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd

from fedorbit.base.files import broken, intact, whole


@dataclass(frozen=True)
class Dataset:
    """Samples and their labels 0, 1, ... of shape (samples,), as int64.

    Samples are images (samples, channels, height, width), bytes from 0 to 255 or
    floats, or flat features (samples, features), floats.
    """

    train_x: np.ndarray
    train_y: np.ndarray
    test_x: np.ndarray
    test_y: np.ndarray

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the shape of one sample."""
        return self.train_x.shape[1:]

    @property
    def classes(self) -> int:
        """Return the number of classes, one more than the largest label."""
        return int(max(self.train_y.max(), self.test_y.max())) + 1

    @property
    def test_draws(self) -> np.ndarray:
        """Return the number 0, 1, ... of the draw that each test sample comes from.

        Samples of one draw are easy or hard together. Here each was drawn by itself.
        """
        return np.arange(len(self.test_y))

    def features(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the samples of both parts as the float32 numbers that models see.

        Images of bytes are standardised by the mean and the standard deviation of
        each channel over the training part; floats are as they are.
        """
        if self.train_x.dtype != np.uint8:
            return self.train_x, self.test_x
        axes = (0, 2, 3)
        mean = self.train_x.mean(axes, keepdims=True)
        deviation = self.train_x.std(axes, keepdims=True)
        deviation[deviation == 0] = 1  # a channel that is the same everywhere
        scale = (1 / deviation).astype(np.float32)
        shift = (mean / deviation).astype(np.float32)
        return self.train_x * scale - shift, self.test_x * scale - shift


@dataclass(frozen=True)
class DomainDataset(Dataset):
    """A dataset whose samples are of domains 0, 1, ..., and of which a share is kept.

    A domain is where a sample comes from: a rotation of an image, a teacher. Domains
    have the shape (samples,), as int64; the number of domains is that of names.
    """

    train_domain: np.ndarray
    test_domain: np.ndarray
    held_out: np.ndarray
    """Indices of the training samples that no client holds, sorted, as int64."""
    domains: np.ndarray
    """Names of the domains, as text."""

    @property
    def test_draws(self) -> np.ndarray:
        """Return for each test sample its place in its domain.

        In each domain there may be the same images in the same order, turned.
        """
        return (
            pd.Series(self.test_domain).groupby(self.test_domain).cumcount().to_numpy()
        )


def save_dataset(dataset: Dataset, path: str | Path) -> None:
    """Write a dataset as an ``.npz`` file, whole or not at all."""
    with whole(path) as unfinished:
        np.savez(unfinished, **vars(dataset))


def load_dataset(path: str | Path) -> Dataset:
    """Return the dataset in an ``.npz`` file; such a file cannot run code.

    It has domains if it was saved with them. Raises ``InputError`` if it is none.
    """
    with intact(path, "a dataset"):
        arrays = np.load(path, allow_pickle=False)
        parts = set(getattr(arrays, "files", []))
        for kind in (Dataset, DomainDataset):
            if parts == {field.name for field in fields(kind)}:
                with arrays:
                    return kind(**arrays)
        raise broken(path, "a dataset")
