"""Published sets of images, made small and packed as they are published."""

import gzip
import hashlib
import io
import pickle
import struct
import tarfile
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from fedorbit.base.torchvision import import_torchvision
from fedorbit.data.published import SETS, Published

COLOURS = {"AnnualCrop": (200, 0, 0), "Forest": (0, 200, 0), "River": (0, 0, 200)}


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def idx(array: np.ndarray) -> bytes:
    """Return bytes in the IDX format: a header with type 8 (byte) and the shape."""
    header = struct.pack(">HBB", 0, 8, array.ndim)
    return header + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def idx_files() -> dict[str, bytes]:
    """Return three training and two test images of 28 x 28 with their labels.

    Byte k of training image i is (i + k) modulo 256, and of test image i (9 + i + k).
    """
    k = np.arange(784).reshape(28, 28)
    train = np.array([i + k for i in range(3)]).astype(np.uint8)
    test = np.array([9 + i + k for i in range(2)]).astype(np.uint8)
    return {
        "train-images-idx3-ubyte": idx(train),
        "train-labels-idx1-ubyte": idx(np.array([5, 0, 4], np.uint8)),
        "t10k-images-idx3-ubyte": idx(test),
        "t10k-labels-idx1-ubyte": idx(np.array([7, 2], np.uint8)),
    }


def cifar_batch(first: int, key: str) -> bytes:
    """Return a batch of two images: red, green, blue planes filled with i, 50, 60."""
    data = np.array(
        [np.repeat([first + i, 50, 60], 1024) for i in range(2)], dtype=np.uint8
    )
    data[:, 1] = 99  # row 0, column 1, red
    return pickle.dumps({"data": data, key: [first, first + 1]})


def tar_of(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def zip_of(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def picture(colour: tuple[int, int, int], size_px: int, form: str = "JPEG") -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (size_px, size_px), colour).save(content, form)
    return content.getvalue()


@cache  # archives hold the second in which they were packed
def set_files(name: str) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return the archives of a small set by path, and the files packed in them."""
    if name in ("mnist", "fashion_mnist"):
        folder = {"mnist": "MNIST", "fashion_mnist": "FashionMNIST"}[name] + "/raw"
        inner = {f"{folder}/{file}": content for file, content in idx_files().items()}
        return {f"{f}.gz": gzip.compress(c) for f, c in inner.items()}, inner
    if name == "cifar10":
        files = {f"data_batch_{i + 1}": cifar_batch(2 * i, "labels") for i in range(5)}
        files["test_batch"] = cifar_batch(30, "labels")
        files["batches.meta"] = pickle.dumps({"label_names": ["cat"] * 32})
        inner = {f"cifar-10-batches-py/{f}": c for f, c in files.items()}
        return {"cifar-10-python.tar.gz": tar_of(inner)}, inner
    if name == "cifar100":
        files = {
            p: cifar_batch(i, "fine_labels") for i, p in [(0, "train"), (8, "test")]
        }
        files["meta"] = pickle.dumps({"fine_label_names": ["cat"] * 10})
        inner = {f"cifar-100-python/{f}": c for f, c in files.items()}
        return {"cifar-100-python.tar.gz": tar_of(inner)}, inner
    inner = {
        f"2750/{label}/{label}_{i}.jpg": picture(colour, 64)
        for label, colour in COLOURS.items()
        for i in range(1, 5)
    }
    return {"eurosat/EuroSAT.zip": zip_of(inner)}, inner


def write_set(name: str, folder: Path) -> None:
    """Write the archives of a small set as torchvision lays them out."""
    for path, content in set_files(name)[0].items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def publish(monkeypatch, name: str) -> None:
    """Put the MD5 sums of the small set in place of those of the real one."""
    archives, inner = set_files(name)
    sums = {file: md5(content) for file, content in (archives | inner).items()}
    real = SETS[name]
    made = Published(real.kind, {file: sums[file] for file in real.files})
    monkeypatch.setitem(SETS, name, made)
    kind = getattr(import_torchvision("datasets"), real.kind)
    if "mnist" in name:
        packed = [(Path(f).name, sums[f]) for f in archives]
        monkeypatch.setattr(kind, "resources", packed)
    elif "cifar" in name:
        by_name = {Path(file).name: known for file, known in sums.items()}
        for parts in ("train_list", "test_list"):
            made_list = [[file, by_name[file]] for file, _ in getattr(kind, parts)]
            monkeypatch.setattr(kind, parts, made_list)
        meta = kind.meta | {"md5": by_name[kind.meta["filename"]]}
        monkeypatch.setattr(kind, "meta", meta)
        monkeypatch.setattr(kind, "tgz_md5", by_name[kind.filename])
