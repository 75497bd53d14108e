"""Names beside what they name: at the ends of lines, and beside points.

``name_ends`` writes names at the right edge of a panel, where lines end.
``name_beside`` looks for a free place around each point. No name covers another.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib import pyplot as plt
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression

from fedorbit.report.figures.style import plain

SIZE = 7.0  # of letters, points
LETTER = 0.6  # width of a letter over its size, about the mean of DejaVu Sans
LINE = 1.3  # distance of lines over the size of their letters
REACHES = (5.0, 11.0, 18.0, 26.0, 36.0, 48.0)  # from a point to its name, points
BESIDE = 6.0  # a name that is further from its point has a line to it, points
MARK = 3.0  # half of the width of a marker, points
TURNS = np.radians([30, -30, 150, -150, 0, 180, 90, -90, 60, -60, 120, -120])
HALO = {"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.6}

Box = tuple[float, float, float, float]
"""Left, lower, right and upper edge."""


def spread(wanted: ArrayLike, gap: float, low: float, high: float) -> NDArray:
    """Return places near the wanted ones that are at least ``gap`` apart.

    They lie within low and high, keep their order, and have the least sum of squared
    moves. Where there is no room for all, the gaps shrink.
    """
    wanted = np.asarray(wanted, dtype=float)
    if not wanted.size:
        return wanted
    gap = min(gap, (high - low) / max(1, wanted.size - 1))
    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(wanted.size)
    # Less the gaps below them, places need only rise.
    rising = isotonic_regression(wanted[order] - steps).x
    places = np.empty_like(wanted)
    places[order] = np.clip(rising, low, high - steps[-1]) + steps
    return places


def name_ends(
    axes: plt.Axes,
    ends: Sequence[float],
    names: Sequence[str],
    colors: Sequence[str],
    height_in: float,
) -> None:
    """Write the names of lines beside the right edge, where the lines end.

    ``ends`` are the heights at which they end, ``height_in`` that of the panel on
    paper in inches.
    """
    low, high = axes.get_ylim()
    gap = (high - low) * LINE * SIZE / (72 * height_in)
    places = spread(ends, gap, low, high)
    for end, place, name, color in zip(ends, places, names, colors, strict=True):
        axes.annotate(
            plain(name),
            (1, end),
            xytext=(1.07, place),
            xycoords=axes.get_yaxis_transform(),
            textcoords=axes.get_yaxis_transform(),
            va="center",
            size=SIZE,
            color=color,
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": color, "linewidth": 0.6}
            | {"shrinkA": 1, "shrinkB": 0, "relpos": (0, 0.5)},
        )


def name_beside(
    axes: plt.Axes,
    points: ArrayLike,
    names: Sequence[str],
    colors: Sequence[str],
    taken: ArrayLike = (),
) -> None:
    """Write a name beside each point, within the panel, with a line if it is far.

    ``points`` has the shape (names, 2), in the units of the axes; ``taken`` are other
    points that no name may cover. The axes must have their scales and limits.
    """
    figure = axes.get_figure()
    figure.draw_without_rendering()  # so that the panel has its size
    points = np.asarray(points, dtype=float)
    per_inch = 72 / figure.dpi
    at = axes.transData.transform(points) * per_inch
    others = np.asarray(taken, dtype=float).reshape(-1, 2)
    marks = [_around(x, y) for x, y in at]
    marks += [_around(*p) for p in axes.transData.transform(others) * per_inch]
    frame = axes.get_window_extent()
    frame = tuple(per_inch * edge for edge in (*frame.min, *frame.max))
    used = list(marks)
    for point, place, name, color in zip(points, at, names, colors, strict=True):
        offset, align, box = _free(place, len(name), frame, used)
        used.append(box)
        is_far = np.hypot(*offset) > BESIDE
        line = {"arrowstyle": "-", "color": color, "linewidth": 0.5, "shrinkB": 2}
        axes.annotate(
            plain(name),
            point,
            xytext=offset,
            textcoords="offset points",
            ha=align,
            va="center",
            size=SIZE,
            color=color,
            bbox=HALO,
            arrowprops=line | {"shrinkA": 0} if is_far else None,
            in_layout=False,
        )


def _around(x: float, y: float) -> Box:
    return x - MARK, y - MARK, x + MARK, y + MARK


def _free(
    place: NDArray, letters: int, frame: Box, used: Sequence[Box]
) -> tuple[tuple[float, float], str, Box]:
    """Return the first place without overlap: its offset, alignment and box.

    If all overlap, it is the one that does so least.
    """
    found = list(_candidates(place, letters))
    overlaps = [sum(_overlap(box, other) for other in used) for *_, box in found]
    outside = [_area(box) - _overlap(box, frame) for *_, box in found]
    return found[int(np.argmin(np.round(np.add(overlaps, outside), 6)))]


def _candidates(
    place: NDArray, letters: int
) -> Iterator[tuple[tuple[float, float], str, Box]]:
    """Yield offsets, alignments and boxes of a name, the nearest first."""
    width, half = LETTER * SIZE * letters, LINE * SIZE / 2
    for reach in REACHES:
        for turn in TURNS:
            dx, dy = reach * np.cos(turn), reach * np.sin(turn)
            side = 0 if abs(dx) < 1e-6 else int(np.sign(dx))
            dy += np.sign(dy) * (half - 2) if side == 0 else 0
            left = place[0] + dx - width * (0.5 - 0.5 * side)
            middle = place[1] + dy
            box = (left, middle - half, left + width, middle + half)
            align = {1: "left", 0: "center", -1: "right"}[side]
            yield (float(dx), float(dy)), align, box


def _overlap(one: Box, other: Box) -> float:
    """Return the area that two boxes share."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, width) * max(0.0, height)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
