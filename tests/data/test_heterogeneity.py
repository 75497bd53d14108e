import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedorbit.data.convex import quadratic_optimum, softmax_optimum
from fedorbit.data.heterogeneity import (
    gamma,
    mean_total_variation,
    measure_heterogeneity,
)


def quadratic(x, curvature=(1.0,)):
    """Return the least loss on some of the samples, for a quadratic."""
    return lambda own: quadratic_optimum(x[own], np.array(curvature))[1]


def gamma_of(least_loss, holders) -> float:
    return gamma(least_loss, holders, least_loss(np.arange(len(holders))))


def test_total_variation_by_hand():
    # All: 1/3 and 2/3. The first holder is 2/3 off, the second 1/3 with twice the
    # samples: (2 * 2/3 + 4 * 1/3) / 6 = 4/9.
    labels = np.array([0, 0, 1, 1, 1, 1])
    holders = np.array(["a", "a", "b", "b", "b", "b"])
    assert mean_total_variation(labels, holders) == pytest.approx(4 / 9)


def test_total_variation_of_equal_mixes_is_zero():
    labels = np.array([0, 1, 2, 2, 0, 1, 2, 2, 0, 0, 1, 1, 2, 2, 2, 2])
    holders = np.repeat([0, 1, 2], [4, 4, 8])
    assert mean_total_variation(labels, holders) == pytest.approx(0, abs=1e-15)


def test_total_variation_of_a_class_each_is_one_less_the_share():
    labels = holders = np.repeat(np.arange(5), 7)
    assert mean_total_variation(labels, holders) == pytest.approx(4 / 5)


def test_gamma_of_a_quadratic_by_hand():
    # Around the mean, 3, squares are 9, 1, 1, 9, so that F* = 5/2; each holder has its
    # samples 1 off its own mean, so that both F_k* are 1/2.
    x = np.array([[0.0], [2.0], [4.0], [6.0]])
    assert gamma_of(quadratic(x), np.array([0, 0, 1, 1])) == pytest.approx(2.0)
    # Holders of one and of two samples: the variance of 0, 3, 3 is 2.
    x = np.array([[0.0], [3.0], [3.0]])
    assert gamma_of(quadratic(x), np.array([7, 8, 8])) == pytest.approx(1.0)
    assert gamma_of(quadratic(x, [4.0]), np.array([7, 8, 8])) == pytest.approx(4.0)


@given(
    samples=st.integers(2, 40),
    holders=st.integers(1, 5),
    seed=st.integers(0, 1000),
)
def test_gamma_of_a_quadratic_is_never_negative(samples, holders, seed):
    rng = np.random.default_rng(seed)
    x, curvature = rng.normal(size=(samples, 3)), rng.uniform(0.1, 10, 3)
    held = rng.integers(holders, size=samples)
    value = gamma_of(quadratic(x, curvature), held)
    assert value >= -1e-12
    # The variance between the means of holders, weighted by samples and curvature.
    shares = np.bincount(held, minlength=holders) / samples
    between = sum(
        shares[k] * (x[held == k].mean(axis=0) - x.mean(axis=0)) ** 2
        for k in np.unique(held)
    )
    assert value == pytest.approx(between @ curvature / 2, abs=1e-12)


@given(
    samples=st.integers(2, 30),
    weight_decay=st.sampled_from([1e-3, 0.1, 10.0]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=25)
def test_gamma_of_softmax_regression_is_never_negative_and_grows_with_holders(
    samples, weight_decay, seed
):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(samples, 3)), rng.integers(3, size=samples)

    def least_loss(own):
        return softmax_optimum(x[own], y[own], 3, weight_decay)[2]

    clients = rng.integers(4, size=samples)
    by_region = gamma_of(least_loss, clients // 2)
    by_client = gamma_of(least_loss, clients)
    # The solver's own error is at most 1e-16 over the weight decay, times 6 entries.
    assert by_client >= by_region - 1e-11 >= -2e-11


def test_gamma_of_identical_holders_is_zero():
    rng = np.random.default_rng(0)
    x, y = np.tile(rng.normal(size=(8, 2)), (3, 1)), np.tile(rng.integers(3, size=8), 3)
    holders = np.repeat([0, 1, 2], 8)

    def least_loss(own):
        return softmax_optimum(x[own], y[own], 3, 0.01)[2]

    assert gamma_of(least_loss, holders) == pytest.approx(0, abs=1e-12)
    assert gamma_of(quadratic(x, [1.0, 2.0]), holders) == pytest.approx(0, abs=1e-12)


LABELS = np.array([0, 0, 1, 1])
# With seed 4, regions have one class each; with seed 5, one client has a class alone.
PARTITION = pd.DataFrame(
    {
        "seed": [4] * 4 + [5] * 4,
        "sample": [3, 2, 1, 0, 0, 1, 2, 3],
        "client": [0, 1, 2, 3, 0, 0, 1, 1],
        "region": ["A", "A", "B", "B", "A", "A", "A", "A"],
    }
)


def test_the_table_has_both_measures_of_both_levels_for_every_seed():
    x = np.array([[0.0], [0.0], [2.0], [2.0]])
    table = measure_heterogeneity(PARTITION, LABELS, quadratic(x))
    # Mixes are half and half; 0, 0, 2, 2 have the variance 1.
    assert table.to_numpy().tolist() == [
        [4, "region", "mean_total_variation", 0.5],
        [4, "region", "gamma", 0.5],
        [4, "client", "mean_total_variation", 0.5],
        [4, "client", "gamma", 0.5],
        [5, "region", "mean_total_variation", 0.0],
        [5, "region", "gamma", 0.0],
        [5, "client", "mean_total_variation", 0.5],
        [5, "client", "gamma", 0.5],
    ]
    assert list(table.columns) == ["seed", "level", "measure", "value"]


def test_without_a_convex_task_gamma_is_left_out():
    table = measure_heterogeneity(PARTITION, LABELS, None)
    assert set(table["measure"]) == {"mean_total_variation"}
    assert table["value"].tolist() == [0.5, 0.5, 0.0, 0.5]


def test_of_planes_the_level_is_called_orbit():
    partition = pd.DataFrame(
        {"seed": 0, "sample": range(4), "client": [0, 0, 1, 1], "orbit": list("3377")}
    )
    table = measure_heterogeneity(partition, np.array([0, 1, 0, 1]), None)
    assert table["level"].tolist() == ["orbit", "client"]
    assert table["value"].tolist() == [0.0, 0.0]
