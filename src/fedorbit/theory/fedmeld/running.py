"""The law for FedMeld's mixing ratio, with estimates that a region has on its way.

Ours, and derived in docs/theory.md from the law of ``law.py``. A region compares two
models of the same age on samples of its own: the one that it had after its last mixing,
and that of its neighbour upstream, which a satellite has brought. Three losses of each
mixing are enough: of either model, and of the one in the middle between them.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

LEAST, MOST = 0.1, 0.8
"""The ratios that are allowed: the ends of the grid of bench/law.md."""
MEMORY = 4.0
"""Estimates are over the mixings since a quarter of the present progress."""
HALVINGS = 50  # of the interval with the ratio, until floats end


class Losses(NamedTuple):
    """Losses of three models on samples of one region."""

    own: float
    """Of the region's model, just after a mixing."""
    carried: float
    """Of the model upstream, just after the same mixing."""
    middle: float
    """Of half the one plus half the other."""


class Estimates(NamedTuple):
    """What a region makes of its losses."""

    slope: float
    """By how much the loss of the mean of all regions falls while progress grows by
    the factor e."""
    gap: float
    """What it costs that regions learn alone for one interval: g(delta) of the law."""


def progress(ratios: Sequence[float]) -> list[float]:
    """Return by how many intervals the mean has come before and after each mixing."""
    found = [0.0]
    for ratio in ratios:
        found.append(found[-1] + 1 - ratio)
    return found


def neighbours_apart(ratios: Sequence[float], regions: int) -> list[float]:
    """Return how far apart neighbours on the ring are before and after each mixing.

    Squared, and in intervals: regions that left one model and learned alone for r
    intervals have r^2. What regions learn differs independently, and all regions are
    taken to have mixed with the same ``ratios``.
    """
    learned = [0.0] * regions
    found = [0.0]
    for ratio in ratios:
        alone = [learned[0] + 1, *learned[1:]]
        upstream = [learned[-1], *learned[:-1]]
        learned = [
            (1 - ratio) * own + ratio * other
            for own, other in zip(alone, upstream, strict=True)
        ]
        away = [(learned[n] - learned[n - 1]) ** 2 for n in range(regions)]
        found.append(math.fsum(away) / 2)
    return found


def estimate(
    losses: Sequence[Losses], ratios: Sequence[float], regions: int
) -> Estimates | None:
    """Return what a region has learned of the law, nothing before its third mixing.

    ``losses`` are those of each mixing so far, the one that is due last; ``ratios``
    those of the mixings before it. The neighbour upstream stands for all others.
    """
    apart, come = neighbours_apart(ratios, regions), progress(ratios)
    seen = [k for k in range(1, len(losses)) if MEMORY * come[k] >= come[-1]]
    if len(seen) < 2:
        return None
    gaps = [_gap(own, regions) for own in losses]
    means = [
        (own.own + (regions - 1) * own.carried) / regions - gap
        for own, gap in zip(losses, gaps, strict=True)
    ]
    logs = [math.log(come[k]) for k in seen]
    centre = math.fsum(logs) / len(seen)
    above = [log - centre for log in logs]
    rise = math.fsum(x * means[k] for x, k in zip(above, seen, strict=True))
    gap = math.fsum(gaps[k] / apart[k] for k in seen) / len(seen)
    return Estimates(-rise / math.fsum(x * x for x in above), gap)


def _gap(losses: Losses, regions: int) -> float:
    """Return what it costs that the models of all regions differ, by two of them.

    Half the sum of the ends less the middle is an eighth of the curvature along the way
    from one to the other; all regions about their mean have 2 (N - 1) / N of that.
    """
    ends = (losses.own + losses.carried) / 2
    return 2 * (regions - 1) / regions * (ends - losses.middle)


def best_ratio(estimates: Estimates, regions: int) -> float:
    """Return the ratio with a^3 slope = 2 c gap (1 - a)^2, c = (N + 1) / 12.

    There the law's loss is least in a ring of N regions. It is ``LEAST`` or ``MOST`` if
    the ratio lies beyond: ``LEAST`` if nothing is lost by being apart, ``MOST`` if
    nothing is won by progress.
    """
    cost = (regions + 1) / 6 * max(estimates.gap, 0.0)

    def excess(ratio: float) -> float:
        return ratio**3 * estimates.slope - cost * (1 - ratio) ** 2

    if excess(LEAST) >= 0:
        return LEAST
    if excess(MOST) <= 0:
        return MOST
    low, high = LEAST, MOST
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if excess(middle) < 0:
            low = middle
        else:
            high = middle
    return low


def next_ratio(
    losses: Sequence[Losses], ratios: Sequence[float], first: float, regions: int
) -> float:
    """Return the ratio of the mixing that is due, ``first`` until there are estimates.

    ``losses`` and ``ratios`` are those of ``estimate``.
    """
    found = estimate(losses, ratios, regions)
    return first if found is None else best_ratio(found, regions)
