"""The task on which the terms of EMS-FL's convergence statement are measured."""

import numpy as np
import pytest
from terms import (
    APART,
    BATCH,
    CLASSES,
    Cluster,
    constants,
    draw,
    gradient,
    loss,
    optimum,
    slope,
    smoothness,
    table,
    walk,
)

from fedorbit.theory.experts.convergence import largest_step_size, masked_bound, terms


def small(apart=APART):
    own = draw(np.random.default_rng(3), apart)
    return Cluster(own.z[:, :20], own.y[:, :20])


def test_gradients_are_those_of_the_loss():
    own, w = small(), np.random.default_rng(0).standard_normal((CLASSES, 16))
    found = gradient(w, own.z, own.y).mean(axis=0)
    for place in ((0, 0), (3, 15)):
        step = np.zeros_like(w)
        step[place] = 1e-6
        change = (loss(w + step, own) - loss(w - step, own)) / 2e-6
        assert found[place] == pytest.approx(change, rel=1e-5)


def test_the_smoothness_bounds_how_gradients_change():
    own, rng = small(), np.random.default_rng(1)
    for _ in range(20):
        one, other = rng.standard_normal((2, CLASSES, 16))
        changes = gradient(one, own.z, own.y) - gradient(other, own.z, own.y)
        largest = np.sqrt(np.square(changes).sum(axis=(1, 2))).max()
        assert largest <= smoothness(own) * np.linalg.norm(one - other)


def test_what_is_measured_stays_below_the_bound():
    """From zero weights, with devices apart, batches and gaps: all three terms."""
    own, steps, gap = small(), 512, 4
    rate = float(largest_step_size(smoothness(own), gap))
    zero = np.zeros((CLASSES, own.width))
    known = constants(own, [zero, optimum(own)], rate)
    seen = walk(own, zero, steps, gap, rate, BATCH).mean()
    bound = float(masked_bound(terms(known, steps, 5, gap, 0.0, 0.0)))
    assert 1e-4 * bound < seen < bound


def test_devices_that_average_after_each_exact_step_stay_at_the_optimum():
    own = small()
    still = walk(own, optimum(own), 64, 1, 0.1, None)
    apart = walk(own, optimum(own), 64, 16, 0.1, None)
    assert still.max() < 1e-18 < 1e-9 < apart.max()


def test_slopes_leave_out_what_is_nothing():
    assert slope([1, 2, 4], [1e-20, 8.0, 2.0]) == pytest.approx(-2)
    lines = table(["x", "y"], [(1, 3.0), (10, 30.0)])
    assert lines[-2] == "| *slope* | 1.00 |"
