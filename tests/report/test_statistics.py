import math

import pandas as pd
import pytest

from fedorbit.report.numbers.rounds import interval
from fedorbit.report.numbers.statistics import paired, rank_correlation

# Student's sleep data of 1908, two drugs on ten patients, from R's documentation of
# t.test: t = -4.0621 with 9 degrees of freedom, p = 0.002833, interval -2.4599 to
# -0.7001 and mean -1.58 (https://stat.ethz.ch/R-manual/R-devel/library/datasets/).
DRUG_1 = pd.Series([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
DRUG_2 = pd.Series([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])


def test_a_paired_difference_is_that_of_students_sleep_data():
    found = paired(DRUG_1, DRUG_2)
    assert found.mean == pytest.approx(-1.58)
    assert found.low == pytest.approx(-2.4598858, abs=1e-6)
    assert found.high == pytest.approx(-0.7001142, abs=1e-6)
    assert found.p_value == pytest.approx(0.002833, abs=1e-6)


def test_pairs_are_those_of_the_same_seed():
    shuffled = DRUG_2.sample(frac=1, random_state=0)
    assert paired(DRUG_1, shuffled) == paired(DRUG_1, DRUG_2)


def test_seeds_that_only_one_has_are_refused():
    with pytest.raises(ValueError, match="no pairs"):
        paired(DRUG_1, DRUG_2.iloc[:9])


def test_equal_differences_have_no_width():
    one, two = pd.Series([1.0, 2.0, 3.0]), pd.Series([2.0, 3.0, 4.0])
    assert paired(two, one).low == paired(two, one).high == 1.0
    assert paired(two, one).p_value == 0.0
    assert paired(one, one).p_value == 1.0


def test_a_single_seed_has_a_difference_without_interval():
    found = paired(pd.Series([3.0]), pd.Series([1.0]))
    assert found.mean == 2.0
    assert all(map(math.isnan, (found.low, found.high, found.p_value)))
    mean, low, high = interval(pd.Series([3.0]))
    assert (mean, math.isnan(low), math.isnan(high)) == (3.0, True, True)


def test_a_rank_correlation_by_hand():
    # Ranks 1 2 3 4 and 2 1 4 3: 1 - 6 * 4 / (4 * 15) = 0.6.
    assert rank_correlation(
        pd.Series([1, 10, 100, 1000]), pd.Series([5, 4, 9, 7])
    ) == pytest.approx(0.6)


def test_what_does_not_vary_has_no_trend():
    assert rank_correlation(pd.Series([1, 2, 3]), pd.Series([5, 5, 5])) == 0.0
