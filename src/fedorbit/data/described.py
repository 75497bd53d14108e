"""What the settings of every dataset have."""

from typing import TypeVar

from pydantic import Field

from fedorbit.base.settings import Settings

MOST_NUMBERS = 10**9  # of a set that is drawn: 8 GB


class DatasetSettings(Settings):
    """What every dataset says of itself."""

    origin: str = Field(min_length=1, max_length=1000)
    """One sentence: where it comes from and under which licence."""


AnyPoints = TypeVar("AnyPoints", bound=DatasetSettings)


def fits_into_memory(points: AnyPoints) -> AnyPoints:
    """Return the settings of points that are drawn; ``ValueError`` if they take 8 GB.

    A validator of settings with ``train_samples``, ``test_samples`` and ``features``.
    """
    numbers = (points.train_samples + points.test_samples) * points.features
    if numbers > MOST_NUMBERS:
        raise ValueError(
            f"train_samples and test_samples of {points.features} features are "
            f"{numbers:,} numbers, more than {MOST_NUMBERS:,}; lower one of them"
        )
    return points
