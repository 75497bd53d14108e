"""Images of several domains, each in a folder of its own."""

import numpy as np
import pytest
from tests.data.made_sets import picture, zip_of

from fedorbit.data.datasets import DomainDataset, load_dataset, save_dataset
from fedorbit.data.prepare import prepare_dataset
from fedorbit.data.settings import parse_dataset_settings

# The red tells the domain, the green the class: blue is the number of the image.
DOMAINS, CLASSES = ("coast", "inland"), ("field", "house", "ship")
EACH = 8


def image(domain: int, label: int, number: int) -> bytes:
    return picture((100 * domain, 50 * label, number), 4, "PNG")


FILES = {
    f"{place}/{name}/{number}.png": image(domain, label, number)
    for domain, place in enumerate(DOMAINS)
    for label, name in enumerate(CLASSES)
    for number in range(EACH)
    if (place, name) != ("inland", "ship")
}


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch, tmp_path):
    monkeypatch.delenv("FEDORBIT_DATA", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def read(tmp_path):
    """Return a function that makes a dataset of files; ``README.md`` is one more."""

    def made(files: dict[str, bytes], **changes) -> DomainDataset:
        (tmp_path / "mine.zip").write_bytes(zip_of(files | {"README.md": b"mine"}))
        values = {
            "source": "domainfolder",
            "origin": "made for a test",
            "path": "mine.zip",
            "size_px": 4,
            "held_out": 0.2,
            "seed": 0,
        }
        settings = parse_dataset_settings(values | changes, "config/datasets/x.yaml")
        return prepare_dataset(settings, None)

    return made


def test_folders_are_domains_and_those_in_them_classes(read, tmp_path):
    dataset = read(FILES)
    assert dataset.domains.tolist() == list(DOMAINS) and dataset.classes == 3
    parts = [
        (dataset.train_x, dataset.train_y, dataset.train_domain),
        (dataset.test_x, dataset.test_y, dataset.test_domain),
    ]
    for x, y, domain in parts:
        red, green, _ = x[:, :, 1, 2].T
        assert (red == 100 * domain).all() and (green == 50 * y).all()
    # Five folders of eight: six of each for training, two for tests.
    assert dataset.train_x.shape == (30, 3, 4, 4) and dataset.train_x.dtype == np.uint8
    kinds = np.bincount(3 * dataset.train_domain + dataset.train_y, minlength=6)
    assert kinds.tolist() == [6, 6, 6, 6, 6, 0]
    kinds = np.bincount(3 * dataset.test_domain + dataset.test_y, minlength=6)
    assert kinds.tolist() == [2, 2, 2, 2, 2, 0]
    save_dataset(dataset, tmp_path / "mine.npz")
    again = load_dataset(tmp_path / "mine.npz")
    assert all(np.array_equal(vars(again)[n], own) for n, own in vars(dataset).items())


def test_a_share_of_each_class_of_each_domain_is_held_out(read):
    dataset = read(FILES, held_out=0.5)
    own = dataset.held_out
    kinds = np.bincount(3 * dataset.train_domain[own] + dataset.train_y[own])
    assert kinds.tolist() == [3, 3, 3, 3, 3]


def test_a_folder_that_has_no_domains_is_refused_with_the_remedy(read, refused):
    coast = {name: c for name, c in FILES.items() if name.startswith("coast/")}
    assert "mine.zip: holds images of 1 domains" in refused(read, coast)
    assert "choose the source imagefolder" in refused(read, coast)
    assert "holds images of 0 domains" in refused(read, {})
    stray = FILES | {"inland/1.png": image(1, 0, 1)}
    assert "inland/1.png: an image of the domain 'inland' without a class" in refused(
        read, stray
    )


def test_too_few_classes_or_images_are_refused(read, refused):
    ships = {name: c for name, c in FILES.items() if "/house/" in name}
    assert "all images are of the class 'house'" in refused(read, ships)
    few = {f"inland/ship/{n}.png": image(1, 2, n) for n in range(3)}
    sentence = refused(read, FILES | few)
    assert "class 'ship' in the domain 'inland' (3)" in sentence
    assert "at least 4, or none" in sentence


def test_parts_of_a_set_are_no_domains(read, refused):
    parts = {"coast": "Train", "inland": "test"}
    files = {f"{parts[n.split('/')[0]]}/{n}": c for n, c in FILES.items()}
    sentence = refused(read, files)
    assert "mine.zip: has the folders Train, test, and train and test are" in sentence
    assert "a folder for each domain" in sentence
