"""Settings of datasets: the files ``config/datasets/<name>.yaml``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import (
    Field,
    model_validator,
)

from fedorbit.base.settings import (
    GivenPath,
    Samples,
    Seed,
    Settings,
    between,
    kind_of,
    parse,
)
from fedorbit.base.yaml_files import read_listed

MOST_NUMBERS = 10**9  # of a set that is drawn: 8 GB
MOST_BYTES = 4 * 10**9  # of tiles that are drawn
Turn = Literal[
    "upright",
    "left",
    "down",
    "right",
    "upright_inverted",
    "left_inverted",
    "down_inverted",
    "right_inverted",
]
"""How the images of a domain look: which way their top points, and whether bright is
dark."""


class DatasetSettings(Settings):
    """What every dataset says of itself."""

    origin: str = Field(min_length=1, max_length=1000)
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

    @model_validator(mode="after")
    def _fits_into_memory(self) -> Self:
        numbers = (self.train_samples + self.test_samples) * self.features
        if numbers > MOST_NUMBERS:
            raise ValueError(
                f"train_samples and test_samples of {self.features} features are "
                f"{numbers:,} numbers, more than {MOST_NUMBERS:,}; lower one of them"
            )
        return self

    @model_validator(mode="after")
    def _every_class_has_samples(self) -> Self:
        for key in ("train_samples", "test_samples"):
            if getattr(self, key) < self.classes:
                raise ValueError(
                    f"{key} is {getattr(self, key)}, too few for {self.classes} "
                    "classes; give each class at least one"
                )
        return self


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


class _OfDomains(DatasetSettings):
    """What datasets of several domains say of them."""

    held_out: between(float, 0.0, 0.9)
    """Share of the training samples that no client holds, of each domain and class."""
    seed: Seed
    """Seed of all draws."""


class Domains(_OfDomains):
    """Images that look different in each of several domains."""

    source: Literal["domains"]
    """Images of another dataset, turned and inverted."""
    images: Literal["digits", "mnist", "fashion_mnist"]
    """Which ones: square and of one channel."""
    train_samples: Samples | None
    """At most so many for training; none takes all."""
    domains: list[Turn] = Field(min_length=1, max_length=8)
    """What the domains are; each training image is in one, each test image in all."""

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        if len(set(self.domains)) < len(self.domains):
            raise ValueError(
                f"domains {self.domains} names one of them twice; remove it"
            )
        return self


class Teachers(_OfDomains):
    """Clouds of points, each labelled by a teacher of its own."""

    source: Literal["teachers"]
    """Points that a random generator draws."""
    teachers: between(int, 1, 10_000)
    """Number of clouds, M, each a domain."""
    classes: between(int, 2, 100_000)
    """Classes that each teacher tells apart."""
    features: between(int, 1, 100_000)
    """Dimensions of a point, as many as teachers or more."""
    hidden: between(int, 0, 100_000)
    """Rectified units of a teacher; a linear one has none."""
    train_samples: Samples
    """Points for training, as many of each teacher as far as possible."""
    test_samples: Samples
    """Points for tests, likewise."""
    separation: between(float, 0.0, 1e6)
    """Distance of the centre of each cloud from the origin, in standard deviations of
    a coordinate of a point around it."""

    @model_validator(mode="after")
    def _fits_into_memory(self) -> Self:
        numbers = (self.train_samples + self.test_samples) * self.features
        if numbers > MOST_NUMBERS:
            raise ValueError(
                f"train_samples and test_samples of {self.features} features are "
                f"{numbers:,} numbers, more than {MOST_NUMBERS:,}; lower one of them"
            )
        return self

    @model_validator(mode="after")
    def _centres_are_at_right_angles(self) -> Self:
        if self.features < self.teachers:
            raise ValueError(
                f"features {self.features} are fewer than teachers {self.teachers}, "
                "whose centres lie at right angles; raise it"
            )
        return self

    @model_validator(mode="after")
    def _every_teacher_has_samples(self) -> Self:
        for key in ("train_samples", "test_samples"):
            if getattr(self, key) < self.teachers:
                raise ValueError(
                    f"{key} is {getattr(self, key)}, too few for {self.teachers} "
                    "teachers; give each at least one"
                )
        return self


KINDS: dict[str, type[DatasetSettings]] = {
    "digits": Digits,
    "torchvision": Torchvision,
    "imagefolder": ImageFolder,
    "gaussians": Gaussians,
    "landcover": Landcover,
    "arrays": Arrays,
    "domains": Domains,
    "teachers": Teachers,
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
