"""Published sets of images, from files that people give or by torchvision.

What is in the working folder is whole: a set is copied or downloaded, unpacked and
checked in a temporary folder, which is renamed at the end.
"""

import hashlib
import http.client
import socket
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np

from fedorbit.base.errors import InputError
from fedorbit.base.files import whole_folder
from fedorbit.data.datasets import Dataset
from fedorbit.data.given import VARIABLE, given_folder, unpack
from fedorbit.data.imagefolder import read_images

QUIET_LIMIT_S = 30.0  # of a server that sends nothing
EUROSAT_PX = 64


@dataclass(frozen=True)
class Published:
    """A set: its class in torchvision, and the MD5 sums of its files by path.

    Paths are those below torchvision's ``root``. A path without the ending of an
    archive is that of the unpacked file, whose ``.gz`` may be packed in any way.
    """

    kind: str
    files: dict[str, str]


# The sums of packed files are those that torchvision checks; those of MNIST's unpacked
# files are the sums of the originals.
SETS = {
    "mnist": Published(
        "MNIST",
        {
            "MNIST/raw/train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
            "MNIST/raw/train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
            "MNIST/raw/t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
            "MNIST/raw/t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
        },
    ),
    "fashion_mnist": Published(
        "FashionMNIST",
        {
            "FashionMNIST/raw/train-images-idx3-ubyte.gz": (
                "8d4fb7e6c68d591d4c3dfef9ec88bf0d"
            ),
            "FashionMNIST/raw/train-labels-idx1-ubyte.gz": (
                "25c81989df183df01b3e8a0aad5dffbe"
            ),
            "FashionMNIST/raw/t10k-images-idx3-ubyte.gz": (
                "bef4ecab320f06d8554ea6380940ec79"
            ),
            "FashionMNIST/raw/t10k-labels-idx1-ubyte.gz": (
                "bb300cfdad3c16e7a12a480ee83cd310"
            ),
        },
    ),
    "cifar10": Published(
        "CIFAR10", {"cifar-10-python.tar.gz": "c58f30108f718f92721af3b95e74349a"}
    ),
    "cifar100": Published(
        "CIFAR100", {"cifar-100-python.tar.gz": "eb9058c3a382ffc7106e4002c42a8d85"}
    ),
    "eurosat": Published(
        "EuroSAT", {"eurosat/EuroSAT.zip": "c8fa014336c82ac7804f0398fcb19387"}
    ),
}
ENDINGS = (".gz", ".zip")


def read_published(name: str, raw: Path) -> Dataset:
    """Return a published set: images as bytes of shape (samples, channels, h, w).

    It comes from ``raw/<name>``, which is made first if it is not there: from the
    archives in the folder that FEDORBIT_DATA names, which lie there as torchvision
    lays them out, or else by torchvision's download. The parts are those published;
    EuroSAT has none, so that a quarter of each class is for tests. Raises
    ``InputError`` if the set can be had in neither way or is broken.
    """
    # Only who prepares such a set needs PyTorch.
    from fedorbit.base.torchvision import import_torchvision

    datasets = import_torchvision("datasets")
    root = raw / name
    if not root.is_dir():
        with whole_folder(root) as unfinished:
            if not _take_given(SETS[name], unfinished):
                _download(name, datasets, unfinished)
    if name == "eurosat":
        return read_images(root / "eurosat" / "2750", EUROSAT_PX)
    return _read_two_parts(name, datasets, root)


def _packed(published: Published) -> dict[str, str]:
    """Return the archive of each file of a set, a path below torchvision's root."""
    return {
        name: name if name.endswith(ENDINGS) else f"{name}.gz"
        for name in published.files
    }


def _take_given(published: Published, root: Path) -> bool:
    """Unpack the archives that are given into a root, and return whether all are.

    Raises ``InputError`` if one is not as published.
    """
    given = given_folder()
    packed = _packed(published)
    if given is None or not all((given / a).is_file() for a in packed.values()):
        return False
    for name, archive in packed.items():
        folder = (root / archive).parent
        folder.mkdir(parents=True, exist_ok=True)
        if archive == name:
            _check(given / archive, given / archive, published.files[name])
        unpack(given / archive, folder)
        if archive != name:
            _check(root / name, given / archive, published.files[name])
    return True


def _check(file: Path, shown: Path, md5: str) -> None:
    """Raise ``InputError`` unless a file has the published MD5 sum."""
    with open(file, "rb") as content:
        found = hashlib.file_digest(content, "md5").hexdigest()
    if found != md5:
        raise InputError(
            f"{shown}: not the published file, as its MD5 sum is {found} instead of "
            f"{md5}; get the file again."
        )


def _download(name: str, datasets: ModuleType, root: Path) -> None:
    """Let torchvision download a set into a root, check it and unpack it."""
    limit = socket.getdefaulttimeout()
    socket.setdefaulttimeout(QUIET_LIMIT_S)
    try:
        getattr(datasets, SETS[name].kind)(str(root), download=True)
    except (OSError, RuntimeError, http.client.HTTPException) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        files = ", ".join(_packed(SETS[name]).values())
        raise InputError(
            f"The set {name!r} could not be downloaded ({reason}); allow the network, "
            f"or put {files} into a folder and set {VARIABLE} to that folder, which is "
            f"{given_folder() or 'not set'} now."
        ) from None
    finally:
        socket.setdefaulttimeout(limit)


def _read_two_parts(name: str, datasets: ModuleType, root: Path) -> Dataset:
    """Return the published training and test part of a set in its root."""
    kind = getattr(datasets, SETS[name].kind)
    try:
        parts = [kind(str(root), train=is_train) for is_train in (True, False)]
    except (OSError, RuntimeError) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise InputError(
            f"{root}: no longer whole ({reason}); remove it to have it made again."
        ) from None
    arrays = []
    for part in parts:
        images = np.asarray(part.data)
        if images.ndim == 3:  # grey
            images = images[..., np.newaxis]
        images = images.transpose(0, 3, 1, 2)  # (n, h, w, c) -> (n, c, h, w)
        arrays += [np.ascontiguousarray(images), np.asarray(part.targets, np.int64)]
    return Dataset(*arrays)
