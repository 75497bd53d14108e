from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_digits

from fedorbit.base.errors import InputError
from fedorbit.data.datasets import Dataset, load_dataset, save_dataset
from fedorbit.data.prepare import digits, prepare_dataset
from fedorbit.data.settings import load_dataset_settings


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return digits()


def rows(features: np.ndarray) -> list[bytes]:
    return [row.tobytes() for row in features]


def test_a_quarter_of_the_digits_is_for_tests(dataset):
    # 1797 digits: a quarter is 449.25, rounded up 450, which leaves 1347.
    assert dataset.train_x.shape == (1347, 1, 8, 8) and dataset.train_y.shape == (1347,)
    assert dataset.test_x.shape == (450, 1, 8, 8) and dataset.test_y.shape == (450,)
    assert dataset.classes == 10 and dataset.shape == (1, 8, 8)


def test_pixels_go_from_zero_to_one_and_labels_from_zero_to_nine(dataset):
    for pixels in (dataset.train_x, dataset.test_x):
        assert pixels.dtype == np.float32
        assert (pixels.min(), pixels.max()) == (0.0, 1.0)
    for labels in (dataset.train_y, dataset.test_y):
        assert labels.dtype == np.int64
        assert np.unique(labels).tolist() == list(range(10))


def test_the_two_parts_are_disjoint_and_together_all_digits(dataset):
    x, y = load_digits(return_X_y=True)
    everything = rows((x / 16).astype(np.float32))
    assert len(set(everything)) == len(everything) == 1797
    train, test = rows(dataset.train_x), rows(dataset.test_x)
    assert set(train).isdisjoint(test)
    assert sorted(train + test) == sorted(everything)
    label = dict(zip(everything, y, strict=True))
    assert [label[row] for row in train] == dataset.train_y.tolist()
    assert [label[row] for row in test] == dataset.test_y.tolist()


def test_both_parts_have_the_same_mix_of_classes(dataset):
    train = np.bincount(dataset.train_y) / len(dataset.train_y)
    test = np.bincount(dataset.test_y) / len(dataset.test_y)
    one_sample_of_450 = 1 / 450
    np.testing.assert_allclose(test, train, atol=one_sample_of_450)


def test_the_split_is_always_the_same(dataset):
    again = digits()
    for name, array in vars(dataset).items():
        np.testing.assert_array_equal(getattr(again, name), array)


def test_the_first_digit_of_scikit_learn_has_its_rows_and_columns(dataset):
    images = load_digits().images / 16  # (samples, rows, columns)
    place = rows(dataset.train_x).index(rows(images.astype(np.float32))[0])
    np.testing.assert_array_equal(dataset.train_x[place, 0], images[0])


@pytest.mark.parametrize("kind", ["floats", "bytes", "flat"])
def test_a_dataset_reads_back_from_its_file(dataset, kind, tmp_path):
    changes = {
        "floats": {},
        "bytes": {"train_x": (16 * dataset.train_x).astype(np.uint8)},
        "flat": {"train_x": dataset.train_x.reshape(-1, 64)},
    }[kind]
    path = tmp_path / "made" / f"{kind}.npz"
    save_dataset(replace(dataset, **changes), path)
    found = load_dataset(path)
    for part, array in (vars(dataset) | changes).items():
        assert getattr(found, part).dtype == array.dtype
        np.testing.assert_array_equal(getattr(found, part), array)


def test_each_dataset_is_prepared_by_its_source(project, tmp_path):
    folder = project / "config" / "datasets"
    found = prepare_dataset(load_dataset_settings(folder, "digits"), tmp_path)
    assert found.shape == (1, 8, 8)
    settings = load_dataset_settings(folder, "gaussians")
    assert prepare_dataset(settings, tmp_path).shape == (settings.features,)
    assert list(tmp_path.iterdir()) == []  # neither needs the working folder


def test_equal_datasets_make_equal_bytes(dataset, tmp_path):
    save_dataset(dataset, tmp_path / "first.npz")
    save_dataset(dataset, tmp_path / "second.npz")
    first, second = tmp_path / "first.npz", tmp_path / "second.npz"
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("kept", [0, 1e-4, 0.5, 0.999])
def test_a_cut_dataset_is_named(dataset, kept, tmp_path, refused):
    path = tmp_path / "digits.npz"
    save_dataset(dataset, path)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    sentence = refused(load_dataset, path)
    assert sentence.startswith(f"{path} is broken or not a dataset; bring it back")


