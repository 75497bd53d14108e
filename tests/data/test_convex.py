import math

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

from fedorbit.base.errors import RunError
from fedorbit.data.convex import quadratic_optimum, softmax_optimum
from fedorbit.data.prepare import digits


def some_digits(samples: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    dataset = digits()
    few = np.flatnonzero(dataset.train_y < classes)[:samples]
    return dataset.train_x[few].reshape(samples, -1), dataset.train_y[few]


def test_one_sample_without_features_is_solved_by_hand():
    # The biases are b and -b, the right answer has p = 1 / (1 + e^-2b), and the
    # gradient -(1 - p) + mu b is 0. With b = ln(3) / 2, p = 3/4 and mu = 1 / (2 ln 3).
    weights, bias, value = softmax_optimum(
        np.zeros((1, 3)), np.array([0]), 2, 1 / (2 * math.log(3))
    )
    assert bias == pytest.approx([math.log(3) / 2, -math.log(3) / 2], abs=1e-7)
    assert weights == pytest.approx(np.zeros((2, 3)), abs=1e-7)
    assert value == pytest.approx(math.log(4 / 3) + math.log(3) / 8, abs=1e-12)


@pytest.mark.parametrize("weight_decay", [0.3, 1e-2, 1e-4])
def test_scikit_learn_finds_the_same_optimum(weight_decay):
    x, y = some_digits(90, 4)
    ones = np.hstack([x, np.ones((90, 1))]).astype(float)
    peer = LogisticRegression(
        C=1 / (90 * weight_decay), fit_intercept=False, tol=1e-9, max_iter=20_000
    ).fit(ones, y)
    weights, bias, _ = softmax_optimum(x, y, 4, weight_decay)
    # Strong convexity bounds the distance by the gradient over the weight decay.
    assert weights == pytest.approx(peer.coef_[:, :-1], abs=1e-3)
    assert bias == pytest.approx(peer.coef_[:, -1], abs=1e-3)


@pytest.mark.parametrize("weight_decay", [0.3, 1e-2, 1e-4])
def test_the_gradient_vanishes_and_the_value_is_the_loss(weight_decay):
    x, y = some_digits(90, 4)
    weights, bias, value = softmax_optimum(x, y, 4, weight_decay)
    chances = softmax(x @ weights.T + bias, axis=1)
    wrong = chances - np.eye(4)[y]
    by_weights = wrong.T @ x / 90 + weight_decay * weights
    by_bias = wrong.mean(axis=0) + weight_decay * bias
    assert np.abs(by_weights).max() < 1e-7 and np.abs(by_bias).max() < 1e-7
    squares = (weights**2).sum() + (bias**2).sum()
    loss = -np.log(chances[range(90), y]).mean() + weight_decay / 2 * squares
    assert value == pytest.approx(loss, abs=1e-12)


def test_images_of_bytes_are_flattened():
    x = np.random.default_rng(0).integers(0, 4, (20, 1, 2, 2), dtype=np.uint8)
    y = np.arange(20) % 3
    flat = softmax_optimum(x.reshape(20, 4).astype(float), y, 3, 0.1)
    weights, bias, value = softmax_optimum(x, y, 3, 0.1)
    assert weights.shape == (3, 4) and bias.shape == (3,)
    assert (weights == flat[0]).all() and value == flat[2]


def test_a_class_without_samples_has_weights_too():
    weights, bias, _ = softmax_optimum(np.ones((5, 1)), np.zeros(5, dtype=int), 3, 0.1)
    assert weights.shape == (3, 1)
    # The two classes that never occur are alike, and all weights sum to zero.
    assert weights[1] == pytest.approx(weights[2]) and bias.sum() == pytest.approx(0)
    assert bias[0] > 0 > bias[1]


@pytest.mark.parametrize("weight_decay", [0, -0.1])
def test_softmax_regression_without_weight_decay_is_refused(refused, weight_decay):
    x, y = some_digits(20, 3)
    sentence = refused(softmax_optimum, x, y, 3, weight_decay)
    assert f"training.weight_decay is {weight_decay}" in sentence


def test_features_too_large_to_solve_for_are_reported():
    rng = np.random.default_rng(0)
    x, y = 1e7 * rng.normal(size=(60, 3)), rng.integers(3, size=60)
    with pytest.raises(RunError, match="scale the features"):
        softmax_optimum(x, y, 3, 1e-9)


def test_a_quadratic_is_least_at_the_mean_by_hand():
    point, value = quadratic_optimum(np.array([[0.0], [2.0]]), np.array([3.0]))
    assert point.tolist() == [1.0] and value == 1.5
    # Variances 1 and 4, so (1 * 1 + 2 * 4) / 2.
    point, value = quadratic_optimum(np.array([[0, 0], [2, 4]]), np.array([1.0, 2.0]))
    assert point.tolist() == [1.0, 2.0] and value == 4.5


def test_a_quadratic_of_images_has_a_flat_optimum():
    x = np.zeros((3, 1, 2, 2), dtype=np.uint8)
    x[0] = 3
    point, value = quadratic_optimum(x, np.ones(4))
    # Each pixel has mean 1 and variance (4 + 1 + 1) / 3 = 2.
    assert point.tolist() == [1.0] * 4 and value == pytest.approx(4.0)
