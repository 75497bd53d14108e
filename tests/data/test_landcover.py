import numpy as np
import pytest
from pydantic import ValidationError

from fedorbit.data.landcover import CLASSES, draw_landcover
from fedorbit.data.settings import Landcover, load_dataset_settings

VALUES = {
    "source": "landcover",
    "origin": "made for a test",
    "size_px": 32,
    "train_samples": 500,
    "test_samples": 100,
    "seed": 3,
}
BLUE, GREEN, RED, NEAR_INFRARED = 1, 2, 3, 7  # places of bands


def settings(**changes) -> Landcover:
    return Landcover(**VALUES | changes)


@pytest.fixture(scope="module")
def dataset():
    return draw_landcover(settings())


def of_class(dataset, name: str) -> np.ndarray:
    """Return the tiles of a class as floats, (n, bands, rows, columns)."""
    return dataset.train_x[dataset.train_y == CLASSES.index(name)].astype(float)


def test_tiles_are_bytes_of_13_bands_in_ten_even_classes(dataset):
    assert dataset.shape == (13, 32, 32) and dataset.train_x.dtype == np.uint8
    assert np.bincount(dataset.train_y).tolist() == [50] * 10
    assert np.bincount(dataset.test_y).tolist() == [10] * 10
    assert dataset.train_y.dtype == np.int64 and dataset.classes == len(CLASSES)


def test_the_seed_alone_decides(dataset):
    again, other = draw_landcover(settings()), draw_landcover(settings(seed=4))
    assert np.array_equal(again.train_x, dataset.train_x)
    assert np.array_equal(again.test_x, dataset.test_x)
    assert (other.train_x != dataset.train_x).mean() > 0.9


def test_more_samples_leave_the_first_and_the_other_part_alone(dataset):
    more = draw_landcover(settings(train_samples=700))
    assert np.array_equal(more.train_x[:500], dataset.train_x)
    assert np.array_equal(more.test_x, dataset.test_x)


def test_no_tile_is_drawn_twice(dataset):
    tiles = np.concatenate([dataset.train_x, dataset.test_x]).reshape(600, -1)
    assert len(np.unique(tiles, axis=0)) == 600


def test_plants_are_bright_in_the_near_infrared_and_water_is_not(dataset):
    # Healthy leaves scatter near infrared and absorb red light; water absorbs both.
    forest, water = of_class(dataset, "forest"), of_class(dataset, "sea_lake")
    ratios = [
        np.median(tiles[:, NEAR_INFRARED] / (tiles[:, RED] + 1))
        for tiles in (forest, water)
    ]
    assert ratios[0] > 1.5 > ratios[1]


def test_nothing_is_seen_through_water_vapour(dataset):
    # Band 10 (1,375 nm) lies where the atmosphere lets nothing through.
    assert dataset.train_x[:, 10].mean() < 0.2 * dataset.train_x[:, 9].mean()


def test_rows_of_plants_come_back_after_three_to_five_pixels(dataset):
    """Rows have a peak of power at their period, which no patch of herbs has."""

    def share(name: str) -> float:
        infrared = of_class(dataset, name)[:, NEAR_INFRARED]
        power = (
            np.abs(np.fft.fft2(infrared - infrared.mean((1, 2), keepdims=True))) ** 2
        )
        frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(32), np.fft.fftfreq(32)))
        rows = (frequency > 1 / 5.5) & (frequency < 1 / 2.7)
        return np.median(power[:, rows].sum(1) / power.sum((1, 2)))

    assert share("permanent_crop") > 3 * share("herbaceous")


def test_the_two_shipped_sets_share_no_seed(project):
    folder = project / "config" / "datasets"
    names = ("landcover", "landcover_unlabelled")
    first, second = (load_dataset_settings(folder, name) for name in names)
    assert first.seed != second.seed and first.size_px == second.size_px


def test_more_than_a_machine_can_hold_is_refused():
    with pytest.raises(ValidationError, match="take 13,631,488,000,000 bytes"):
        settings(train_samples=4 * 10**6 - 100, size_px=512)
