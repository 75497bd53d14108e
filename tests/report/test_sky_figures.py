import re
from xml.etree import ElementTree

import matplotlib.colors
import numpy as np
import pandas as pd
import pytest
import yaml
from matplotlib import pyplot as plt

from fedorbit.orbits.matching import INVENTED, MATCHED, MISSED
from fedorbit.report.figures.ladder import plot_ladder
from fedorbit.report.figures.sky import (
    DASHES,
    SHADES,
    free_lanes,
    plot_flights,
    plot_in_view,
    plot_passes,
)
from fedorbit.report.figures.style import save
from fedorbit.report.numbers.ladder import NOTHING_SHARED

REGIONS = ["A", "B", "C"]


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture
def looks(project):
    return yaml.safe_load((project / "config" / "plotting.yaml").read_text())["rungs"]


@pytest.fixture
def words_of(tmp_path):
    """Return a function that saves a figure and returns all words in it."""

    def words(figure) -> str:
        path = tmp_path / "figure.svg"
        save(figure, path)
        text = ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")
        return " | ".join("".join(element.itertext()) for element in text)

    return words


def contacts():
    rows = [
        ("one", "A", 0.0, 240.0, 90.0),
        ("two", "A", 60.0, 300.0, 40.0),
        ("three", "A", 240.0, 480.0, 26.0),
        ("one", "B", 600.0, 840.0, 50.0),
        ("two", "B", 0.0, 100.0, 30.0),
        ("two", "C", 700.0, 900.0, 60.0),
        ("four", "C", 5000.0, 5100.0, 60.0),
    ]
    columns = ["satellite", "site", "rise_s", "set_s", "max_elevation_deg"]
    return pd.DataFrame(rows, columns=columns)


def flights():
    generator = np.random.default_rng(1)
    rows = [
        (case, origin, destination, generator.normal(600, 30))
        for case in ("fixed_period", "two_body", "j2", "sgp4")
        for origin, destination in (("A", "B"), ("B", "C"), ("C", "A"))
        for _ in range(20)
    ]
    table = pd.DataFrame(rows, columns=["case", "origin", "destination", "planned_s"])
    return table.assign(flown_s=table["planned_s"], soonest_s=600.0)


