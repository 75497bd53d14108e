"""Images in a folder for each domain, and in it one for each class, as arrays.

For example, ``coast/ship/1.png`` and ``inland/ship/1.png`` are of the class ``ship`` in
two domains. A domain may lack a class, as there are no ships on land.
"""

from collections import Counter
from pathlib import Path

import numpy as np

from fedorbit.base.errors import InputError
from fedorbit.data.datasets import Dataset, DomainDataset
from fedorbit.data.domain_settings import DomainFolder
from fedorbit.data.domains import with_domains
from fedorbit.data.imagefolder import LEAST, Images, find_images, images_in
from fedorbit.data.split import split


def read_domainfolder(settings: DomainFolder) -> DomainDataset:
    """Return the images in the folder or archive that the settings name.

    Images are bytes (samples, 3, size, size). Domains are the names of the outer
    folders, classes those of the inner ones, both sorted. A quarter of each class of
    each domain is for tests. Files that are no images are left out. Raises
    ``SettingsError`` if there is no folder, and ``InputError`` for an image outside of
    a class, for a single domain or class, for folders of the parts of a set in place of
    domains, for a class with too few images in a domain that has it, or for a broken
    image or archive.
    """
    path = find_images(settings.path)
    images = images_in(path, settings.size_px)
    domains, classes = _named(images, path)
    files = sorted(images)
    kinds = [domains.index(f[0]) * len(classes) + classes.index(f[1]) for f in files]
    both = split(np.stack([images[file] for file in files]), np.array(kinds))
    train_domain, train_y = np.divmod(both.train_y, len(classes))
    test_domain, test_y = np.divmod(both.test_y, len(classes))
    return with_domains(
        Dataset(both.train_x, train_y, both.test_x, test_y),
        train_domain,
        test_domain,
        domains,
        settings.held_out,
        settings.seed,
    )


def _named(images: Images, path: Path) -> tuple[list[str], list[str]]:
    """Return the names of domains and classes; raises as ``read_domainfolder``."""
    for parts in images:
        if len(parts) < 3:
            raise InputError(
                f"{path / Path(*parts)}: an image of the domain {parts[0]!r} without a "
                "class; put it into a folder of its class, as <domain>/<class>/<image>."
            )
    counts = Counter(parts[:2] for parts in images)
    domains = sorted({domain for domain, _ in counts})
    classes = sorted({name for _, name in counts})
    if len(domains) < 2:
        raise InputError(
            f"{path}: holds images of {len(domains)} domains, and groups of clients "
            "need unlike ones; give each domain a folder, and at least two domains, or "
            "choose the source imagefolder for images without domains."
        )
    if {"train", "test"} <= {domain.lower() for domain in domains}:
        raise InputError(
            f"{path}: has the folders {', '.join(domains)}, and train and test are "
            "parts of a set, no domains; put the images of both together into a "
            "folder for each domain, as a quarter is taken for tests here, or choose "
            "the source imagefolder for images without domains."
        )
    if len(classes) < 2:
        raise InputError(
            f"{path}: all images are of the class {classes[0]!r}; give two classes or "
            "more a folder each in the folders of the domains."
        )
    for (domain, name), count in sorted(counts.items()):
        if count < LEAST:
            raise InputError(
                f"{path}: too few images of the class {name!r} in the domain "
                f"{domain!r} ({count}), as a quarter is for tests; give it at least "
                f"{LEAST}, or none."
            )
    return domains, classes
