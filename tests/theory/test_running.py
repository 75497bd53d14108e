import math

import numpy as np
import pytest

from fedorbit.theory.fedmeld.law import Curves, predict, response
from fedorbit.theory.fedmeld.running import (
    LEAST,
    MOST,
    Estimates,
    Losses,
    best_ratio,
    estimate,
    neighbours_apart,
    next_ratio,
    progress,
)

EQUAL = Losses(2.0, 2.0, 2.0)  # of the first model, which all regions have


def ring(size):
    return {str(n): [str((n - 1) % size)] for n in range(size)}


def test_two_regions_by_hand():
    """Two regions that have mixed twice, with ratio 1/2.

    Progress is 0, 1/2 and 1 intervals. After the first mixing a region holds half an
    interval of its own, after the second (1/2 + 1) / 2 = 3/4 of its own and 1/4 of the
    other's: neighbours are 1/2 apart both times, whose square is 1/4.

    Both times the ends are 1/4 above the middle, which is the gap of two regions. So
    g(delta) = (1/4) / (1/4) = 1. The mean falls by log 2 while progress doubles, so
    that s = 1. With c = 3/12, alpha^3 = (1 - alpha)^2 / 2, and alpha is 1/2.
    """
    ratios = [0.5, 0.5]
    assert progress(ratios) == [0, 0.5, 1]
    assert neighbours_apart(ratios, 2) == [0, 0.25, 0.25]
    fall = math.log(2)
    losses = [
        EQUAL,
        Losses(1.0, 1.8, 1.15),
        Losses(1.1 - fall, 1.7 - fall, 1.15 - fall),
    ]
    found = estimate(losses, ratios, 2)
    assert found == pytest.approx(Estimates(1.0, 1.0))
    assert next_ratio(losses, ratios, 0.3, 2) == pytest.approx(0.5)


def test_the_neighbour_stands_for_all_others():
    """Of five regions, own 1 and carried 2 make (1 + 4 x 2) / 5 = 1.8 on all samples.

    The gap is 8/5 of 1.5 - 1.4, 0.16, and so the mean has 1.64; later 1.14. Neighbours
    of a ring of five are 1/2 apart after one mixing and sqrt(6)/4 after two: rows are
    (3/4, 1/4, 0, 0, 0) and (0, 3/4, 1/4, 0, 0), which have 9/16 + 1/4 + 1/16 = 7/8
    between them, and half of that is 7/16.
    """
    losses = [EQUAL, Losses(1.0, 2.0, 1.4), Losses(0.5, 1.5, 0.9)]
    assert neighbours_apart([0.5, 0.5], 5) == pytest.approx([0, 0.25, 0.4375])
    found = estimate(losses, [0.5, 0.5], 5)
    assert found.slope == pytest.approx(0.5 / math.log(2))
    assert found.gap == pytest.approx(0.16 * (4 + 16 / 7) / 2)


def test_neighbours_are_as_far_apart_as_the_law_has_them():
    for size, ratio in [(2, 0.3), (5, 0.5), (6, 0.8)]:
        found = neighbours_apart([ratio] * 7, size)
        for mixings in range(1, 8):
            learned = response(ring(size), ratio, 1, mixings)
            away = learned - np.roll(learned, 1, axis=0)
            square = (away**2).sum(axis=1).mean() / 2
            assert found[mixings] == pytest.approx(square)


@pytest.mark.parametrize("gap", [0.02, 0.1, 0.4, 1.0, 3.0])
def test_it_is_the_ratio_of_the_law_where_regions_know_its_curves(gap):
    """F falls by 0.7 while progress grows by e, and g is a square: to a hundredth."""
    rounds, delta = 40_000, 8
    come = np.unique(np.geomspace(1, rounds, 4000).astype(int))
    alone = np.arange(0, 2000)
    curves = Curves(come, 9 - 0.7 * np.log(come), alone, gap * (alone / delta) ** 2)
    table = predict(curves, ring(5), delta, rounds)
    fixed = table["mixing_ratio"][table["loss"].idxmin()]
    assert best_ratio(Estimates(0.7, gap), 5) == pytest.approx(fixed, abs=0.01)


def test_equal_regions_that_follow_the_law_find_what_it_was_made_with():
    """Losses made of s and g(delta), whatever the ratios were, give them back."""
    slope, gap, regions = 0.7, 0.4, 5
    ratios = [0.5, 0.5, 0.2, 0.7, 0.6, 0.3, 0.45]
    losses = [EQUAL]
    for come, apart in zip(
        progress(ratios)[1:], neighbours_apart(ratios, regions)[1:], strict=True
    ):
        cost = gap * apart
        level = 3 - slope * math.log(come) + cost  # of a model on all samples
        pair = cost * regions / (2 * (regions - 1))
        losses.append(Losses(level, level, level - pair))
    assert estimate(losses, ratios, regions) == pytest.approx(Estimates(slope, gap))
    fixed = best_ratio(Estimates(slope, gap), regions)
    assert next_ratio(losses, ratios, 0.5, regions) == pytest.approx(fixed)
    assert LEAST < fixed < MOST


def test_old_losses_are_forgotten():
    """After eight mixings with ratio 1/2 progress is 4: the first is at an eighth."""
    ratios = [0.5] * 8
    losses = [EQUAL, *(Losses(1 / k, 1 / k, 0.9 / k) for k in range(1, 9))]
    other = [EQUAL, Losses(9.0, 9.0, 1.0), *losses[2:]]
    assert estimate(losses, ratios, 5) == estimate(other, ratios, 5)
    other[2] = Losses(9.0, 9.0, 1.0)
    assert estimate(losses, ratios, 5) != estimate(other, ratios, 5)


def test_until_two_points_are_seen_the_first_ratio_stays():
    assert next_ratio([EQUAL], [], 0.3, 5) == 0.3
    assert next_ratio([EQUAL, Losses(1.0, 2.0, 1.2)], [0.3], 0.3, 5) == 0.3


@pytest.mark.parametrize(
    ("slope", "gap", "ratio"),
    [(1.0, 0.0, LEAST), (1.0, -2.0, LEAST), (0.0, 1.0, MOST), (-1.0, 1.0, MOST)],
)
def test_ratios_have_ends(slope, gap, ratio):
    """Being apart costs nothing, or progress is worth nothing."""
    assert best_ratio(Estimates(slope, gap), 5) == ratio


def test_more_regions_and_more_disagreement_want_larger_ratios():
    found = [best_ratio(Estimates(1.0, gap), 5) for gap in (0.1, 0.2, 0.4, 0.8)]
    assert found == sorted(found) and len(set(found)) == 4
    assert best_ratio(Estimates(1.0, 0.5), 11) > best_ratio(Estimates(1.0, 0.5), 5)
    assert best_ratio(Estimates(1.0, 0.5), 11) == pytest.approx(0.5698, abs=5e-5)