def test_a_dataset_with_one_changed_byte_is_named(dataset, tmp_path, refused):
    path = tmp_path / "digits.npz"
    save_dataset(dataset, path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert f"{path} is broken" in refused(load_dataset, path)


def test_no_flipped_bit_of_a_dataset_is_read_as_other_values(tmp_path, refused):
    """Checksums of ZIP see all but what has no say, as the times of members."""
    rng = np.random.default_rng(11)
    x, y = rng.random((6, 8)).astype(np.float32), np.arange(6) % 3
    path = tmp_path / "small.npz"
    save_dataset(Dataset(x, y, x[:4], y[:4]), path)
    content = path.read_bytes()
    bits = 8 * len(content)
    members = [k for k in range(len(content)) if content[k:].startswith(b"PK\x01\x02")]
    encrypted = [8 * (k + 8) for k in members]  # APPNOTE.TXT, 4.3.12 and 4.4.4
    refusals = 0
    for bit in (*rng.choice(bits, 400, replace=False), *encrypted):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        try:
            found = load_dataset(path)
        except InputError:
            refusals += 1
        else:
            for name, array in vars(Dataset(x, y, x[:4], y[:4])).items():
                np.testing.assert_array_equal(getattr(found, name), array)
    assert refusals > 200


@pytest.mark.parametrize("change", ["one array", "missing", "surplus", "text"])
def test_a_file_that_is_no_dataset_is_named(dataset, change, tmp_path, refused):
    path = tmp_path / "digits.npz"
    arrays = dict(vars(dataset))
    if change == "one array":
        with path.open("wb") as file:
            np.save(file, dataset.test_y)
    elif change == "text":
        path.write_text("outs:\n- md5: 0\n")
    else:
        if change == "missing":
            del arrays["test_y"]
        else:
            arrays["more"] = dataset.test_y
        np.savez(path, **arrays)
    assert f"{path} is broken or not a dataset" in refused(load_dataset, path)


def test_a_missing_dataset_is_not_called_broken(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_dataset(tmp_path / "digits.npz")


def test_a_file_with_code_in_it_is_refused(dataset, tmp_path, refused):
    path = tmp_path / "digits.npz"
    arrays = vars(dataset) | {"test_y": np.array([_Unpickled()], dtype=object)}
    np.savez(path, allow_pickle=True, **arrays)
    assert f"{path} is broken or not a dataset" in refused(load_dataset, path)
    assert not _Unpickled.happened


class _Unpickled:
    happened = False

    def __reduce__(self):
        return _remember, ()


def _remember() -> None:
    _Unpickled.happened = True


def test_images_of_bytes_are_standardised_by_the_training_part():
    rng = np.random.default_rng(0)
    train = rng.integers(256, size=(5, 2, 4, 4)).astype(np.uint8)
    test = rng.integers(256, size=(3, 2, 4, 4)).astype(np.uint8)
    x, test_x = Dataset(train, np.arange(5), test, np.arange(3)).features()
    assert x.dtype == test_x.dtype == np.float32
    np.testing.assert_allclose(x.mean(axis=(0, 2, 3)), 0, atol=1e-6)
    np.testing.assert_allclose(x.std(axis=(0, 2, 3)), 1, rtol=1e-5)
    # The test part is moved and scaled like the training part, not by itself.
    own = train[:, 1].astype(float)
    expected = (test[:, 1] - own.mean()) / own.std()
    np.testing.assert_allclose(test_x[:, 1], expected, rtol=1e-4, atol=1e-6)


def test_floats_are_features_as_they_are():
    x = np.array([[0.5, 2.0]], dtype=np.float32)
    found, _ = Dataset(x, np.zeros(1), x, np.zeros(1)).features()
    np.testing.assert_array_equal(found, x)


def test_a_channel_that_is_the_same_everywhere_is_zero():
    images = np.full((3, 1, 2, 2), 7, dtype=np.uint8)
    x, test_x = Dataset(images, np.zeros(3), images + 1, np.zeros(3)).features()
    assert (x == 0).all() and (test_x == 1).all()
