"""Estimates against values of R's documentation, and by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from tests.report.test_statistics import DRUG_1, DRUG_2

from fedorbit.report.numbers.estimates import Estimate, holm, most_of_images

SLEEP = Estimate.over_seeds(DRUG_1 - DRUG_2)


def test_the_interval_over_seeds_is_that_of_students_sleep_data():
    assert SLEEP.ends() == pytest.approx((-2.4598858, -0.7001142), abs=1e-6)
    assert SLEEP.p_beyond(0.0) == pytest.approx(0.002833, abs=1e-6)
    # The interval that ends at an edge has a confidence of 1 less the p value.
    assert SLEEP.p_beyond(-0.7001142) == pytest.approx(0.05, abs=1e-6)


def test_two_one_sided_tests_agree_with_the_90_percent_interval():
    low, _ = SLEEP.ends(0.90)
    assert SLEEP.p_within(-low) == pytest.approx(0.05)
    assert SLEEP.p_within(-low + 0.1) < 0.05 < SLEEP.p_within(-low - 0.1)


def test_variances_of_seeds_and_images_add():
    # Seeds 1, 2, 3: s^2 / S = 1 / 3. Images add 1 / 6: the error is sqrt(1 / 2).
    # Student's factor for two degrees of freedom is 4.30265.
    found = Estimate.over_seeds(pd.Series([1.0, 2, 3]), 1 / 6)
    reach = 4.30265 * math.sqrt(0.5)
    assert found.ends() == pytest.approx((2 - reach, 2 + reach), abs=1e-4)


def test_images_alone_give_an_interval_where_all_seeds_agree():
    found = Estimate.over_seeds(pd.Series([0.9, 0.9]), 0.09 / 450)
    assert found.error == pytest.approx(0.0141421, abs=1e-6)  # sqrt(0.9 * 0.1 / 450)


def test_intervals_end_where_values_do():
    found = Estimate.over_seeds(pd.Series([0.9, 1.0, 1.0]), limits=(0.0, 1.0))
    low, high = found.ends()
    assert (low, high) == pytest.approx((0.8232, 1.0), abs=1e-4)  # 0.9667 - 4.3027 / 30


def test_the_mean_of_logarithms_is_told_as_a_geometric_mean():
    logarithms = pd.Series([math.log(2), math.log(8)])
    found = Estimate.over_seeds(logarithms, of_logarithms=True)
    assert found.value == pytest.approx(4)
    low, high = found.ends()
    assert low * high == pytest.approx(16)
    assert found.p_beyond(high) == pytest.approx(0.05)
    assert found.p_beyond(0.0) == 0.0


def test_values_that_are_all_equal_are_taken_as_they_are():
    found = Estimate.over_seeds(pd.Series([0.5] * 5))
    assert found.ends() == (0.5, 0.5)
    assert found.p_beyond(0.5) == found.p_beyond(0.4) == 0.0
    assert (found.p_within(0.5), found.p_within(0.4)) == (0.0, 1.0)


@pytest.mark.parametrize("values", [[0.5] * 2, [0.3, 0.1 + 0.2, 0.3, 0.3]])
def test_fewer_than_five_equal_values_tell_nothing(values):
    # 0.1 + 0.2 is 0.3 but for its rounding.
    found = Estimate.over_seeds(pd.Series(values))
    assert found.ends() == (found.value, found.value)
    assert found.p_beyond(0.0) == found.p_within(1.0) == 1.0


def test_the_most_that_images_add_is_the_binomial_variance_against_nothing():
    assert most_of_images(0.9, 0.0, 450) == pytest.approx(0.09 / 450)
    # 0.9 and 0.8: at most 3 of 10 images differ, and (0.1)^2 is the mean squared.
    assert most_of_images(0.9, 0.8, 100) == pytest.approx(0.0029)


def test_no_models_have_a_greater_variance_than_the_most():
    rng = np.random.default_rng(0)
    for _ in range(1000):
        p, q = rng.beta(*rng.uniform(0.05, 2, 2), (2, 30))
        most = most_of_images(p.mean(), q.mean(), 30)
        assert (p - q).var() / 30 <= most + 1e-12


def test_holm_by_hand():
    # Sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1: 0.04, 0.06, 0.06, 0.04, and none
    # below the one before it.
    given = [0.04, 0.01, 0.03, 0.02]
    assert holm(given) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.6, 0.9]) == pytest.approx([1.0, 1.0])
    assert holm([]).tolist() == []
