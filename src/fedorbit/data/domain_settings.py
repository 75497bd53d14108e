"""Settings of datasets whose samples are of several domains."""

from typing import Literal, Self, TypeVar

from pydantic import Field, model_validator

from fedorbit.base.settings import GivenPath, Samples, Seed, between
from fedorbit.data.described import DatasetSettings, fits_into_memory
from fedorbit.data.landcover_settings import Landcover

AnyDomains = TypeVar("AnyDomains", "Domains", "Newsgroups")
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


Hierarchy = Literal["alt", "comp", "misc", "rec", "sci", "soc", "talk"]
"""The first word of the names of newsgroups."""


class OfDomains(DatasetSettings):
    """What datasets of several domains say of them."""

    held_out: between(float, 0.0, 0.9)
    """Share of the training samples that no client holds, of each domain and class."""
    seed: Seed
    """Seed of all draws."""


class Domains(OfDomains):
    """Images that look different in each of several domains."""

    source: Literal["domains"]
    """Images of another dataset, turned and inverted."""
    images: Literal["digits", "mnist", "fashion_mnist"] | Landcover
    """Which ones, by name, or the settings of tiles of land."""
    train_samples: Samples | None
    """At most so many for training; none takes all."""
    domains: list[Turn] = Field(min_length=1, max_length=8)
    """What the domains are; each training image is in one, each test image in all."""

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        return _each_once(self)


class DomainFolder(OfDomains):
    """Images in a folder for each domain, and in it one for each class."""

    source: Literal["domainfolder"]
    """A folder, or an archive of one."""
    path: GivenPath
    """The folder or archive: absolute, or in FEDORBIT_DATA, or in the project."""
    size_px: between(int, 1, 4096)
    """Height and width to which images of another size are resized."""


class Newsgroups(OfDomains):
    """Posts of newsgroups, as numbers of which words they have."""

    source: Literal["newsgroups"]
    """The set "20 Newsgroups", as scikit-learn keeps it."""
    path: GivenPath
    """The folder of scikit-learn's file, its ``data_home``: absolute, or in
    FEDORBIT_DATA, or in the project."""
    domains: list[Hierarchy] = Field(min_length=2, max_length=7)
    """Domains are hierarchies of newsgroups; the classes are the newsgroups in them."""
    features: between(int, 1, 10_000)
    """Numbers for a post: the largest components of its words' weights."""

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        return _each_once(self)


class Teachers(OfDomains):
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

    _fits_into_memory = model_validator(mode="after")(fits_into_memory)

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


def _each_once(settings: AnyDomains) -> AnyDomains:
    """Return settings with a list of domains, each named once."""
    if len(set(settings.domains)) < len(settings.domains):
        raise ValueError(
            f"domains {settings.domains} names one of them twice; remove it"
        )
    return settings
