"""Any dataset from its settings."""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from fedorbit.data.arrays import read_arrays
from fedorbit.data.datasets import Dataset
from fedorbit.data.domain_settings import DomainFolder, Domains, Newsgroups, Teachers
from fedorbit.data.domainfolder import read_domainfolder
from fedorbit.data.domains import turn_images
from fedorbit.data.gaussians import draw_gaussians
from fedorbit.data.imagefolder import read_imagefolder
from fedorbit.data.landcover import draw_landcover
from fedorbit.data.newsgroups import read_newsgroups
from fedorbit.data.published import read_published
from fedorbit.data.settings import (
    Arrays,
    DatasetSettings,
    Digits,
    Gaussians,
    ImageFolder,
    Landcover,
    Torchvision,
)
from fedorbit.data.split import split
from fedorbit.data.teachers import draw_teachers


def prepare_dataset(settings: DatasetSettings, raw: Path) -> Dataset:
    """Return the dataset of the given settings.

    ``raw`` is a working folder, in which published sets are kept unpacked. Raises
    ``InputError`` if the dataset cannot be had or is broken; if that lies in the
    settings it is a ``SettingsError``.
    """
    match settings:
        case Digits():
            return digits()
        case Torchvision():
            return read_published(settings.set, raw)
        case ImageFolder():
            return read_imagefolder(settings)
        case DomainFolder():
            return read_domainfolder(settings)
        case Arrays():
            return read_arrays(settings)
        case Gaussians():
            return draw_gaussians(settings)
        case Landcover():
            return draw_landcover(settings)
        case Domains():
            return turn_images(_images_of(settings, raw), settings)
        case Teachers():
            return draw_teachers(settings)
        case Newsgroups():
            return read_newsgroups(settings)


def _images_of(settings: Domains, raw: Path) -> Dataset:
    """Return the images that domains show."""
    match settings.images:
        case Landcover():
            return draw_landcover(settings.images)
        case "digits":
            return digits()
        case published:
            return read_published(published, raw)


def digits() -> Dataset:
    """Return 1,797 handwritten digits, 8 x 8 pixels from 0 to 1 as float32.

    The set is the test part of Alpaydin and Kaynak, "Optical recognition of
    handwritten digits" (UCI repository, 1998), which scikit-learn carries.
    """
    x, y = load_digits(return_X_y=True)
    return split((x / 16).astype(np.float32).reshape(-1, 1, 8, 8), y)
