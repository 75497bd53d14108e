"""A training and a test part, for samples that come without."""

import numpy as np
from sklearn.model_selection import train_test_split

from fedorbit.data.datasets import Dataset

TEST_FRACTION = 0.25
SPLIT_SEED = 0  # the test part is the same for every seed of a study


def split(x: np.ndarray, y: np.ndarray) -> Dataset:
    """Return samples without a split of their own as a dataset, a quarter for tests.

    The mix of classes is the same in both parts, and the split always the same. Each
    class needs at least four samples, so that both parts have some of it.
    """
    train_x, test_x, train_y, test_y = train_test_split(
        x,
        y.astype(np.int64),
        test_size=TEST_FRACTION,
        random_state=SPLIT_SEED,
        stratify=y,
    )
    return Dataset(train_x, train_y, test_x, test_y)
