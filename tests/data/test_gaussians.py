import math

import numpy as np
import pytest

from fedorbit.data.gaussians import draw_gaussians
from fedorbit.data.settings import Gaussians

BASE = {
    "source": "gaussians",
    "origin": "made",
    "classes": 4,
    "features": 500,
    "train_samples": 4002,
    "test_samples": 402,
    "separation": 3.0,
    "noise": 0.5,
    "seed": 7,
}
FOUR_SIGMA = 4.0


def settings(**changes) -> Gaussians:
    return Gaussians(**BASE | changes)


def test_points_are_flat_and_classes_as_frequent_as_possible():
    dataset = draw_gaussians(settings())
    assert dataset.shape == (500,) and dataset.classes == 4
    assert dataset.train_x.dtype == dataset.test_x.dtype == np.float32
    assert dataset.train_y.dtype == np.int64
    # 4002 = 4 * 1000 + 2, 402 = 4 * 100 + 2
    assert np.bincount(dataset.train_y).tolist() == [1001, 1001, 1000, 1000]
    assert np.bincount(dataset.test_y).tolist() == [101, 101, 100, 100]


def test_centres_have_the_separation_and_points_the_noise():
    dataset = draw_gaussians(settings())
    x, y = dataset.train_x.astype(float), dataset.train_y
    means = np.array([x[y == c].mean(axis=0) for c in range(4)])
    # 4 * 500 = 2000 coordinates of centres, each N(0, 9): a mean square of n squares
    # of N(0, s^2) is s^2 with a deviation of s^2 sqrt(2 / n), and the mean of n is 0
    # with one of s / sqrt(n). Noise of the means adds 0.25 / 1000, which is nothing.
    assert abs(means.mean()) < FOUR_SIGMA * 3 / math.sqrt(2000)
    assert abs((means**2).mean() - 9) < FOUR_SIGMA * 9 * math.sqrt(2 / 2000)
    # 4002 points less 4 means leave 3998 * 500 free coordinates of N(0, 0.25).
    free = 3998 * 500
    variance = ((x - means[y]) ** 2).sum() / free
    assert abs(variance - 0.25) < FOUR_SIGMA * 0.25 * math.sqrt(2 / free)


def test_both_parts_have_the_same_centres_and_different_points():
    dataset = draw_gaussians(settings())
    for c in range(4):
        train = dataset.train_x[dataset.train_y == c].mean(axis=0)
        test = dataset.test_x[dataset.test_y == c].mean(axis=0)
        # The difference of means of 1000 and 100 points, over 2000 coordinates, is
        # rarely more than five deviations.
        assert np.abs(train - test).max() < 5 * 0.5 * math.sqrt(1 / 1000 + 1 / 100)
    assert (dataset.train_x[:402] != dataset.test_x).mean() > 0.99


def test_noise_and_separation_scale_the_same_draws():
    one = draw_gaussians(settings(separation=0.0, noise=1.0)).train_x
    two = draw_gaussians(settings(separation=0.0, noise=2.0)).train_x
    np.testing.assert_array_equal(two, 2 * one)


def test_the_same_seed_draws_the_same_and_another_one_does_not():
    first, second = (draw_gaussians(settings()) for _ in range(2))
    other = draw_gaussians(settings(seed=8))
    for name, array in vars(first).items():
        np.testing.assert_array_equal(getattr(second, name), array)
    assert (other.train_x != first.train_x).mean() > 0.99


def test_more_points_for_training_change_neither_tests_nor_the_first_points():
    short, long = (
        draw_gaussians(settings()),
        draw_gaussians(settings(train_samples=5000)),
    )
    np.testing.assert_array_equal(long.test_x, short.test_x)
    np.testing.assert_array_equal(long.train_x[:4002], short.train_x)


@pytest.mark.parametrize("key", ["train_samples", "test_samples"])
def test_every_class_needs_a_point(key):
    with pytest.raises(ValueError, match=f"{key} is 3, too few for 4 classes"):
        settings(**{key: 3})
