import gzip
import http.server
import os
import shutil
import threading
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from tests.data.made_sets import publish, set_files, write_set

from fedorbit.base.torchvision import import_torchvision
from fedorbit.data import published
from fedorbit.data.prepare import prepare_dataset
from fedorbit.data.published import SETS, read_published
from fedorbit.data.settings import load_dataset_settings

REAL = os.environ.get("FEDORBIT_DATA")


def needs(name: str):
    is_there = REAL is not None and (Path(REAL) / name).exists()
    return pytest.mark.skipif(not is_there, reason=f"FEDORBIT_DATA has no {name}")


@pytest.fixture
def given(tmp_path, monkeypatch):
    folder = tmp_path / "given"
    folder.mkdir()
    monkeypatch.setenv("FEDORBIT_DATA", str(folder))
    return folder


@pytest.fixture
def offline(monkeypatch):
    """Let nothing be downloaded."""

    def refuse(*arguments, **options):
        raise OSError("no network in this test")

    monkeypatch.setattr("urllib.request.urlopen", refuse)


@pytest.fixture
def small(given, monkeypatch, offline):
    """Return a function that gives a small set as if it were the published one."""

    def make(name: str) -> None:
        publish(monkeypatch, name)
        write_set(name, given)

    return make


def test_the_sums_of_archives_are_those_that_torchvision_checks():
    datasets = import_torchvision("datasets")
    fashion = {Path(f).name: known for f, known in SETS["fashion_mnist"].files.items()}
    assert fashion == dict(datasets.FashionMNIST.resources)
    for name in ("cifar10", "cifar100"):
        kind = getattr(datasets, SETS[name].kind)
        assert SETS[name].files == {kind.filename: kind.tgz_md5}


def test_the_names_of_mnist_are_those_of_torchvision():
    resources = import_torchvision("datasets").MNIST.resources
    assert [f"MNIST/raw/{file}" for file, _ in resources] == [
        f"{file}.gz" for file in SETS["mnist"].files
    ]


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_grey_images_are_read_from_idx_files(small, tmp_path, name):
    small(name)
    dataset = read_published(name, tmp_path / "raw")
    assert dataset.train_x.shape == (3, 1, 28, 28)
    assert dataset.test_x.shape == (2, 1, 28, 28)
    assert dataset.train_x.dtype == dataset.test_x.dtype == np.uint8
    # Image i begins with i, and rows are 28 bytes apart; test images begin with 9.
    assert dataset.train_x[2, 0, 0, :3].tolist() == [2, 3, 4]
    assert dataset.train_x[2, 0, 1, 0] == 30
    assert dataset.test_x[1, 0, 0, 0] == 10
    assert dataset.train_y.tolist() == [5, 0, 4] and dataset.test_y.tolist() == [7, 2]
    assert dataset.train_y.dtype == np.int64


@pytest.mark.parametrize(
    ("name", "train", "test"),
    [("cifar10", list(range(10)), [30, 31]), ("cifar100", [0, 1], [8, 9])],
)
def test_colour_images_are_read_from_batches(small, tmp_path, name, train, test):
    small(name)
    dataset = read_published(name, tmp_path / "raw")
    assert dataset.train_x.shape == (len(train), 3, 32, 32)
    assert dataset.test_x.shape == (len(test), 3, 32, 32)
    assert dataset.train_x.dtype == np.uint8 and dataset.train_x.flags.c_contiguous
    assert dataset.train_y.tolist() == train and dataset.test_y.tolist() == test
    # The red plane is filled with the label, but for row 0, column 1.
    assert dataset.train_x[:, 0, 1, 0].tolist() == train
    assert (dataset.train_x[:, 0, 0, 1] == 99).all()
    assert (dataset.train_x[:, 1] == 50).all() and (dataset.test_x[:, 2] == 60).all()