def windows(cases):
    generator = np.random.default_rng(2)
    parts = []
    for k, case in enumerate(cases):
        late_s = generator.normal(0, 10.0 ** (k + 1), (300, 2))
        parts.append(
            pd.DataFrame(
                {
                    "case": case,
                    "status": [MATCHED] * 250 + [MISSED] * 30 + [INVENTED] * 20,
                    "culmination_s": np.linspace(0, 86_000, 300),
                    "rise_error_s": np.append(late_s[:250, 0], [np.nan] * 50),
                    "set_error_s": np.append(late_s[:250, 1], [np.nan] * 50),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def test_lanes_are_as_few_as_there_are_passes_at_once():
    rise, end = np.array([0, 1, 2, 3, 10.0]), np.array([3, 9, 4, 5, 11.0])
    # The fourth rises as the first sets and takes its lane.
    assert list(free_lanes(rise, end)) == [0, 1, 2, 0, 0]
    assert list(free_lanes(np.array([]), np.array([]))) == []


def test_curves_in_view_have_a_line_of_their_own_and_a_band(words_of):
    latitude = np.linspace(-90, 90, 19)
    table = pd.concat(
        pd.DataFrame(
            {
                "latitude_deg": latitude,
                "mask_deg": mask,
                "mean": 30.0 / mask,
                "low": 20.0 / mask,
                "high": 50.0 / mask,
            }
        )
        for mask in (10, 25, 40)
    )
    regions = pd.DataFrame({"latitude_deg": [10.0, 50.0]})
    figure = plot_in_view(table, regions)
    axes = figure.axes[0]
    curves = [line for line in axes.lines if len(line.get_xdata()) == 19]
    assert [line.get_ydata()[0] for line in curves] == [3.0, 1.2, 0.75]
    assert len({line.get_linestyle() for line in curves}) == 3
    assert len({line.get_color() for line in curves}) == 3
    assert len(axes.collections) == 3
    black = [line.get_xdata() for line in axes.lines if line.get_color() == "black"]
    assert {float(x[0]) for x in black if len(x)} == {10.0, 50.0}
    words = words_of(figure)
    for word in ("latitude (degrees north)", "satellites in view", "above 25°"):
        assert word in words


def test_passes_are_drawn_by_region_and_carriers_fly_from_end_to_begin(words_of):
    figure = plot_passes(contacts(), REGIONS, ["one", "two", ""], 45)
    axes = figure.axes[0]
    lines = [(line, line.get_xdata()) for line in axes.lines]
    colored = [x for line, x in lines if line.get_color() == "#D55E00"]
    spans = sorted((float(a), float(b)) for a, b in colored)
    # By "one" from A to B, in minutes: two passes and the flight; by "two" B to C.
    assert (4.0, 10.0) in spans and (0.0, 4.0) in spans and (10.0, 14.0) in spans
    assert (100 / 60, 700 / 60) in spans
    assert len(spans) == 6
    grey = [line for line, _ in lines if line.get_color() != "#D55E00"]
    assert len(grey) == 6  # without the pass that rises after 45 minutes
    brightness = [float(line.get_color()) for line in grey[:3]]
    assert brightness == sorted(brightness) and brightness[0] == 0.0
    words = words_of(figure)
    for word in (*REGIONS, "simulated time (min)", "pass up to 26°", "90°"):
        assert word in words


def test_flights_show_every_hop_and_what_each_case_costs(looks, words_of):
    costs = pd.DataFrame(
        {
            "case": ["two_body", "sgp4", "two_body"],
            "origin": ["all", "all", "A"],
            "label": ["two-body", "SGP4", "two-body"],
            "lost_percent": [12.5, 0.0, 99.0],
            "late_mean_min": [3.25, 0.0, 77.0],
        }
    )
    figure = plot_flights(flights(), looks, costs)
    words = words_of(figure)
    for word in ("A to B", "C to A", "(min)", "lost (%)", "+3.2 min", "fixed period"):
        assert word in words
    assert "77" not in words
    widths = [bar.get_width() for bar in figure.axes[1].patches]
    assert widths == [12.5, 0.0]


def test_the_ladder_shows_rungs_and_ages(looks, words_of):
    ages = windows(["young", "old"])
    ageing = pd.DataFrame(
        {
            "case": ["young", "old"],
            "age_days": [13.0, 90.0],
            "matched": [250, 250],
            "error_p50_s": [10.0, 100.0],
            "error_p90_s": [20.0, 200.0],
            "missed_percent": [10.7, 10.7],
            "invented_percent": [7.1, 7.1],
        }
    )
    figure = plot_ladder(windows(["fixed_period", "two_body"]), ages, ageing, looks)
    words = words_of(figure)
    for word in ("fixed period", "two-body", "13 days", "90 days", "missed", "10.7"):
        assert word in words
    assert "J2" not in words  # not in the windows
    assert words.count("(s)") == 4 and "(h)" in words and words.count("(days)") == 2


def test_a_ladder_on_which_no_pass_matches_has_its_bars_alone(looks, words_of):
    both = windows(["fixed_period", "two_body"])
    none = (both["case"] == "two_body") & (both["status"] == "matched")
    ages = windows(["young"])
    ages = ages[ages["status"] != "matched"]
    ageing = pd.DataFrame({"case": ["young"], "note": [""], "matched": [0]})
    figure = plot_ladder(both[~none], ages, ageing, looks)
    assert len(figure.axes[0].lines) == len(figure.axes[1].lines) == 1
    assert "no pass is in both tables" in words_of(figure)


def test_the_ladder_without_ages_says_why(looks, words_of):
    none = pd.DataFrame(columns=["case", "status"])
    table = pd.DataFrame({"note": [NOTHING_SHARED], "matched": [0]})
    words = words_of(plot_ladder(windows(["two_body"]), none, table, looks))
    assert "left out" in words and "no satellite" in words
    assert "age of elements" not in words


def test_figures_are_the_same_bytes_every_time(looks, tmp_path):
    for name in ("a", "b"):
        save(
            plot_passes(contacts(), REGIONS, ["one", "two", ""], 45),
            tmp_path / f"{name}.svg",
        )
        costs = pd.DataFrame(
            columns=["case", "origin", "label", "lost_percent", "late_mean_min"]
        )
        save(plot_flights(flights(), looks, costs), tmp_path / f"{name}-flights.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    first, second = (tmp_path / f"{n}-flights.svg" for n in "ab")
    assert first.read_bytes() == second.read_bytes()


def luminance(color):
    """Return the relative luminance of a colour, by WCAG 2.2."""
    channels = np.array(matplotlib.colors.to_rgb(color))
    linear = np.where(
        channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4
    )
    return linear @ [0.2126, 0.7152, 0.0722]


def test_looks_differ_in_more_than_hue(looks):
    assert len({str(look["linestyle"]) for look in looks.values()}) == len(looks)
    assert len({look["color"] for look in looks.values()}) == len(looks)
    assert len(SHADES) == len(DASHES) == len(set(map(str, DASHES)))
    assert all(re.fullmatch("#[0-9A-F]{6}", shade) for shade in SHADES)
    assert all(luminance(look["color"]) < 0.5 for look in looks.values())
