from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from fedorbit.report.figures.partition import SHADES, plot_partition
from fedorbit.report.figures.style import save

LABELS = np.array([0, 0, 0, 2, 2, 0, 2, 0])


def partition() -> pd.DataFrame:
    """Return who holds the samples of classes 0 and 2, while there is none of 1."""
    return pd.DataFrame(
        {
            "seed": 0,
            "sample": np.arange(8),
            "client": [0, 0, 0, 1, 2, 2, 3, 3],
            "region": ["North"] * 4 + ["South"] * 4,
        }
    )


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def many(regions: list[str], clients: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return one sample of class 0 for each client."""
    numbers = np.arange(len(regions) * clients)
    homes = np.repeat(regions, clients)
    columns = {"seed": 0, "sample": numbers, "client": numbers, "region": homes}
    return pd.DataFrame(columns), np.zeros(len(numbers), dtype=int)


def words_of(figure, path) -> list[str]:
    save(figure, path)
    text = ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")
    return ["".join(element.itertext()) for element in text]


def test_cells_are_numbers_of_samples_by_class_and_client():
    figure = plot_partition(partition(), LABELS, ["North", "South"])
    north, south = (mesh.get_array() for mesh in figure.axes[0].collections)
    assert north.filled(0).tolist() == [[3, 0], [0, 0], [0, 1]]
    assert south.filled(0).tolist() == [[1, 1], [0, 0], [1, 1]]
    # Cells without samples are not drawn.
    assert north.mask.tolist() == [[False, True], [True, True], [True, False]]


def test_regions_stand_in_the_order_that_is_given():
    figure = plot_partition(partition(), LABELS, ["South", "North"])
    first, second = (mesh.get_array() for mesh in figure.axes[0].collections)
    assert first.filled(0).tolist() == [[1, 1], [0, 0], [1, 1]]
    assert second.filled(0).tolist() == [[3, 0], [0, 0], [0, 1]]


def test_axes_regions_and_unit_are_named(tmp_path):
    figure = plot_partition(partition(), LABELS, ["North", "South"])
    words = words_of(figure, tmp_path / "figure.svg")
    for word in ("North", "South", "client", "class", "samples"):
        assert words.count(word) == 1
    assert words[:4] == ["0", "1", "2", "3"]  # the clients


def test_darker_shades_are_more_samples_in_grey_too():
    red, green, blue = np.array(SHADES.colors)[:, :3].T
    brightness = 0.299 * red + 0.587 * green + 0.114 * blue
    assert (np.diff(brightness) < 0).all()
    assert brightness[0] < 0.95  # apart from white


def test_many_clients_have_fewer_numbers_and_long_names_slant():
    regions = ["North", "A region with a long name"]
    figure = plot_partition(*many(regions, 30), regions)
    assert len(figure.axes[0].get_xticks()) == 12  # every fifth of 60
    assert {text.get_rotation() for text in figure.axes[0].texts} == {0}
    regions = [f"A region with a long name {n}" for n in range(8)]
    figure = plot_partition(*many(regions, 2), regions)
    assert len(figure.axes[0].get_xticks()) == 16
    assert {text.get_rotation() for text in figure.axes[0].texts} == {35}


def test_the_picture_is_the_same_bytes_every_time(tmp_path):
    for name in ("a.svg", "b.svg"):
        figure = plot_partition(partition(), LABELS, ["North", "South"])
        save(figure, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