def test_eurosat_has_a_stratified_split_of_its_folders(small, tmp_path):
    small("eurosat")
    dataset = read_published("eurosat", tmp_path / "raw")
    assert dataset.train_x.shape == (9, 3, 64, 64)
    assert dataset.test_x.shape == (3, 3, 64, 64)
    # Classes are red, green and blue, in the order of their names; JPEG is lossy.
    for x, y in ((dataset.train_x, dataset.train_y), (dataset.test_x, dataset.test_y)):
        assert x.mean(axis=(2, 3)).argmax(axis=1).tolist() == y.tolist()
    assert sorted(dataset.test_y.tolist()) == [0, 1, 2]
    again = read_published("eurosat", tmp_path / "raw")
    np.testing.assert_array_equal(again.test_x, dataset.test_x)


@pytest.mark.parametrize("name", SETS)
def test_what_was_unpacked_is_used_again_when_nothing_is_given(
    small, given, tmp_path, monkeypatch, name
):
    small(name)
    first = read_published(name, tmp_path / "raw")
    shutil.rmtree(given)
    monkeypatch.delenv("FEDORBIT_DATA")
    second = read_published(name, tmp_path / "raw")
    np.testing.assert_array_equal(first.train_x, second.train_x)
    assert [path.name for path in (tmp_path / "raw").iterdir()] == [name]


def test_the_given_folder_is_only_read(small, given, tmp_path):
    small("mnist")
    before = {p: p.stat().st_mtime_ns for p in given.rglob("*")}
    read_published("mnist", tmp_path / "raw")
    assert {p: p.stat().st_mtime_ns for p in given.rglob("*")} == before


def test_mnist_may_be_packed_in_another_way(small, given, tmp_path):
    small("mnist")
    for path in (given / "MNIST" / "raw").iterdir():
        path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()), 1, mtime=7))
    assert read_published("mnist", tmp_path / "raw").train_y.tolist() == [5, 0, 4]


@pytest.mark.parametrize("name", SETS)
def test_another_file_of_the_same_name_is_refused(
    small, given, tmp_path, refused, name
):
    small(name)
    path = given / list(set_files(name)[0])[0]
    path.write_bytes(gzip.compress(b"something else"))
    sentence = refused(read_published, name, tmp_path / "raw")
    assert sentence.startswith(f"{path}: not the published file, as its MD5 sum is ")
    assert list((tmp_path / "raw").iterdir()) == []


def test_a_truncated_file_leaves_nothing_that_is_taken_for_whole(
    small, given, tmp_path, refused
):
    small("mnist")
    path = given / "MNIST" / "raw" / "t10k-images-idx3-ubyte.gz"
    content = path.read_bytes()
    path.write_bytes(content[:-10])
    sentence = refused(read_published, "mnist", tmp_path / "raw")
    assert sentence.startswith(f"{path}: broken or cut off (")
    assert list((tmp_path / "raw").iterdir()) == []
    path.write_bytes(content)
    assert len(read_published("mnist", tmp_path / "raw").test_x) == 2


def test_an_interrupted_unpacking_is_begun_again(small, tmp_path, monkeypatch):
    small("mnist")
    unpack, done = published.unpack, []

    def interrupt(path, folder):
        if done:
            raise KeyboardInterrupt
        done.append(path)
        unpack(path, folder)

    with monkeypatch.context() as patch:
        patch.setattr(published, "unpack", interrupt)
        with pytest.raises(KeyboardInterrupt):
            read_published("mnist", tmp_path / "raw")
    assert done and list((tmp_path / "raw").iterdir()) == []
    assert len(read_published("mnist", tmp_path / "raw").train_x) == 3


@pytest.mark.parametrize("name", SETS)
def test_a_set_that_cannot_be_had_is_named_with_ways_to_get_it(
    given, offline, tmp_path, refused, monkeypatch, name
):
    sentence = refused(read_published, name, tmp_path / "raw")
    assert sentence.startswith(f"The set {name!r} could not be downloaded (")
    assert "no network in this test" in sentence and "allow the network" in sentence
    for archive in set_files(name)[0]:
        assert archive in sentence
    assert f"FEDORBIT_DATA to that folder, which is {given} now." in sentence
    monkeypatch.delenv("FEDORBIT_DATA")
    assert "which is not set now." in refused(read_published, name, tmp_path / "raw")
    assert list((tmp_path / "raw").iterdir()) == []


