"""Images of several domains: turned by quarters and inverted.

What tells classes apart in one domain misleads in another, so that experts pay.
"""

import numpy as np
from numpy.typing import NDArray

from fedorbit.base.errors import SettingsError
from fedorbit.data.datasets import Dataset, DomainDataset
from fedorbit.data.domain_settings import Domains

# Quarter turns against the clock: the top of an image then points there.
QUARTERS = {"upright": 0, "left": 1, "down": 2, "right": 3}
INVERTED = "_inverted"
CHOSEN, DEALT, HELD_OUT = range(3)  # streams of the seed


def turn_images(images: Dataset, settings: Domains) -> DomainDataset:
    """Return a dataset's images in several domains.

    Each training image is in one domain, as many of each class in each as far as
    possible; each test image is in all, so that domains are tested on the same. Raises
    ``SettingsError`` if there are fewer training images than asked for.
    """
    most = settings.train_samples or len(images.train_y)
    if most > len(images.train_y):
        raise SettingsError(
            f"train_samples is {most}, but {_named(settings)} has "
            f"{len(images.train_y)}; lower it or set it to null."
        )
    count, y = len(settings.domains), images.train_y
    rng = np.random.default_rng([settings.seed, CHOSEN])
    chosen = np.sort(spread(y, rng)[:most]) if most < len(y) else np.arange(len(y))
    x, y = images.train_x[chosen], y[chosen]
    rng = np.random.default_rng([settings.seed, DEALT])
    domain = np.empty(len(y), np.int64)
    domain[_by_kind(y, rng)] = np.arange(len(y)) % count
    train_x = x.copy()
    for number, turn in enumerate(settings.domains):
        train_x[domain == number] = turned(x[domain == number], turn)
    test_domain = np.repeat(np.arange(count), len(images.test_y))
    test_x = np.concatenate([turned(images.test_x, t) for t in settings.domains])
    test_y = np.tile(images.test_y, count)
    made = Dataset(train_x, y, test_x, test_y)
    return with_domains(
        made,
        domain,
        test_domain,
        settings.domains,
        settings.held_out,
        settings.seed,
    )


def _named(settings: Domains) -> str:
    own = settings.images
    return own if isinstance(own, str) else own.source


def with_domains(
    dataset: Dataset,
    train_domain: NDArray,
    test_domain: NDArray,
    names: list[str],
    share: float,
    seed: int,
) -> DomainDataset:
    """Return a dataset with its domains, of which a share is held out."""
    return DomainDataset(
        **vars(dataset),
        train_domain=train_domain,
        test_domain=test_domain,
        held_out=held_out(train_domain, dataset.train_y, share, seed),
        domains=np.array(names),
    )


def held_out(domains: NDArray, y: NDArray, share: float, seed: int) -> NDArray:
    """Return the samples that no client holds, sorted: a share of all.

    The share is even over the domains and classes ``y`` of the samples.
    """
    kinds = domains * (y.max() + 1) + y
    rng = np.random.default_rng([seed, HELD_OUT])
    return np.sort(spread(kinds, rng)[: round(share * len(kinds))])


def turned(images: NDArray, turn: str) -> NDArray:
    """Return images (n, channels, size, size) as a domain shows them.

    Inverted bytes are 255 less what they were; floats go from 0 to 1.
    """
    brightest = 255 if images.dtype == np.uint8 else 1
    if turn.endswith(INVERTED):
        images = (brightest - images).astype(images.dtype)
    return np.rot90(images, QUARTERS[turn.removesuffix(INVERTED)], axes=(2, 3))


def spread(kinds: NDArray, rng: np.random.Generator) -> NDArray:
    """Return an order of samples in which each beginning has the mix of all kinds.

    Of a beginning of n, each kind has its share to within about one sample.
    """
    order = _by_kind(kinds, rng)
    sizes = np.unique(kinds, return_counts=True)[1]
    place = np.concatenate([(np.arange(n) + rng.random()) / n for n in sizes])
    return order[np.argsort(place, kind="stable")]


def _by_kind(kinds: NDArray, rng: np.random.Generator) -> NDArray:
    """Return samples sorted by their kinds, and shuffled within each."""
    shuffled = rng.permutation(len(kinds))
    return shuffled[np.argsort(kinds[shuffled], kind="stable")]
