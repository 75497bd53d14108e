"""Verdicts by estimates whose intervals are known, alone and beside others."""

import math

import pytest

from fedorbit.report.claims.evidence import Value
from fedorbit.report.claims.verdicts import Question, verdicts
from fedorbit.report.numbers.estimates import Estimate

NORMAL = 1e9  # degrees of freedom


def about(mean: float, error: float = 1.0, **how) -> Value:
    return Value.of(Estimate(mean, error, NORMAL), **how)


def judged(value, low=-math.inf, high=math.inf, margin=None) -> str:
    return verdicts({"X": Question(value, low, high, margin)})["X"].words


@pytest.mark.parametrize(
    ("mean", "edges", "expected"),
    [
        (2.0, (0, math.inf), "reproduced"),  # 2 is beyond 1.96
        (1.9, (0, math.inf), "undecided"),
        (-1.9, (0, math.inf), "undecided"),
        (-2.0, (0, math.inf), "not reproduced"),
        (0.0, (-2, 2), "reproduced"),
        (1.0, (-2, 2), "undecided"),
        (4.1, (-2, 2), "not reproduced"),
    ],
)
def test_an_estimate_is_judged_by_where_its_interval_lies(mean, edges, expected):
    assert judged(about(mean), *edges) == expected


@pytest.mark.parametrize(
    ("mean", "error", "expected"),
    [
        # Edge 0, margin 1. As there are two tests, the one on the margin has to be at
        # 0.025 at most: 1.96 errors on either side.
        (0.0, 0.50, "equivalent"),
        (0.0, 0.52, "undecided"),
        (0.4, 0.3, "equivalent"),
        (0.4, 0.1, "equivalent"),  # above 0 beyond doubt, and not worth having
        (-0.4, 0.1, "equivalent"),  # below 0 beyond doubt, and not worth having
        (0.9, 0.1, "reproduced"),  # it may be worth having
        (-0.9, 0.1, "not reproduced"),
    ],
)
def test_a_difference_within_the_margin_is_equivalent_whatever_its_sign(
    mean, error, expected
):
    assert judged(about(mean, error), 0.0, margin=1.0) == expected


def test_a_claim_that_only_the_uncorrected_interval_decides_is_undecided():
    value = about(2.2)  # p = 0.0278
    one = {"X": Question(value, 0.0, math.inf)}
    assert verdicts(one)["X"].words == "reproduced"
    beside = {"Y": Question(about(0.1), 0.0, math.inf)}
    found = verdicts(one | beside)["X"]
    assert found.words == "undecided"
    assert found.p_value == pytest.approx(0.0278, abs=1e-4)
    assert found.p_adjusted == pytest.approx(2 * found.p_value)


def test_what_was_not_sampled_is_compared_as_it_is_and_counts_as_no_test():
    value = Question(about(2.2), 0.0, math.inf)
    exact = {n: Question(Value.exact(0.5), 0.0, 1.0) for n in "ABC"}
    found = verdicts({"X": value} | exact)
    assert found["X"].words == found["A"].words == "reproduced"
    assert math.isnan(found["A"].p_value)
    assert judged(Value.exact(1.0), 1.0, 1.0) == "reproduced"
    assert judged(Value.exact(0.999), 1.0, 1.0) == "not reproduced"
    assert judged(Value(-1.0, -2.0, 0.0), -1.25, -0.75) == "undecided"


def test_a_bound_from_above_can_show_that_a_value_is_low_and_nothing_else():
    most = {"is_at_most": True}
    assert judged(about(0.4, 0.1, **most), high=1.0) == "reproduced"
    assert judged(about(9.0, 0.1, **most), high=1.0) == "undecided"
    assert judged(about(0.4, 0.1, **most), low=0.0, high=1.0) == "undecided"
    assert about(0.4, 0.1, **most).low == 0.0


def test_a_bound_from_below_can_show_that_a_value_is_high_and_nothing_else():
    least = {"is_at_least": True}
    assert judged(about(9.0, 0.1, **least), high=1.0) == "not reproduced"
    assert judged(about(0.4, 0.1, **least), high=1.0) == "undecided"
    assert judged(about(0.4, 0.1, **least), low=0.0) == "reproduced"
    both = about(0.4, 0.1, is_at_most=True, is_at_least=True)
    assert (both.low, both.high) == (0.0, math.inf)
