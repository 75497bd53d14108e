"""Assignments of experts against brute force, and what they leave out by hand."""

from itertools import product

import numpy as np
import pytest

from fedorbit.base.errors import SettingsError
from fedorbit.theory.experts.assignment import (
    assign,
    assign_greedily,
    assign_overlapping,
    assign_randomly,
)
from fedorbit.theory.experts.leakage import (
    foreign_share,
    leakage,
    plain_shares,
    shares_of_use,
)

# Greedy gives expert 0 to cluster 0, since .6 is most, and expert 1 has .1 left to
# give: .7. The best is .5 + .5 the other way round.
CROSSED = [[0.6, 0.5], [0.5, 0.1]]


def all_assignments(shape, low, high):
    """Yield every assignment of the experts to a cluster or to nobody."""
    clusters, experts = shape
    for owners in product(range(-1, clusters), repeat=experts):
        assigned = np.array(owners) == np.arange(clusters)[:, None]
        counts = assigned.sum(axis=1)
        if (counts >= low).all() and (counts <= high).all():
            yield assigned


def small_cases(count):
    """Yield gate mass, with zeros and equals in it, and capacities that suit it."""
    rng = np.random.default_rng(0)
    while count:
        shape = rng.integers(1, 4), rng.integers(1, 6)
        mass = rng.integers(0, 4, shape) / 3 if count % 2 else rng.random(shape)
        high = rng.integers(0, shape[1] + 1, shape[0])
        low = rng.integers(0, high + 1)
        if low.sum() <= shape[1]:
            count -= 1
            yield mass, low, high


def test_the_assignment_is_that_of_brute_force_on_every_small_case():
    for mass, low, high in small_cases(300):
        assigned = assign(mass, low, high)
        counts = assigned.sum(axis=1)
        assert (counts >= low).all() and (counts <= high).all()
        assert assigned.sum(axis=0).max() <= 1
        best = max((mass * one).sum() for one in all_assignments(mass.shape, low, high))
        assert mass[assigned].sum() == pytest.approx(best, abs=1e-12)


def test_greedy_and_random_keep_the_capacities_and_are_no_better():
    worse = 0
    for case, (mass, low, high) in enumerate(small_cases(300)):
        best = mass[assign(mass, low, high)].sum()
        rng = np.random.default_rng(case)
        greedy = assign_greedily(mass, low, high)
        for assigned in (greedy, assign_randomly(mass, low, high, rng)):
            counts = assigned.sum(axis=1)
            assert (counts >= low).all() and (counts <= high).all()
            assert assigned.sum(axis=0).max() <= 1
            assert mass[assigned].sum() <= best + 1e-12
        worse += mass[greedy].sum() < best - 1e-12
    assert 0 < worse < 60


def test_greedy_falls_for_the_first_pair():
    assert assign(CROSSED, 1, 1).tolist() == [[False, True], [True, False]]
    assert assign_greedily(CROSSED, 1, 1).tolist() == [[True, False], [False, True]]


def test_a_cluster_gets_no_more_idle_experts_than_it_must():
    mass = [[0.9, 0.1, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]
    assert assign(mass, 0, 4).sum(axis=1).tolist() == [1, 1]
    assert assign(mass, 2, 4).sum(axis=1).tolist() == [2, 2]


def test_random_assignments_repeat_by_seed_and_are_even():
    mass = np.ones((4, 8))
    seeds = range(2000)
    found = [assign_randomly(mass, 2, 2, np.random.default_rng(s)) for s in seeds]
    again = assign_randomly(mass, 2, 2, np.random.default_rng(7))
    assert (found[7] == again).all()
    # One in four, with a standard deviation of .0097.
    assert np.abs(np.mean(found, axis=0) - 0.25).max() < 0.05


def test_overlapping_gives_each_cluster_what_it_uses_most():
    mass = [[0.5, 0.3, 0.2], [0.4, 0.4, 0.2], [0.1, 0.2, 0.7]]
    assert assign_overlapping(mass, [2, 1, 0]).tolist() == [
        [True, True, False],
        [True, False, False],
        [False, False, False],
    ]


@pytest.mark.parametrize(
    ("mass", "least", "most", "words"),
    [
        ([[0.5, -0.1]], 0, 1, "numbers below 0"),
        ([0.5, 0.5], 0, 1, r"shape \(2,\)"),
        ([[0.5, np.nan]], 0, 1, "give one number"),
        (CROSSED, 2, 2, "at least 4 experts together, but the model has 2"),
        (CROSSED, 2, 1, "the least must be from 0 to the most"),
        (CROSSED, 0, 3, "the most at most all"),
    ],
)
def test_what_cannot_be_assigned_is_said(mass, least, most, words):
    with pytest.raises(SettingsError, match=words):
        assign(mass, least, most)


def test_leakage_by_hand():
    """Cluster 0 keeps .6 of 1.0, cluster 1 keeps 1.5 of 2.0.

    Expert 0 has .6 in its cluster and .5 of 1.1 outside; expert 1 .4 of 1.9. Where the
    first cluster counts three times, it is .5 of 2.3 and 1.2 of 2.7. Expert 2 is idle.
    """
    mass = [[0.6, 0.4, 0.0], [0.5, 1.5, 0.0]]
    own = [[True, False, False], [False, True, False]]
    assert leakage(mass, own) == pytest.approx([0.4, 0.25])
    assert foreign_share(mass, own) == pytest.approx([0.5 / 1.1, 0.4 / 1.9, 0])
    weighted = foreign_share(mass, own, [3, 1])
    assert weighted == pytest.approx([0.5 / 2.3, 1.2 / 2.7, 0])
    assert leakage(mass, np.ones((2, 3), bool)) == pytest.approx([0, 0])
    with pytest.raises(ValueError, match="no gate mass"):
        leakage([[0.0, 0.0]], [[True, False]])


def test_shares_of_clusters_in_an_expert_by_hand():
    mass = [[0.6, 0.4, 0.0], [0.2, 0.6, 0.0]]
    everybody = np.ones((2, 3), bool)
    by_use = [[0.75, 0.4, 0.5], [0.25, 0.6, 0.5]]
    assert shares_of_use(mass, everybody) == pytest.approx(np.array(by_use))
    assert plain_shares(everybody) == pytest.approx(np.full((2, 3), 0.5))
    one = [[True, False, False], [True, True, False]]
    assert shares_of_use(mass, one, [1, 3]) == pytest.approx(
        np.array([[0.5, 0, 0], [0.5, 1, 0]])
    )
    assert plain_shares(one, [1, 3])[:, 0] == pytest.approx([0.25, 0.75])
