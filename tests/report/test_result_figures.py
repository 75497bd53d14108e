"""Costs, the map of wins and the scoreboard."""

import math

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from tests.report.made_study import MIX, SPEED, STATIONS, joined, run

from fedorbit.report.claims.claims import COLUMNS
from fedorbit.report.figures.costs import plot_costs
from fedorbit.report.figures.scoreboard import plot_scoreboard
from fedorbit.report.figures.style import save
from fedorbit.report.figures.wins import plot_wins, speeds_of, stations_of, win_table
from fedorbit.report.numbers.metrics import metrics, per_run

LOOKS = {
    "fedmeld": {"label": "Melding", "color": "#12ab56", "linestyle": "-"},
    "hfl": {"label": "Hierarchy", "color": "#fe4321", "linestyle": [3.0, 1.5]},
}
NAMES = ("fedmeld", "hfl")


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def costs():
    rounds = pd.concat([run("fedmeld", "default", 0.9), run("hfl", "default", 0.55)])
    plans = pd.DataFrame({"strategy": NAMES, "setting": "default"})
    return plot_costs(metrics(per_run(rounds, 0.6), plans), LOOKS, 0.6, "made")


def test_bars_are_hours_and_gigabytes_to_the_target():
    figure = costs()
    hours, access, feeder, _, carried = figure.axes
    # From 10 % towards 88, 90 and 92 %: 68.5, 70 and 71.5 % after two of four rounds.
    widths = [[bar.get_width() for bar in axes.patches] for axes in figure.axes]
    assert widths == [[12.0], [5.0], [], [], [0.5]]
    assert to_hex(hours.patches[0].get_facecolor()) == "#12ab56"
    assert hours.texts[0].get_text() == "reached by 0 of 3 seeds"
    assert [text.get_text() for text in feeder.texts] == ["none"]
    assert "60 %" in figure.get_suptitle()


STEPS = {MIX: [0.1, 1.0], STATIONS: ["a/few.csv", "a/many.csv"], SPEED: [1e9, 1e10]}


def win_levels() -> pd.DataFrame:
    """Return levels where FedMeld wins by 10 % with slow clients and else loses 5."""

    def level(strategy, cell):
        if strategy == "hfl":
            return 0.7
        return 0.8 if cell[SPEED] == 1e9 else 0.65

    return joined(level, NAMES, STEPS)[1]


def test_wins_at_equal_time_are_differences_at_the_end():
    wins = win_table(win_levels(), *NAMES)
    assert len(wins) == 2 * 2 * 2 * 2
    time = wins[wins["at"] == "time"].groupby(SPEED)["mean"].first()
    # Of 10 points, 15 / 16 show after four rounds.
    np.testing.assert_allclose(time, [0.1 * 15 / 16, -0.05 * 15 / 16])


def test_wins_for_equal_bits_stop_the_more_costly_at_the_thriftys_sum():
    wins = win_table(win_levels(), *NAMES)
    bits = wins[(wins["at"] == "bits") & (wins[SPEED] == 1e9)]
    # Hierarchy sends 9e9 bits until its end at 10 + 60 * 15 / 16 = 66.25 %. Melding
    # sends 2e10 in its first round, so that it still has 10 %.
    np.testing.assert_allclose(bits["mean"], 0.1 - 0.6625)


def wins_figure():
    wins = win_table(win_levels(), *NAMES)
    wins.loc[0, ["mean", "p_value"]] = 0.02, 0.3
    speeds, stations = {1e9: "0.5", 1e10: "4"}, {"a/few.csv": "1", "a/many.csv": "9"}
    return plot_wins(wins, NAMES, LOOKS, speeds, stations, "made"), wins


def test_cells_have_the_winners_colour_letter_and_lead():
    figure, wins = wins_figure()
    panel = figure.axes[0]
    found = {
        (text.get_text(), to_hex(patch.get_facecolor()))
        for text, patch in zip(panel.texts, panel.patches, strict=True)
    }
    assert ("M\n9.4*", "#12ab56") in found
    assert ("H\n4.7*", "#fe4321") in found
    # The cell that is not significant is pale: 0.7 + 0.3 * 0x12 / 255 and so on.
    pale = to_hex([0.7 + 0.3 * part / 255 for part in (0x12, 0xAB, 0x56)])
    assert ("M\n2.0", pale) in found
    assert len(figure.axes) == 4


def test_the_words_of_both_axes_come_from_plans():
    cells = [(file, speed) for file in ("a/few.csv", "a/many.csv") for speed in (1, 2)]
    table = pd.DataFrame(
        [("fedmeld", *c, 600.0, 1200.0 / c[1], math.nan) for c in cells]
        + [("hfl", *c, 1.0, 1.0, 3600.0 if "many" in c[0] else 9000.0) for c in cells],
        columns=["strategy", STATIONS, SPEED, "flight_s", "round_s", "exchange_s"],
    )
    assert speeds_of(table, "fedmeld") == {1: "0.5", 2: "1"}
    words = stations_of(table, "hfl")
    assert list(words.items()) == [
        ("a/few.csv", "few\n2.5 h"),
        ("a/many.csv", "many\n1 h"),
    ]


NAN = math.nan
VERDICTS = pd.DataFrame(
    [
        ("X1", "One", "seen: a", "m", 0, NAN, 0.2, 0.1, 0.3, "reproduced"),
        ("X2", "Two", "seen: a", "m", NAN, 0.5, 0.7, 0.6, 0.8, "not reproduced"),
        ("X3", "Three", "seen: a", "m", -1, 1, 0.9, 0.5, 1.2, "inconclusive"),
        ("X4", "Four", "seen: a", "m", 1, 1, NAN, NAN, NAN, "not tested: no sweep"),
        ("X5", "Five", "seen: a", "m", NAN, 1, math.inf, 2, math.inf, "not reproduced"),
    ],
    columns=COLUMNS,
)


def scoreboard():
    return plot_scoreboard(VERDICTS, "made")


def test_the_scoreboard_has_all_claims_edges_and_values():
    (axes,) = scoreboard().axes
    words = {text.get_text() for text in axes.texts}
    assert {"X1", "Two", "at least 0", "at most 0.5", "-1 to 1"} <= words
    assert {"0.2 (0.1 to 0.3)", "0.9 (0.5 to 1.2)", "no sweep"} <= words
    assert {"infinite (2 to infinite)", "not tested", "inconclusive"} <= words


def test_marks_differ_in_shape_for_readers_of_grey():
    (axes,) = scoreboard().axes
    marks = [line for line in axes.lines if line.get_marker() not in (None, "None")]
    shapes = [(line.get_marker(), line.get_fillstyle()) for line in marks]
    assert len(shapes) == 5
    assert len(set(shapes)) == 4
    assert shapes[1] == shapes[4]


@pytest.mark.parametrize("draw", [costs, scoreboard, lambda: wins_figure()[0]])
def test_figures_are_written_with_the_same_bytes_and_their_scale(draw, tmp_path):
    first, second = tmp_path / "first.svg", tmp_path / "second.svg"
    save(draw(), first)
    save(draw(), second)
    assert first.read_bytes() == second.read_bytes()
    assert "made" in first.read_text()
