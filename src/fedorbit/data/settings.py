"""Settings of datasets: the files ``config/datasets/<name>.yaml``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import model_validator

from fedorbit.base.settings import (
    GivenPath,
    Samples,
    Seed,
    between,
    kind_of,
    parse,
)
from fedorbit.base.yaml_files import read_listed
from fedorbit.data.described import DatasetSettings, fits_into_memory
from fedorbit.data.domain_settings import DomainFolder, Domains, Newsgroups, Teachers
from fedorbit.data.landcover_settings import Landcover


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
    size_px: between(int, 1, 4096)
    """Height and width to which images of another size are resized."""


class Arrays(DatasetSettings):
    """Images of any number of bands, as arrays."""

    source: Literal["arrays"]
    """A file of NumPy."""
    path: GivenPath
    """An .npz file with images ``x``, numbers of the shape (images, bands, height,
    width), and labels ``y``, whole numbers; found as that of an image folder."""


class Gaussians(DatasetSettings):
    """Classes that are Gaussian clouds around random centres."""

    source: Literal["gaussians"]
    """Points that a random generator draws."""
    classes: between(int, 1, 100_000)
    """Number of clouds."""
    features: between(int, 1, 100_000)
    """Dimensions of a point."""
    train_samples: Samples
    """Points for training, as many of each class as far as possible."""
    test_samples: Samples
    """Points for tests, likewise."""
    separation: between(float, 0.0, 1e6)
    """Standard deviation of each coordinate of the centres."""
    noise: between(float, 1e-9, 1e6)
    """Standard deviation of each coordinate of a point around its centre."""
    seed: Seed
    """Seed of all draws."""

    _fits_into_memory = model_validator(mode="after")(fits_into_memory)

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
    "domainfolder": DomainFolder,
    "gaussians": Gaussians,
    "landcover": Landcover,
    "arrays": Arrays,
    "domains": Domains,
    "teachers": Teachers,
    "newsgroups": Newsgroups,
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
