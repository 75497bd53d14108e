import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedorbit.data.sizes import (
    client_sizes,
    positions_in_groups,
    size_weights,
    whole_sizes,
)


@pytest.mark.parametrize(
    ("shares", "sizes"),
    [
        ([0.2, 0.5, 2.3], [0, 1, 2]),
        ([4.0, 5.0], [4, 5]),
        ([1.5, 1.5, 1.5, 1.5], [2, 2, 1, 1]),
    ],
)
def test_the_largest_remainders_are_rounded_up(shares, sizes):
    assert whole_sizes(np.array(shares)).tolist() == sizes


@pytest.mark.parametrize(
    ("groups", "shares", "sizes"),
    [
        # Two groups of two clients: the first client of each before the second.
        ([2, 2], [1.5, 1.5, 1.5, 1.5], [2, 1, 2, 1]),
        ([2, 2], [0.1, 1.4, 1.8, 0.7], [0, 1, 2, 1]),
        # One client and three: the first of both, then the second of the second.
        ([1, 3], [1.5, 1.5, 1.5, 1.5], [2, 2, 1, 1]),
        ([3, 1], [1.5, 1.5, 1.5, 1.5], [2, 1, 1, 2]),
    ],
)
def test_of_equal_remainders_the_first_clients_of_all_groups_go_first(
    groups, shares, sizes
):
    positions = positions_in_groups(groups)
    assert whole_sizes(np.array(shares), positions).tolist() == sizes


def test_positions_in_groups_by_hand():
    assert positions_in_groups([2, 3]).tolist() == [0, 1, 0, 1, 2]


@pytest.mark.parametrize(
    ("least", "sizes"),
    [
        (1, [10, 20, 70]),
        # 85 in the ratio 2 to 7 are 18.9 and 66.1.
        (15, [15, 19, 66]),
        # 81 in that ratio would be 18 and 63, so that the second is too small, too.
        (19, [19, 19, 62]),
    ],
)
def test_sizes_are_proportional_but_for_the_least(least, sizes):
    assert client_sizes(np.array([1.0, 2.0, 7.0]), 100, least).tolist() == sizes


@given(
    weights=st.lists(st.floats(0, 1), min_size=1, max_size=30),
    least=st.integers(1, 50),
    more=st.integers(0, 5000),
)
def test_sizes_have_their_sum_and_the_least_for_any_weights(weights, least, more):
    weights = np.array([*weights, 1.0])
    samples = least * len(weights) + more
    sizes = client_sizes(weights, samples, least)
    assert sizes.sum() == samples
    assert sizes.min() >= least
    assert (np.diff(sizes[np.argsort(weights, kind="stable")]) >= -1).all()


def test_weights_have_the_spread_and_the_largest_is_one():
    # The deviation of 10,000 logarithms is uncertain by 0.7 / sqrt(20,000) = 0.005.
    weights = size_weights(10_000, 0.7, 3)
    assert np.log(weights).std() == pytest.approx(0.7, abs=0.02)
    assert weights.max() == 1
    assert (size_weights(20, 0.0, 3) == 1).all()


def test_weights_depend_on_the_seed():
    assert (size_weights(6, 1.0, 0) != size_weights(6, 1.0, 1)).any()
    assert (size_weights(6, 1.0, 1) == size_weights(6, 1.0, 1)).all()
