"""Settings of tiles of land that a random generator draws."""

from typing import Literal, Self

from pydantic import model_validator

from fedorbit.base.settings import Samples, Seed, between
from fedorbit.data.described import DatasetSettings

MOST_BYTES = 4 * 10**9  # of tiles that are drawn


class Landcover(DatasetSettings):
    """Tiles of land with 13 spectral bands and ten classes."""

    source: Literal["landcover"]
    """Tiles that a random generator draws."""
    size_px: between(int, 8, 512)
    """Height and width of a tile."""
    train_samples: Samples
    """Tiles for training, as many of each class as far as possible."""
    test_samples: Samples
    """Tiles for tests, likewise."""
    seed: Seed
    """Seed of all draws."""

    @model_validator(mode="after")
    def _fits_into_memory(self) -> Self:
        numbers = (self.train_samples + self.test_samples) * 13 * self.size_px**2
        if numbers > MOST_BYTES:
            raise ValueError(
                f"train_samples and test_samples of {self.size_px} x {self.size_px} "
                f"pixels take {numbers:,} bytes, more than {MOST_BYTES:,}; lower one "
                "of them"
            )
        return self
