"""The terms of the bound of EMS-FL, worked by hand."""

import numpy as np
import pytest

from fedorbit.theory.experts.convergence import (
    Constants,
    drift,
    early_advantage,
    full_bound,
    largest_step_size,
    masked_bound,
    terms,
)

CONSTANTS = Constants(
    smoothness=2.0,
    step_size=0.01,
    initial_excess=3.0,
    variance=4.0,
    dissimilarity=0.5,
    squared_gradient=10.0,
    leakage_factor=2.0,
)


def test_the_four_terms_by_hand():
    """Q = 600, K = 5, H = 5, epsilon .1 and epsilon' .2."""
    parts = terms(CONSTANTS, 600, 5, 5, 0.1, 0.2)
    assert parts == {
        "progress": pytest.approx(2.0),  # 4 x 3 / (.01 x 600)
        "noise": pytest.approx(0.032),  # 2 x .01 x 2 x 4 / 5
        "drift": pytest.approx(0.208),  # 16 x .0004 x 5 x (4 + 5 x .5)
        "leakage": pytest.approx(1.0),  # 2 x 10 x (.04 + .01)
    }
    assert masked_bound(parts) == pytest.approx(2.24)
    assert full_bound(parts) == pytest.approx(6.48)


def test_drift_grows_with_the_square_of_the_gap_in_the_end():
    many = drift(CONSTANTS, [1e5, 2e5])
    assert many[1] / many[0] == pytest.approx(4, rel=1e-3)
    alike = CONSTANTS.model_copy(update={"dissimilarity": 0.0})
    assert drift(alike, 8) == pytest.approx(8 * drift(alike, 1))


def test_steps_that_are_too_large_are_refused():
    assert largest_step_size(2.0, [1, 5]) == pytest.approx([1 / 16, 1 / 80])
    terms(CONSTANTS, 1, 1, 6, 0, 0)
    with pytest.raises(ValueError, match="above 1 / "):
        terms(CONSTANTS, 1, 1, np.array([1, 7]), 0, 0)


def test_the_early_advantage_by_hand():
    """A round of 95 min with 19 steps of 60 s: 5 times, and 20 for four clusters."""
    by_use, plain = early_advantage(5700.0, 19, 60.0, 4)
    assert (by_use, plain) == (pytest.approx(5.0), pytest.approx(20.0))
