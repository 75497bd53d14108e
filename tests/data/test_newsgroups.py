"""Posts of newsgroups, from a small file as scikit-learn writes it."""

import pickle
import zlib

import numpy as np
import pytest
from sklearn.utils import Bunch

from fedorbit.data.datasets import DomainDataset
from fedorbit.data.newsgroups import FILE
from fedorbit.data.prepare import prepare_dataset
from fedorbit.data.settings import parse_dataset_settings

GROUPS = ["comp.windows", "rec.autos", "rec.motorcycles", "sci.space"]
# Words of a newsgroup, of which each of its posts has two more often than the other.
WORDS = [("window", "mouse"), ("car", "wheel"), ("bike", "helmet"), ("orbit", "moon")]
EACH = 20
VALUES = {
    "source": "newsgroups",
    "origin": "made for a test",
    "path": "news",
    "domains": ["rec", "comp"],
    "features": 6,
    "held_out": 0.4,
    "seed": 0,
}


def posts(each: int, extra: str = "") -> Bunch:
    """Return posts with headers, which name the group, in a mixed order."""
    turn, target = np.divmod(np.arange(each * len(GROUPS)), len(GROUPS))
    texts = [
        f"Newsgroups: {GROUPS[group]}\n\n"
        f"{' '.join(WORDS[group])} {WORDS[group][number % 2]} {extra}\n"
        for number, group in zip(turn, target, strict=True)
    ]
    files = np.array([f"home/{number}" for number in range(len(texts))])
    return Bunch(
        data=texts, filenames=files, target_names=GROUPS, target=target, DESCR=None
    )


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Return a function that makes a dataset of what is pickled in the file."""
    monkeypatch.delenv("FEDORBIT_DATA", raising=False)
    monkeypatch.chdir(tmp_path)

    def made(content: object, **changes) -> DomainDataset:
        (tmp_path / "news").mkdir(exist_ok=True)
        packed = zlib.compress(pickle.dumps(content))
        (tmp_path / "news" / FILE).write_bytes(packed)
        settings = parse_dataset_settings(VALUES | changes, "config/datasets/x.yaml")
        return prepare_dataset(settings, None)

    return made


def test_hierarchies_are_domains_and_their_newsgroups_classes(read):
    dataset = read({"train": posts(EACH), "test": posts(5)})
    assert dataset.domains.tolist() == ["comp", "rec"]
    # comp.windows, rec.autos, rec.motorcycles; sci.space was not asked for.
    assert np.bincount(dataset.train_y).tolist() == [EACH] * 3
    assert np.bincount(dataset.test_y).tolist() == [5] * 3
    assert (dataset.train_domain == (dataset.train_y > 0)).all()
    assert dataset.train_x.shape == (60, 6) and dataset.train_x.dtype == np.float32
    own = dataset.train_x[dataset.held_out].astype(float)
    assert len(own) == 24
    np.testing.assert_allclose(own.mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(own.std(0), 1, atol=1e-5)


def test_posts_of_equal_words_are_the_same_numbers(read):
    """Headers are cut off; words at the end of a post tell newsgroups apart."""
    dataset = read({"train": posts(EACH), "test": posts(5)})
    kinds = np.unique(dataset.train_x.round(4), axis=0)
    assert len(kinds) == 6  # two kinds of posts in each of three newsgroups
    for test, label in zip(dataset.test_x, dataset.test_y, strict=True):
        nearest = np.square(dataset.train_x - test).sum(1).argmin()
        assert dataset.train_y[nearest] == label


def test_what_devices_and_tests_hold_fits_nothing(read):
    """Other texts leave the numbers of the held-out posts as they are."""
    plain = read({"train": posts(EACH), "test": posts(5)})
    train = posts(EACH)
    of_classes = np.flatnonzero(train.target < 3)
    held = set(of_classes[plain.held_out])
    train.data = [
        text if number in held else f"{text} strange strange words"
        for number, text in enumerate(train.data)
    ]
    other = read({"train": train, "test": posts(5, "strange words")})
    own = plain.held_out
    np.testing.assert_array_equal(other.held_out, own)
    np.testing.assert_array_equal(other.train_x[own], plain.train_x[own])
    # Words that no held-out post has count for nothing.
    np.testing.assert_array_equal(other.test_x, plain.test_x)


def test_without_the_file_there_is_one_sentence_with_the_remedy(
    refused, tmp_path, monkeypatch
):
    monkeypatch.delenv("FEDORBIT_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    settings = parse_dataset_settings(VALUES, "config/datasets/x.yaml")
    sentence = refused(prepare_dataset, settings, None)
    assert "path is 'news', but there is no news" in sentence
    assert "fetch_20newsgroups(data_home=<folder>)" in sentence
    (tmp_path / "news").mkdir()
    assert f"news has no {FILE}; put" in refused(prepare_dataset, settings, None)


def test_settings_that_do_not_suit_the_posts_are_refused(read, refused):
    content = {"train": posts(EACH), "test": posts(5)}
    sentence = refused(read, content, features=7)
    assert "features is 7, but the 24 posts that are held out have 6" in sentence
    sentence = refused(read, content, domains=["rec", "talk"])
    assert "domains has 'talk', of which" in sentence
    assert "have 0 components" in refused(read, content, held_out=0.0)


class Trick:
    """Writes a file when it is unpickled."""

    def __init__(self, path) -> None:
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_a_pickle_that_could_run_code_is_refused(read, refused, tmp_path):
    harm = tmp_path / "harm"
    for content in ({"train": posts(1), "test": Trick(harm)}, [Trick(harm)]):
        assert "it asks for" in refused(read, content)
        assert not harm.exists()
    assert "get it again" in refused(read, [1, 2])