def test_a_set_that_somebody_damaged_later_is_refused(small, tmp_path, refused):
    small("cifar10")
    read_published("cifar10", tmp_path / "raw")
    root = tmp_path / "raw" / "cifar10"
    (root / "cifar-10-batches-py" / "test_batch").write_bytes(b"half")
    sentence = refused(read_published, "cifar10", tmp_path / "raw")
    assert sentence.startswith(f"{root}: no longer whole (")
    assert "remove it" in sentence


@pytest.fixture
def server(tmp_path):
    """Yield a folder and the address at which a server shows its files."""
    folder = tmp_path / "served"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    handler = partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{running.server_port}/"
        running.shutdown()


def test_mnist_is_downloaded_whole_or_not_at_all(
    server, tmp_path, monkeypatch, refused
):
    folder, address = server
    publish(monkeypatch, "mnist")
    monkeypatch.delenv("FEDORBIT_DATA", raising=False)
    kind = import_torchvision("datasets").MNIST
    monkeypatch.setattr(kind, "mirrors", [address])
    write_set("mnist", tmp_path)
    for path in (tmp_path / "MNIST" / "raw").iterdir():
        shutil.copy(path, folder)
    last = folder / "t10k-labels-idx1-ubyte.gz"
    content = last.read_bytes()
    last.write_bytes(content[:-3])
    sentence = refused(read_published, "mnist", tmp_path / "raw")
    assert "File not found or corrupted" in sentence
    assert list((tmp_path / "raw").iterdir()) == []
    last.write_bytes(content)
    dataset = read_published("mnist", tmp_path / "raw")
    assert dataset.train_y.tolist() == [5, 0, 4] and dataset.test_y.tolist() == [7, 2]


def test_cifar10_is_downloaded(server, tmp_path, monkeypatch):
    folder, address = server
    publish(monkeypatch, "cifar10")
    monkeypatch.delenv("FEDORBIT_DATA", raising=False)
    kind = import_torchvision("datasets").CIFAR10
    monkeypatch.setattr(kind, "url", address + kind.filename)
    write_set("cifar10", folder)
    assert read_published("cifar10", tmp_path / "raw").test_y.tolist() == [30, 31]


@needs("MNIST/raw")
def test_the_real_mnist(project, tmp_path):
    settings = load_dataset_settings(project / "config" / "datasets", "mnist")
    dataset = prepare_dataset(settings, tmp_path)
    assert dataset.train_x.shape == (60_000, 1, 28, 28)
    assert dataset.test_x.shape == (10_000, 1, 28, 28)
    assert dataset.train_y[:5].tolist() == [5, 0, 4, 1, 9]
    assert dataset.test_y[:5].tolist() == [7, 2, 1, 0, 4]
    assert dataset.classes == 10
    # The mean and deviation of all training pixels that are widely used, of 1.
    assert round(dataset.train_x.mean() / 255, 4) == 0.1307
    assert round(dataset.train_x.std() / 255, 4) == 0.3081


@pytest.mark.slow
@needs("cifar10-jpg.tar.gz")
def test_the_real_cifar10_as_jpeg(project, tmp_path):
    settings = load_dataset_settings(project / "config" / "datasets", "cifar10_jpeg")
    dataset = prepare_dataset(settings, tmp_path)
    assert dataset.train_x.shape == (50_000, 3, 32, 32)
    assert dataset.test_x.shape == (10_000, 3, 32, 32)
    assert np.bincount(dataset.train_y).tolist() == [5_000] * 10
    assert np.bincount(dataset.test_y).tolist() == [1_000] * 10
    # Means of red, green and blue that are widely used with CIFAR-10, of 1; JPEG
    # changes them little.
    means = dataset.train_x.mean(axis=(0, 2, 3)) / 255
    np.testing.assert_allclose(means, [0.4914, 0.4822, 0.4465], atol=0.002)
