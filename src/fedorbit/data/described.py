"""What the settings of every dataset have."""

from pydantic import Field

from fedorbit.base.settings import Settings

MOST_NUMBERS = 10**9  # of a set that is drawn: 8 GB


class DatasetSettings(Settings):
    """What every dataset says of itself."""

    origin: str = Field(min_length=1, max_length=1000)
    """One sentence: where it comes from and under which licence."""
