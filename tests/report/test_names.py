"""Names beside what they name."""

import itertools

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.text import Text

from fedorbit.report.figures.names import name_beside, name_ends, spread


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        ([], []),
        ([3.0], [3.0]),
        # Far enough apart.
        ([1.0, 9.0], [1.0, 9.0]),
        # About their middle.
        ([5.0, 5.5], [4.25, 6.25]),
        # About 5 with gaps of 2, in the given order.
        ([5.0, 4.0, 6.0], [5.0, 3.0, 7.0]),
        # Not beyond the edges.
        ([0.0, 0.5], [0.0, 2.0]),
        ([10.0, 9.9], [10.0, 8.0]),
    ],
)
def test_places_are_apart_and_near_what_was_wanted(wanted, places):
    assert spread(wanted, 2.0, 0.0, 10.0).tolist() == pytest.approx(places)


def test_without_room_gaps_shrink():
    assert spread([5.0] * 11, 2.0, 0.0, 10.0).tolist() == pytest.approx([*range(11)])


def test_no_other_places_with_the_gaps_are_nearer():
    rng = np.random.default_rng(0)
    for _ in range(100):
        wanted = rng.uniform(0, 10, 4)
        places = spread(wanted, 1.5, 0.0, 10.0)
        order = np.argsort(wanted)
        assert (np.diff(places[order]) > 1.5 - 1e-9).all()
        best = ((places - wanted) ** 2).sum()
        for shift in rng.normal(0, 0.3, (50, 4)):
            other = np.clip(places + shift, 0, 10)
            if (np.diff(other[order]) >= 1.5).all():
                assert ((other - wanted) ** 2).sum() > best - 1e-9


def test_names_at_ends_keep_the_order_of_lines():
    _, axes = plt.subplots()
    axes.set_ylim(0, 100)
    name_ends(axes, [95.0, 94.0, 20.0], ["A", "B", "C"], ["red", "0.5", "blue"], 3.0)
    heights = [text.get_position()[1] for text in axes.texts]
    # Letters of 7 points on 216, on an axis of 100: lines of 1.3 * 7 / 216 = 4.2.
    assert heights == pytest.approx([96.606, 92.394, 20.0], abs=1e-3)
    assert [text.get_text() for text in axes.texts] == ["A", "B", "C"]


def test_names_of_crowded_points_cover_no_other_name():
    figure, axes = plt.subplots(figsize=(7.2, 3.65))
    axes.set(xlim=(-180, 180), ylim=(-75, 80))
    # Six sites of Europe, and two at the edge.
    points = [(2.4, 48.9), (5.2, 50.0), (11.1, 47.9), (13.6, 42.0), (16.7, 40.7)]
    points += [(20.9, 67.9), (168.4, -46.5), (-158.0, 21.7)]
    names = ["Paris", "Redu", "Weilheim", "Fucino", "Matera", "Kiruna"]
    names += ["Invercargill", "Oahu"]
    name_beside(axes, points, names, ["black"] * len(names))
    figure.canvas.draw()
    assert [text.get_text() for text in axes.texts] == names
    # Of the letters, without the line to the point.
    found = [Text.get_window_extent(text) for text in axes.texts]
    for one, other in itertools.combinations(found, 2):
        assert not one.overlaps(other)
    frame = axes.get_window_extent()
    assert all(frame.x0 <= box.x0 and box.x1 <= frame.x1 for box in found)
    marks = axes.transData.transform(points)
    assert not any(box.contains(*mark) for box in found for mark in marks)


def test_a_name_far_from_its_point_has_a_line_to_it():
    _, axes = plt.subplots()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    name_beside(axes, [(0.5, 0.5)] * 9, list("ABCDEFGHI"), ["black"] * 9)
    near = axes.texts[0]
    assert near.arrow_patch is None
    assert np.hypot(*near.xyann) < 6
    assert any(text.arrow_patch is not None for text in axes.texts)
