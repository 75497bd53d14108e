"""Images in a folder for each class, as arrays."""

import io
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from fedorbit.base.errors import InputError, SettingsError
from fedorbit.data.datasets import Dataset
from fedorbit.data.given import ARCHIVES, contents, find_given
from fedorbit.data.settings import ImageFolder
from fedorbit.data.split import split

SUFFIXES = {".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}
LEAST = 4  # images of a class, one of which is for tests

Images = dict[tuple[str, ...], np.ndarray]
"""Pixels (3, size, size) by the parts of the file's path."""


def read_imagefolder(settings: ImageFolder) -> Dataset:
    """Return the images in the folder or archive that the settings name.

    Raises ``SettingsError`` if there is none, and ``InputError`` as ``read_images``.
    """
    return read_images(find_images(settings.path), settings.size_px)


def find_images(name: str) -> Path:
    """Return the folder or archive that a setting ``path`` names.

    Raises ``SettingsError`` if there is none.
    """
    path = find_given("path", name, "the folder or archive")
    if not (path.is_dir() or path.name.endswith(ARCHIVES)):
        raise SettingsError(
            f"path is {name!r}, but {path} is neither a folder nor an archive "
            f"that ends in {', '.join(ARCHIVES)}; pack it as one."
        )
    return path


def read_images(path: Path, size_px: int) -> Dataset:
    """Return the images in a folder or archive as bytes (samples, 3, size, size).

    Classes are the names of folders, sorted, and the samples are in the order of
    their paths. Folders ``train`` and ``test``, if both are there, hold the folders
    of the two parts; otherwise a quarter of each class is for tests. Files that are
    no images are left out. Raises ``InputError`` if there are too few classes or
    images, if the parts differ in their classes, or for a broken image or archive.
    """
    images = images_in(path, size_px)
    if {"train", "test"} <= {parts[0] for parts in images if len(parts) > 2}:
        train, test = _part(images, "train"), _part(images, "test")
        if different := _classes(train) ^ _classes(test):
            raise InputError(
                f"{path}: train and test do not have the same classes "
                f"({', '.join(sorted(different))}); give each class a folder with "
                "images in both."
            )
        return Dataset(*_arrays(train, path), *_arrays(test, path))
    x, y = _arrays(images, path)
    for name, count in zip(sorted(_classes(images)), np.bincount(y), strict=True):
        if count < LEAST:
            raise InputError(
                f"{path}: too few images of the class {name!r} ({count}), as a quarter "
                f"is for tests; give it at least {LEAST}."
            )
    return split(x, y)


def images_in(path: Path, size_px: int) -> Images:
    """Return the images that lie in some folder of a folder or archive.

    Other files are left out. Raises ``InputError`` for a broken image or archive.
    """
    images: Images = {}
    for name, content in contents(path):
        file = PurePosixPath(name)
        if file.suffix.lower() in SUFFIXES and len(file.parts) > 1:
            images[file.parts] = _pixels(content, size_px, path / file)
    return images


def _pixels(content: bytes, size_px: int, file: Path) -> np.ndarray:
    """Return an image as bytes of shape (3, size, size): red, green, blue."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            colours = image.convert("RGB")
    except Exception as error:  # decoders of images raise nearly any kind
        reason = " ".join(str(error).split())
        raise InputError(
            f"{file}: cannot be read as an image ({reason}); mend or remove it."
        ) from None
    if colours.size != (size_px, size_px):
        colours = colours.resize((size_px, size_px), Image.Resampling.BILINEAR)
    return np.asarray(colours).transpose(2, 0, 1)


def _part(images: Images, folder: str) -> Images:
    """Return the images below one folder, which their paths then leave out."""
    return {
        parts[1:]: pixels
        for parts, pixels in images.items()
        if parts[0] == folder and len(parts) > 2
    }


def _classes(images: Images) -> set[str]:
    return {parts[0] for parts in images}


def _arrays(images: Images, path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return images (samples, 3, size, size) and labels, the numbers of classes."""
    classes = sorted(_classes(images))
    if len(classes) < 2:
        raise InputError(
            f"{path}: holds {len(classes)} folders with images; give each class one, "
            "and at least two classes."
        )
    files = sorted(images)
    labels = [classes.index(parts[0]) for parts in files]
    return np.stack([images[file] for file in files]), np.array(labels)
