"""Looks of strategies: for readers of grey, and for the colour-blind."""

import itertools

import numpy as np
import pytest

from fedorbit.report.figures.looks import load_plotting
from fedorbit.studies.study import load_study

# Machado, Oliveira and Fernandes, A physiologically-based model for simulation of color
# vision deficiency, IEEE TVCG 2009, severity 1; for linear RGB.
VISION = {
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "all": np.eye(3),
}
# sRGB to XYZ, IEC 61966-2-1, and its white.
TO_XYZ = [
    [0.4124, 0.3576, 0.1805],
    [0.2126, 0.7152, 0.0722],
    [0.0193, 0.1192, 0.9505],
]
WHITE = [0.9505, 1.0, 1.0890]
STUDIES = ("fedmeld", "experts", "finetune")
APART = 20.0
"""Of CIELAB, for lines: about nine times a difference that can just be seen."""
LIGHTER = 8.0
"""Of its lightness, 0 to 100, so that lines differ in grey."""


def lab(color: str, vision: str = "all") -> np.ndarray:
    """Return a colour in CIELAB, as somebody sees it."""
    srgb = np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    x = np.array(TO_XYZ) @ np.clip(np.array(VISION[vision]) @ linear, 0, 1) / WHITE
    f = np.where(x > (6 / 29) ** 3, np.cbrt(x), x * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_the_measure_itself():
    # CIELAB of sRGB's red, from Lindbloom's calculator.
    assert lab("#ff0000") == pytest.approx([53.24, 80.09, 67.20], abs=0.1)
    # Red and green, of which deuteranopes see one hue alone: brown.
    red, green = (lab(color, "deuteranopia") for color in ("#ff0000", "#00a000"))
    assert abs(np.subtract(*(np.arctan2(c[2], c[1]) for c in (red, green)))) < 0.2


@pytest.fixture
def looks(project):
    return load_plotting(project / "config" / "plotting.yaml", [])["strategies"]


def of_study(project, looks, study: str) -> dict:
    own = load_study(project / "config", study, "quick").values["strategies"]
    return {name: look for name, look in looks.items() if name in own}


def test_no_two_strategies_have_the_same_colour_dashes_or_label(looks):
    for key in ("color", "linestyle", "label"):
        values = [str(look[key]) for look in looks.values()]
        assert len(set(values)) == len(values)


@pytest.mark.parametrize("study", STUDIES)
def test_markers_of_a_study_differ(project, looks, study):
    markers = [look["marker"] for look in of_study(project, looks, study).values()]
    assert len(set(markers)) == len(markers)


@pytest.mark.parametrize("study", STUDIES)
def test_those_in_front_can_be_told_apart_by_everybody(project, looks, study):
    own = of_study(project, looks, study)
    front = {name: look["color"] for name, look in own.items() if look["is_front"]}
    assert 2 <= len(front) <= 5
    for one, other in itertools.combinations(front.values(), 2):
        for vision in VISION:
            away = lab(one, vision) - lab(other, vision)
            assert np.linalg.norm(away) > APART, (one, other, vision)
        assert abs(lab(one)[0] - lab(other)[0]) > LIGHTER, (one, other)
