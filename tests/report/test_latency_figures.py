"""Figures of legs and totals."""

import numpy as np
import pandas as pd
import pytest
from tests.report.test_totals import LEGS, WORK, legs

from fedorbit.report.figures.latency import (
    Place,
    plot_downlink,
    plot_latency,
    plot_planes,
    plot_ratio,
)
from fedorbit.report.numbers.totals import totals

PLACES = [
    Place("default", "three", "star 5 x 10"),
    Place("stations=one", "one", "star 5 x 10"),
    Place("constellation=other", "three", "delta 5 x 22"),
]


def everywhere() -> pd.DataFrame:
    own = legs(starts=(0.0, 7.0))
    one = own.assign(setting="stations=one", seconds=2 * own["seconds"])
    never = (one["leg"] == "down") & (one["way"] == "none/own") & (one["start_s"] == 7)
    one.loc[never, "seconds"] = np.nan
    other = own.assign(setting="constellation=other")
    return pd.concat([own, one, other], ignore_index=True)


def texts(figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_bars_are_stacked_to_the_totals():
    table = totals(everywhere(), WORK, [29.0])
    figure = plot_latency(table, 29.0, "a title")
    names = [t.get_text() for axes in figure.axes for t in axes.get_yticklabels()]
    assert len(set(names)) == len(names) == 18
    assert "split, one sink a plane" in names and "onboard head" in names
    ends: dict[float, float] = {}
    axes = figure.axes[0]
    for bar in axes.patches:
        ends[bar.get_y()] = max(ends.get(bar.get_y(), 0), bar.get_x() + bar.get_width())
    own = table[(table["setting"] == "default") & (table["learner"] == "split")]
    assert ends[min(ends)] == pytest.approx(own[own["cached"]]["total_s"].mean())


def test_stations_stand_side_by_side_and_what_does_not_end_is_said():
    figure = plot_downlink(everywhere(), PLACES, "a title")
    (axes,) = figure.axes
    assert [t.get_text() for t in axes.get_xticklabels()] == ["three", "one"]
    assert texts(figure) == ["does not end"]
    assert axes.get_yscale() == "log" and "(s)" in axes.get_ylabel()


def test_constellations_stand_side_by_side():
    figure = plot_planes(everywhere(), PLACES, "a title")
    (axes,) = figure.axes
    labels = [t.get_text() for t in axes.get_xticklabels()]
    assert labels == ["star 5 x 10", "delta 5 x 22"]
    ways = {way for leg, way, _ in LEGS if leg == "between"}
    assert len(figure.legends[0].get_texts()) == len(ways)


def test_ratios_have_a_panel_for_each_way_to_count_and_a_line_for_each_stations():
    table = totals(everywhere(), WORK, [3.0, 29.0, 300.0])
    figure = plot_ratio(table, PLACES, 29.0, "a title")
    assert len(figure.axes) == 3
    for axes in figure.axes:
        lines = [line for line in axes.lines if len(line.get_xdata()) == 3]
        assert len(lines) == 2
    assert "against onboard full;\nnothing is kept" in {
        axes.get_title() for axes in figure.axes
    }
