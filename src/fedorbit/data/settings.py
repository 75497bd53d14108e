"""Settings of datasets: the files ``config/datasets/<name>.yaml``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import (
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

from fedorbit.base.settings import GivenPath, Settings, kind_of, parse
from fedorbit.base.yaml_files import read_listed


class DatasetSettings(Settings):
    """What every dataset says of itself."""

    origin: str = Field(min_length=1)
    """One sentence: where it comes from and under which licence."""


class Digits(DatasetSettings):
    """The handwritten digits that scikit-learn carries."""

    source: Literal["digits"]
    """Digits of 8 x 8 pixels."""


class Torchvision(DatasetSettings):
    """A published set that torchvision knows how to get."""

    source: Literal["torchvision"]
    """Files of FEDORBIT_DATA, or else a download, checked either way."""
    set: Literal["mnist", "fashion_mnist", "cifar10", "cifar100", "eurosat"]
    """Which one."""


class ImageFolder(DatasetSettings):
    """Images in a folder for each class."""

    source: Literal["imagefolder"]
    """A folder, or an archive of one."""
    path: GivenPath
    """The folder or archive: absolute, or in FEDORBIT_DATA, or in the project."""
    size_px: PositiveInt
    """Height and width to which images of another size are resized."""


class Gaussians(DatasetSettings):
    """Classes that are Gaussian clouds around random centres."""

    source: Literal["gaussians"]
    """Points that a random generator draws."""
    classes: PositiveInt
    """Number of clouds."""
    features: PositiveInt
    """Dimensions of a point."""
    train_samples: PositiveInt
    """Points for training, as many of each class as far as possible."""
    test_samples: PositiveInt
    """Points for tests, likewise."""
    separation: NonNegativeFloat
    """Standard deviation of each coordinate of the centres."""
    noise: PositiveFloat
    """Standard deviation of each coordinate of a point around its centre."""
    seed: NonNegativeInt
    """Seed of all draws."""

    @model_validator(mode="after")
    def _every_class_has_samples(self) -> Self:
        for key in ("train_samples", "test_samples"):
            if getattr(self, key) < self.classes:
                raise ValueError(
                    f"{key} is {getattr(self, key)}, too few for {self.classes} "
                    "classes; give each class at least one"
                )
        return self


KINDS: dict[str, type[DatasetSettings]] = {
    "digits": Digits,
    "torchvision": Torchvision,
    "imagefolder": ImageFolder,
    "gaussians": Gaussians,
}
"""Settings of each source."""


def parse_dataset_settings(
    values: Mapping[str, Any], source: str | Path
) -> DatasetSettings:
    """Return ``values`` as the settings of their source.

    Raises ``InputError`` that begins with ``source``, the file that they stand in.
    """
    return parse(kind_of(KINDS, "source", values, source), values, source)


def load_dataset_settings(folder: str | Path, name: str) -> DatasetSettings:
    """Return the settings of a dataset; raises ``InputError`` if there is none."""
    path = Path(folder) / f"{name}.yaml"
    return parse_dataset_settings(read_listed(path), path)
