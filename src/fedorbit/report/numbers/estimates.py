"""Means over seeds with all that they may be off by, and how sure a claim on them is.

The seeds of a study share one set of test images. So a mean over seeds is off by two
things, whose variances add: the seeds, s^2 / S for S of them, and the images, of which
another draw would give another accuracy however many seeds there are. Degrees of
freedom are the S - 1 of the seeds. Those of Welch and Satterthwaite would be more, as
there are more images than seeds, and an interval with images could be narrower than one
without.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from fedorbit.report.numbers.rounds import CONFIDENCE, UNLIMITED

ENOUGH_EQUAL = 5
"""How many equal values, one for each seed, tell that there is no spread."""
EQUAL = 1e-12  # relative, as equal values may differ by their rounding


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds with its standard error, by Student's distribution."""

    mean: float
    error: float
    freedom: float
    limits: tuple[float, float] = UNLIMITED
    """The least and the greatest that it can be."""
    of_logarithms: bool = False
    """Whether mean, error and limits are those of natural logarithms."""

    @classmethod
    def over_seeds(
        cls,
        values: pd.Series,
        images_variance: float = 0.0,
        limits: tuple[float, float] = UNLIMITED,
        of_logarithms: bool = False,
    ) -> Self:
        """Return the mean of two or more values, one for each seed.

        ``images_variance`` is what another draw of test images adds to its variance.
        """
        seeds = values.var() / len(values)
        error = math.sqrt(seeds + images_variance)
        mean = float(values.mean())
        return cls(mean, error, len(values) - 1.0, limits, of_logarithms)

    @property
    def value(self) -> float:
        """Return the mean, the geometric one of logarithms."""
        return self._told(self.mean)

    @property
    def is_without_spread(self) -> bool:
        """Return whether all values are equal, but for their rounding."""
        return self.error <= EQUAL * max(1.0, abs(self.mean))

    def ends(self, confidence: float = CONFIDENCE) -> tuple[float, float]:
        """Return the ends of the interval, cut at the limits."""
        if self.is_without_spread:
            return self.value, self.value
        reach = stats.t.ppf((1 + confidence) / 2, self.freedom) * self.error
        low, high = self.limits
        ends = max(self.mean - reach, low), min(self.mean + reach, high)
        return self._told(ends[0]), self._told(ends[1])

    def p_beyond(self, edge: float) -> float:
        """Return the two-sided p value of the test that the true mean is at an edge.

        It is 1 less the confidence of the interval that ends at the edge. Without any
        spread a mean of five or more values is taken as it is, on its own side of the
        edge or on it; fewer equal values tell nothing.
        """
        if self.is_without_spread:
            return self._p_without_spread(holds=True)
        if self.of_logarithms:
            edge = math.log(edge) if edge > 0 else -math.inf
        return float(2 * stats.t.sf(abs(self.mean - edge) / self.error, self.freedom))

    def p_within(self, margin: float) -> float:
        """Return the p value of two one-sided tests that it is not within a margin.

        Below 0.05 the 90 % interval lies between ``-margin`` and ``margin``
        (Schuirmann, J. Pharmacokinet. Biopharm. 15, 1987).
        """
        if self.is_without_spread:
            return self._p_without_spread(holds=abs(self.mean) <= margin)
        reach = (margin - abs(self.mean)) / self.error
        return float(stats.t.sf(reach, self.freedom))

    def _p_without_spread(self, holds: bool) -> float:
        is_enough = self.freedom + 1 >= ENOUGH_EQUAL
        return 0.0 if holds and is_enough else 1.0

    def _told(self, mean: float) -> float:
        return math.exp(mean) if self.of_logarithms else mean


def most_of_images(first: float, second: float, images: int) -> float:
    """Return the most that test images add to the variance of ``first - second``.

    Both are accuracies on the same n images, as means over any models. Of image i let
    p_i and q_i be the shares of models that are right, from 0 to 1, with the means p
    and q. Its difference d_i = p_i - q_i is no larger than p_i + q_i and 2 - p_i - q_i,
    and d_i^2 no larger than \\|d_i\\|. So the variance of the mean of d_i is at most

        (min(p + q, 2 - p - q) - (p - q)^2) / n,

    which is p (1 - p) / n against q = 0, the binomial one. It assumes that images are
    drawn independently, and nothing about the models: it is the variance if no image
    is hard for both, and too large otherwise.
    """
    apart = min(first + second, 2 - first - second)
    return (apart - (first - second) ** 2) / images


def holm(p_values: Sequence[float]) -> NDArray:
    """Return p values adjusted for being several, by Holm's method.

    If all that are at most 0.05 count, the chance that any of them counts wrongly is 5
    %, however they depend on one another (Scand. J. Statist. 6, 1979).
    """
    given = np.asarray(p_values, dtype=float)
    order = np.argsort(given, kind="stable")
    scaled = given[order] * np.arange(len(given), 0, -1)
    adjusted = np.empty(len(given))
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return adjusted
