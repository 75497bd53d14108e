"""Datasets of several domains: turned images and points of teachers."""

import numpy as np
import pytest

from fedorbit.base.errors import InputError
from fedorbit.data.datasets import Dataset, DomainDataset, load_dataset, save_dataset
from fedorbit.data.domains import spread, turn_images, turned
from fedorbit.data.prepare import digits, prepare_dataset
from fedorbit.data.settings import parse_dataset_settings

TURNS = ["upright", "left", "upright_inverted", "left_inverted"]
DOMAINS = {
    "source": "domains",
    "origin": "made for a test",
    "images": "digits",
    "train_samples": None,
    "domains": TURNS,
    "held_out": 0.05,
    "seed": 0,
}
TEACHERS = {
    "source": "teachers",
    "origin": "made for a test",
    "teachers": 5,
    "classes": 3,
    "features": 6,
    "hidden": 0,
    "train_samples": 1000,
    "test_samples": 500,
    "separation": 4.0,
    "held_out": 0.1,
    "seed": 0,
}


def made(values: dict, **changes) -> DomainDataset:
    settings = parse_dataset_settings(values | changes, "config/datasets/x.yaml")
    return prepare_dataset(settings, None)


def small_images(kind=np.float32) -> Dataset:
    """Return eight images of 2 x 2 and two classes, with their number in a corner."""
    x = np.zeros((8, 1, 2, 2), kind)
    x[:, 0, 0, 0] = np.arange(1, 9) / (10 if kind == np.float32 else 1)
    y = np.arange(8) % 2
    return Dataset(x, y, x[:2], y[:2])


def test_turns_by_hand():
    #  1 2      2 4      4 3      3 1
    #  3 4      1 3      2 1      4 2
    image = np.array([[[[0.1, 0.2], [0.3, 0.4]]]], np.float32)
    for turn, expected in (
        ("upright", [[0.1, 0.2], [0.3, 0.4]]),
        ("left", [[0.2, 0.4], [0.1, 0.3]]),
        ("down", [[0.4, 0.3], [0.2, 0.1]]),
        ("right", [[0.3, 0.1], [0.4, 0.2]]),
        ("right_inverted", [[0.7, 0.9], [0.6, 0.8]]),
    ):
        np.testing.assert_allclose(turned(image, turn)[0, 0], expected, atol=1e-7)
    bytes_ = np.array([[[[0, 255], [1, 2]]]], np.uint8)
    assert turned(bytes_, "upright_inverted")[0, 0].tolist() == [[255, 0], [254, 253]]


def test_each_training_image_is_in_one_domain_and_each_test_image_in_all():
    plain, data = digits(), made(DOMAINS)
    assert data.shape == (1, 8, 8) and data.domains.tolist() == TURNS
    np.testing.assert_array_equal(data.train_y, plain.train_y)
    np.testing.assert_array_equal(data.test_y, np.tile(plain.test_y, 4))
    assert np.bincount(data.train_domain).tolist() == [337, 337, 337, 336]
    assert np.bincount(data.test_domain).tolist() == [450] * 4
    # An image of all four domains is one draw.
    np.testing.assert_array_equal(data.test_draws, np.tile(plain.test_draws, 4))
    assert plain.test_draws.tolist() == list(range(450))
    for number, turn in enumerate(TURNS):
        own = data.train_domain == number
        expected = turned(plain.train_x[own], turn)
        np.testing.assert_array_equal(data.train_x[own], expected)
        own = data.test_domain == number
        np.testing.assert_array_equal(data.test_x[own], turned(plain.test_x, turn))
        counts = np.bincount(data.train_y[data.train_domain == number])
        assert (abs(counts - np.bincount(plain.train_y) / 4) <= 1).all()


def test_what_is_held_out_has_all_domains_and_classes():
    data = made(DOMAINS, held_out=0.25)
    assert len(data.held_out) == round(0.25 * 1347)
    assert data.held_out.tolist() == sorted(set(data.held_out.tolist()))
    kinds = 10 * data.train_domain + data.train_y
    share = np.bincount(kinds[data.held_out], minlength=40) / np.bincount(kinds)
    # Kinds of about 34 images: within one image of a quarter.
    assert (abs(share - 0.25) * np.bincount(kinds) <= 1.5).all()
    assert len(made(DOMAINS, held_out=0.0).held_out) == 0


def test_fewer_images_have_the_mix_of_all():
    data = made(DOMAINS, train_samples=200)
    assert len(data.train_y) == 200 and len(data.test_y) == 1800
    expected = np.bincount(digits().train_y) * 200 / 1347
    assert (abs(np.bincount(data.train_y) - expected) <= 1).all()


def test_an_order_begins_with_the_mix_of_all():
    kinds = np.repeat([0, 1, 2], [100, 10, 50])
    order = spread(kinds, np.random.default_rng(0))
    assert sorted(order.tolist()) == list(range(160))
    for n in (16, 48, 80):
        expected = np.array([100, 10, 50]) * n / 160
        assert (abs(np.bincount(kinds[order[:n]], minlength=3) - expected) <= 1.5).all()


def test_a_seed_deals_the_same_and_another_one_differently():
    first, again, other = made(DOMAINS), made(DOMAINS), made(DOMAINS, seed=1)
    for name, array in vars(first).items():
        np.testing.assert_array_equal(getattr(again, name), array)
    assert (first.train_domain != other.train_domain).any()
    assert (first.held_out != other.held_out).any()


