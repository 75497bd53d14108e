"""Comparisons over seeds: paired differences and trends, by SciPy."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from fedorbit.report.numbers.rounds import interval


@dataclass(frozen=True)
class PairedDifference:
    """How far two strategies are apart, over the seeds that both have."""

    mean: float
    low: float
    """Lower end of the 95 % interval (Student's, for pairs)."""
    high: float
    p_value: float
    """Two-sided, of the paired t test that the mean is zero."""


def differences(first: pd.Series, second: pd.Series) -> pd.Series:
    """Return ``first - second`` by seed; ``ValueError`` unless both have the same."""
    if sorted(first.index) != sorted(second.index):
        raise ValueError(
            f"seeds {sorted(first.index)} and {sorted(second.index)} make no pairs"
        )
    return first - second.loc[first.index]


def paired(first: pd.Series, second: pd.Series) -> PairedDifference:
    """Return the difference ``first - second`` of values indexed by seed.

    A seed sets the partition and the first model of both, so their difference varies
    less than they do. If all differences are equal the interval has no width, and the
    p value is 1 for no difference and 0 else. Of a single seed, interval and p value
    are NaN. Raises ``ValueError`` unless both have the same seeds.
    """
    found = differences(first, second)
    mean, low, high = interval(found)
    if low == high:
        return PairedDifference(mean, low, high, float(mean == 0))
    if len(found) == 1:
        return PairedDifference(mean, low, high, np.nan)
    p_value = stats.ttest_1samp(found, 0).pvalue
    return PairedDifference(mean, low, high, float(p_value))


def rank_correlation(x: pd.Series, y: pd.Series) -> float:
    """Return Spearman's correlation, from -1 to 1; 0 if either does not vary."""
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return 0.0
    return float(stats.spearmanr(x, y).statistic)
