import numpy as np
import pytest

from fedorbit.data.arrays import read_arrays
from fedorbit.data.prepare import prepare_dataset
from fedorbit.data.settings import Arrays

BANDS = 13


def settings(path) -> Arrays:
    return Arrays(source="arrays", origin="made for a test", path=str(path))


def images(dtype) -> tuple[np.ndarray, np.ndarray]:
    """Return 24 images of labels 3, 5 and 9, with their label in every pixel."""
    y = np.repeat([3, 5, 9], 8)
    shape = (24, BANDS, 2, 2)
    x = np.broadcast_to(y.reshape(-1, 1, 1, 1), shape).astype(dtype)
    x[:, -1] = 7  # a band that is the same everywhere
    return x, y


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float64])
def test_labels_stay_with_their_images(tmp_path, dtype):
    x, y = images(dtype)
    np.savez(tmp_path / "x.npz", x=x, y=y)
    dataset = prepare_dataset(settings(tmp_path / "x.npz"), tmp_path)
    assert dataset.shape == (BANDS, 2, 2) and dataset.classes == 3
    assert np.bincount(dataset.train_y).tolist() == [6, 6, 6]
    assert np.bincount(dataset.test_y).tolist() == [2, 2, 2]
    for part_x, part_y in (
        (dataset.train_x, dataset.train_y),
        (dataset.test_x, dataset.test_y),
    ):
        found = part_x[:, 0, 0, 0]
        if dtype == np.uint8:
            assert part_x.dtype == np.uint8
            assert found.tolist() == np.array([3, 5, 9])[part_y].tolist()
        else:
            # 3, 5 and 9 alike have the mean 17 / 3 and the variance 56 / 9.
            expected = (np.array([3, 5, 9]) - 17 / 3) / np.sqrt(56 / 9)
            assert part_x.dtype == np.float32
            np.testing.assert_allclose(found, expected[part_y], rtol=1e-5)
            assert (part_x[:, -1] == 0).all()


def few(x, y):
    return {"x": x[:11], "y": y[:11]}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda x, y: {"x": x}, "no file with arrays x and y"),
        (lambda x, y: {"x": x.astype(object), "y": y}, "no file with arrays x and y"),
        (lambda x, y: {"x": x[0], "y": y}, "x has the shape (13, 2, 2)"),
        (lambda x, y: {"x": x, "y": y[:-1]}, "y (23,)"),
        (lambda x, y: {"x": x, "y": y / 2}, "whole numbers y"),
        (lambda x, y: {"x": x * np.nan, "y": y}, "not finite"),
        (few, "2 classes, the smallest of 3"),
        (lambda x, y: {"x": x, "y": 0 * y}, "1 classes"),
    ],
)
def test_what_does_not_fit_is_named_in_one_sentence(refused, tmp_path, change, words):
    np.savez(tmp_path / "x.npz", **change(*images(np.float32)))
    sentence = refused(read_arrays, settings(tmp_path / "x.npz"))
    assert sentence.startswith(f"{tmp_path / 'x.npz'}: ") and words in sentence


def test_a_file_that_is_none_is_named(refused, tmp_path):
    for name, content in (("a.npz", b"PK\x03\x04 cut"), ("b.npz", b"")):
        (tmp_path / name).write_bytes(content)
        assert "no file with arrays" in refused(read_arrays, settings(tmp_path / name))
    np.save(tmp_path / "c.npy", np.zeros(3))
    assert "no file with arrays" in refused(read_arrays, settings(tmp_path / "c.npy"))
    assert "put the file there" in refused(read_arrays, settings(tmp_path / "d.npz"))