@pytest.mark.parametrize("kind", [np.float32, np.uint8])
def test_types_of_images_are_kept(kind):
    settings = parse_dataset_settings(DOMAINS | {"held_out": 0.5}, "x")
    data = turn_images(small_images(kind), settings)
    assert data.train_x.dtype == data.test_x.dtype == kind
    assert data.train_y.dtype == data.train_domain.dtype == np.int64
    assert data.held_out.dtype == data.test_domain.dtype == np.int64


@pytest.mark.parametrize("values", [DOMAINS, TEACHERS], ids=["images", "teachers"])
def test_a_dataset_of_domains_reads_back_from_its_file(values, tmp_path):
    data = made(values)
    for name in ("first", "second"):
        save_dataset(data, tmp_path / f"{name}.npz")
    found = load_dataset(tmp_path / "first.npz")
    assert type(found) is DomainDataset
    for name, array in vars(data).items():
        assert getattr(found, name).dtype == array.dtype
        np.testing.assert_array_equal(getattr(found, name), array)
    written = [(tmp_path / f"{name}.npz").read_bytes() for name in ("first", "second")]
    assert written[0] == written[1]


def test_a_dataset_without_domains_stays_one(tmp_path):
    save_dataset(digits(), tmp_path / "x.npz")
    assert type(load_dataset(tmp_path / "x.npz")) is Dataset
    parts = dict(vars(made(DOMAINS)))
    del parts["held_out"]
    np.savez(tmp_path / "y.npz", **parts)
    with pytest.raises(InputError, match="is broken or not a dataset"):
        load_dataset(tmp_path / "y.npz")


def test_clouds_are_equally_far_apart_and_wide():
    data = made(TEACHERS, train_samples=50_000)
    assert data.train_x.dtype == np.float32 and data.shape == (6,)
    assert data.domains.tolist() == [f"teacher_{n}" for n in range(5)]
    centres = np.array([data.train_x[data.train_domain == n].mean(0) for n in range(5)])
    # The mean of 10,000 points of variance 1 in each of 6 coordinates.
    error = 5 * np.sqrt(6 / 10_000)
    for one in range(5):
        assert np.linalg.norm(centres[one]) == pytest.approx(4.0, abs=error)
        for other in range(one):
            apart = np.linalg.norm(centres[one] - centres[other])
            assert apart == pytest.approx(4 * np.sqrt(2), abs=2 * error)
    around = data.train_x - centres[data.train_domain]
    assert around.std(0) == pytest.approx(np.ones(6), abs=0.02)


@pytest.mark.parametrize("hidden", [0, 7])
def test_each_teacher_labels_its_own_points(hidden):
    data = made(TEACHERS, train_samples=4000, hidden=hidden)
    assert data.classes == 3 and data.train_y.dtype == np.int64
    rights = np.empty((5, 5))
    for one in range(5):
        own = data.train_domain == one
        x = np.hstack([data.train_x[own], np.ones((own.sum(), 1))])
        weights = np.linalg.lstsq(x, np.eye(3)[data.train_y[own]], rcond=None)[0]
        for other in range(5):
            asked = data.test_domain == other
            shifted = data.test_x[asked] - data.train_x[
                data.train_domain == other
            ].mean(0)
            shifted = shifted + data.train_x[own].mean(0)
            told = np.hstack([shifted, np.ones((asked.sum(), 1))]) @ weights
            rights[one, other] = (told.argmax(1) == data.test_y[asked]).mean()
    # What is learned of one teacher tells its labels, and not those of others.
    assert np.diag(rights).mean() > 0.65 > 0.5 > rights[~np.eye(5, dtype=bool)].mean()


def test_more_points_leave_teachers_and_the_other_part_as_they_are():
    few, many = made(TEACHERS), made(TEACHERS, train_samples=2000)
    np.testing.assert_array_equal(few.test_x, many.test_x)
    np.testing.assert_array_equal(few.test_y, many.test_y)


def test_tiles_of_land_have_domains_with_all_their_bands():
    tiles = {
        "source": "landcover",
        "origin": "made for a test",
        "size_px": 8,
        "train_samples": 20,
        "test_samples": 10,
        "seed": 5,
    }
    turns = ["upright", "left_inverted"]
    dataset = made(DOMAINS, images=tiles, domains=turns, held_out=0.5)
    plain = made(tiles)
    assert dataset.train_x.shape == (20, 13, 8, 8) and len(dataset.held_out) == 10
    np.testing.assert_array_equal(dataset.test_x[:10], plain.test_x)
    # What was right at the top is at the left end of the top after a quarter turn.
    corner = dataset.test_x[10:, :, 0, 0]
    np.testing.assert_array_equal(corner, 255 - plain.test_x[:, :, 0, -1])


@pytest.mark.parametrize(
    ("values", "changes", "words"),
    [
        (DOMAINS, {"domains": ["left", "left"]}, "names one of them twice; remove it"),
        (DOMAINS, {"domains": []}, "domains"),
        (DOMAINS, {"domains": ["sideways"]}, "sideways"),
        (DOMAINS, {"held_out": 1.0}, "held_out is 1.0"),
        (DOMAINS, {"train_samples": 5000}, "but digits has 1347; lower it"),
        (TEACHERS, {"features": 4}, "features 4 are fewer than teachers 5"),
        (TEACHERS, {"test_samples": 4}, "test_samples is 4, too few for 5 teachers"),
        (TEACHERS, {"train_samples": 10**9}, "numbers, more than 1,000,000,000"),
    ],
)
def test_what_does_not_suit_is_refused(values, changes, words, refused):
    assert words in refused(made, values, **changes)
