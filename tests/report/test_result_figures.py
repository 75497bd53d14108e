"""Costs, the map of wins and the scoreboard."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from tests.report.made_study import (
    LOOKS,
    MIX,
    SPEED,
    STATIONS,
    joined_levels,
    run,
    tables,
)

from fedorbit.report.claims.claims import COLUMNS
from fedorbit.report.figures.costs import plot_costs
from fedorbit.report.figures.declared import SweepMap, TickMetric
from fedorbit.report.figures.points import layout
from fedorbit.report.figures.scoreboard import plot_scoreboard
from fedorbit.report.figures.style import BEHIND, pale, save
from fedorbit.report.figures.wins import order, plot_wins, win_table
from fedorbit.report.numbers.infeasible import list_infeasible, with_reasons
from fedorbit.report.numbers.metrics import join_cells, metrics, per_run

NAMES = ("fedmeld", "hfl")


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


NONE = list_infeasible([], [])


def costs(infeasible=NONE, looks=LOOKS):
    rounds = pd.concat([run("fedmeld", "default", 0.9), run("hfl", "default", 0.55)])
    plans = pd.DataFrame({"strategy": NAMES, "setting": "default"})
    table = with_reasons(metrics(per_run(rounds, 0.6), plans), infeasible)
    return plot_costs(table, looks, 0.6, "made")


def test_bars_are_hours_and_gigabytes_to_the_target():
    figure = costs()
    # Nobody sends anything between satellites.
    hours, access, feeder, _ = figure.axes
    # From 10 % towards 88, 90 and 92 %: 68.5, 70 and 71.5 % after two of four rounds.
    # By the end, in pale, 80e9 and 8e9 bits, 0 and 1e9, and 8e9 and 1e9.
    widths = [[bar.get_width() for bar in axes.patches] for axes in figure.axes]
    assert widths == [[12.0], [10.0, 1.0, 5.0], [0.125], [1.0, 0.125, 0.5]]
    assert to_hex(hours.patches[0].get_facecolor()) == "#12ab56"
    # 0.7 + 0.3 * 0x12 / 255 and so on, for the end; the plain colour to the target.
    light = to_hex([0.7 + 0.3 * part / 255 for part in (0x12, 0xAB, 0x56)])
    colors = [to_hex(bar.get_facecolor()) for bar in access.patches]
    assert colors[::2] == [light, "#12ab56"]
    words = [text.get_text() for text in hours.texts]
    assert words == ["12", "reached by 0 of 3 seeds"]
    assert [text.get_text() for text in feeder.texts] == ["none", "0.1"]
    names = [label.get_text() for label in hours.get_yticklabels()]
    assert names == ["Melding", "Hierarchy"]
    assert "60 %" in figure.get_suptitle()


def test_bars_of_strategies_behind_are_grey():
    looks = LOOKS | {"hfl": LOOKS["hfl"] | {"is_front": True}}
    bars = costs(looks=looks).axes[1].patches
    light = to_hex(pale(BEHIND, 0.7))
    assert [to_hex(bar.get_facecolor()) for bar in bars] == [
        light,
        to_hex(pale("#fe4321", 0.7)),
        to_hex(BEHIND),
    ]


def test_costs_of_a_single_seed_have_bars_without_whiskers():
    rounds = run("fedmeld", "default", 0.9)
    rounds = rounds[rounds["seed"] == 1]
    plans = pd.DataFrame({"strategy": ["fedmeld"], "setting": "default"})
    table = with_reasons(metrics(per_run(rounds, 0.6), plans), NONE)
    figure = plot_costs(table, LOOKS, 0.6, "made")
    hours = figure.axes[0]
    assert hours.patches[0].get_width() == 12
    assert hours.get_xlim()[1] > 12


STEPS = {MIX: [0.1, 1.0], STATIONS: ["a/few.csv", "a/many.csv"], SPEED: [1e9, 1e10]}
SITES = {
    "a/few.csv": pd.DataFrame({"name": ["A"]}),
    "a/many.csv": pd.DataFrame({"name": ["A", "B"]}),
}


def win_tables(**others):
    """Return tables where FedMeld wins by 10 % with slow clients and else loses 5."""

    def level(strategy, cell):
        if strategy == "hfl":
            return 0.7
        return 0.8 if cell[SPEED] == 1e9 else 0.65

    return tables(level, NAMES, STEPS, sites=SITES, **others)


def win_cells() -> pd.DataFrame:
    """Return the table of wins with the speed of each cell."""
    levels = joined_levels(win_tables())
    speeds = levels[["cell", SPEED]].drop_duplicates()
    return win_table(levels, NAMES).merge(speeds, on="cell")


def test_a_map_takes_the_seeds_that_all_runs_have():
    levels = joined_levels(win_tables())
    lacks = (levels["setting"] == levels["setting"].iloc[0]) & (levels["seed"] == 2)
    two = levels[levels["seed"] < 2]
    pd.testing.assert_frame_equal(
        win_table(levels[~lacks], NAMES), win_table(two, NAMES)
    )


def test_wins_at_equal_time_are_differences_at_the_end():
    wins = win_cells()
    assert len(wins) == 2 * 2 * 2 * 2
    time = wins[wins["at"] == "time"].groupby(SPEED)[["best", "second", "mean"]]
    slow, fast = time.first().to_numpy().tolist()
    # Of 10 points, 15 / 16 show after four rounds.
    assert slow == ["fedmeld", "hfl", pytest.approx(0.1 * 15 / 16)]
    assert fast == ["hfl", "fedmeld", pytest.approx(0.05 * 15 / 16)]


def test_wins_for_equal_bits_stop_the_more_costly_at_the_thriftys_sum():
    wins = win_cells()
    bits = wins[(wins["at"] == "bits") & (wins[SPEED] == 1e9)]
    # Hierarchy sends 9e9 bits until its end at 10 + 60 * 15 / 16 = 66.25 %. Melding
    # sends 2e10 in its first round, so that it still has 10 %.
    assert set(bits["best"]) == {"hfl"}
    np.testing.assert_allclose(bits["mean"], 0.6625 - 0.1)


def test_the_lead_is_over_the_next_of_several():
    def level(strategy, _):
        return {"fedmeld": 0.6, "hfl": 0.8, "pfl": 0.7}[strategy]

    made = tables(level, [*NAMES, "pfl"], {SPEED: [1e9]})
    levels = joined_levels(made)
    time = win_table(levels, [*NAMES, "pfl"]).iloc[0]
    assert (time["best"], time["second"]) == ("hfl", "pfl")
    assert time["mean"] == pytest.approx(0.1 * 15 / 16)
    # Who is not named does not compete.
    time = win_table(levels, ["pfl", "fedmeld"]).iloc[0]
    assert (time["best"], time["second"]) == ("pfl", "fedmeld")


def declared(**changes) -> SweepMap:
    values = {"draw": "map", "sweep": "made", "x": SPEED, "y": STATIONS, "panels": MIX}
    return SweepMap(**values | {"strategies": list(NAMES)} | changes)


def wins_figure(**changes):
    return plot_wins(declared(**changes), win_tables(), LOOKS, "made")


def words(axes) -> set:
    """Return the text and the colour of each cell of a panel."""
    return {
        (text.get_text(), to_hex(patch.get_facecolor()))
        for text, patch in zip(axes.texts, axes.patches, strict=True)
    }


def test_cells_have_the_winners_colour_name_and_lead():
    figure = wins_figure()
    assert words(figure.axes[0]) == {
        ("Melding\n+9.4*", "#12ab56"),
        ("Hierarchy\n+4.7*", "#fe4321"),
    }
    # Rows at equal time and for equal bits, a panel for each of two mixes of data.
    assert len(figure.axes) == 4
    # Fast clients to the right, the second list of stations above.
    places = {text.get_position(): text.get_text()[0] for text in figure.axes[0].texts}
    assert places == {(0, 0): "M", (1, 0): "H", (0, 1): "M", (1, 1): "H"}
    titles = [axes.get_title() for axes in figure.axes[:2]]
    assert titles == ["region_concentration 0.1", "region_concentration 1"]
    (legend,) = figure.legends
    assert [t.get_text() for t in legend.texts] == ["Melding", "Hierarchy"]


def test_the_legend_says_who_is_the_best_nowhere():
    made = tables(lambda strategy, cell: 0.7, NAMES, STEPS, sites=SITES)
    ahead = made.rounds["accuracy"].where(
        made.rounds["strategy"] == "fedmeld", made.rounds["accuracy"] - 0.1
    )
    leads = replace(made, rounds=made.rounds.assign(accuracy=ahead))
    (legend,) = plot_wins(declared(at=["time"]), leads, LOOKS, "made").legends
    labels = [text.get_text() for text in legend.texts]
    assert labels == ["Melding", "Hierarchy: best in no cell"]


def test_values_of_a_map_can_have_words():
    figure = wins_figure(
        words_of={"x": ["slow", "fast"], "panels": ["unlike", "alike"]},
        panels_label="data",
    )
    titles = [axes.get_title() for axes in figure.axes[:2]]
    assert titles == ["data unlike (0.1)", "data alike (1)"]
    ticks = [text.get_text() for text in figure.axes[2].get_xticklabels()]
    assert ticks == ["slow\n(1e+09)", "fast\n(1e+10)"]


def test_a_cell_that_is_not_significant_is_pale():
    made = win_tables()
    lucky = made.rounds["strategy"].eq("fedmeld") & made.rounds["seed"].eq(0)
    # Of the slow, 10.3, 10 and 9.7 points at first, and then one far below.
    rounds = made.rounds.assign(
        accuracy=made.rounds["accuracy"].where(~lucky, made.rounds["accuracy"] - 0.1)
    )
    figure = plot_wins(declared(at=["time"]), replace(made, rounds=rounds), LOOKS, "m")
    # 0.7 + 0.3 * 0x12 / 255 and so on.
    light = to_hex([0.7 + 0.3 * part / 255 for part in (0x12, 0xAB, 0x56)])
    mean = 100 * (0.1 * 15 / 16 - 0.1 / 3)
    assert (f"Melding\n+{mean:.1f}", light) in words(figure.axes[0])


def test_a_single_seed_is_never_significant():
    made = win_tables()
    one = replace(made, rounds=made.rounds[made.rounds["seed"] == 1])
    figure = plot_wins(declared(at=["time"]), one, LOOKS, "made")
    assert {text for text, _ in words(figure.axes[0])} == {
        "Melding\n+9.4",
        "Hierarchy\n+4.7",
    }


def test_letters_are_white_on_dark_cells_alone():
    looks = LOOKS | {"hfl": LOOKS["hfl"] | {"color": "#000080"}}
    axes = plot_wins(declared(), win_tables(), looks, "made").axes[0]
    inks = {text.get_text()[0]: text.get_color() for text in axes.texts}
    # Luma of #12ab56 is .299 * 18 + .587 * 171 + .114 * 86 = 115.6 of 255.
    assert inks == {"M": "white", "H": "white"}
    looks = LOOKS | {"fedmeld": LOOKS["fedmeld"] | {"color": "#99ddaa"}}
    axes = plot_wins(declared(), win_tables(), looks, "made").axes[0]
    assert {t.get_text()[0]: t.get_color() for t in axes.texts}["M"] == "black"


def test_the_words_of_both_axes_come_from_plans():
    made = win_tables()
    # Flights of 600 s; rounds of 1200 and 120 s, the slow first.
    round_s = {1e9: 120.0, 1e10: 1200.0}
    delay_s = {"a/few.csv": 9000.0, "a/many.csv": 3600.0}
    plans = made.cells.assign(
        flight_s=600.0,
        round_s=made.cells[SPEED].map(round_s),
        exchange_s=made.cells[STATIONS].map(delay_s),
    )[["strategy", "setting", "flight_s", "round_s", "exchange_s"]]
    where = layout(declared(), made)
    told = join_cells(plans, where.cells, "made")
    ratio = TickMetric(strategy="fedmeld", metric="flight_s", over="round_s")
    # The greater ratio, 5, is that of the first speed.
    assert list(order("x", ratio, told, where).items()) == [
        (1, "1e+10\n0.5"),
        (0, "1e+09\n5"),
    ]
    named = ratio.model_copy(update={"label": "rounds"})
    assert order("x", named, told, where, ["slow", "fast"]) == {
        1: "fast\n(1e+10)\n0.5 rounds",
        0: "slow\n(1e+09)\n5 rounds",
    }
    delay = TickMetric(strategy="hfl", metric="exchange_s")
    assert list(order("y", delay, told, where).items()) == [
        (1, "many: 2 stations\n1 h"),
        (0, "few: 1 station\n2.5 h"),
    ]
    figure = plot_wins(
        declared(x_by=ratio.model_dump(), y_by=delay.model_dump()),
        replace(made, metrics=plans),
        LOOKS,
        "made",
    )
    places = {text.get_position(): text.get_text()[0] for text in figure.axes[0].texts}
    # The slow, with which Melding wins, are to the right now.
    assert places == {(0, 0): "H", (1, 0): "M", (0, 1): "H", (1, 1): "M"}


NAN = math.nan
SAME = {"source": "seen: a", "metric": "m", "covers": "seeds"}
VERDICTS = pd.DataFrame(
    [
        ("X1", "One", 0, NAN, 0.01, 0.2, 0.1, 0.3, "accuracy", 0.01, "reproduced"),
        ("X2", "Two", NAN, 0.5, NAN, 0.7, 0.6, 0.8, "times", 0, "not reproduced"),
        ("X3", "Three", -1, 1, NAN, 0.9, 0.5, 1.2, "slope", 0.4, "undecided"),
        ("X4", "Four", 1, 1, NAN, NAN, NAN, NAN, "share", NAN)
        + ("not testable here: no sweep",),
        ("X5", "Five", NAN, 1, NAN, math.inf, 2, math.inf, "times", NAN)
        + ("not reproduced",),
        ("X6", "Six", 0, NAN, 0.01, 0, -0.001, 0.001, "accuracy", 1e-3)
        + ("equivalent",),
        ("X7", "Seven", 1e9, 1e13, NAN, 3e11, 3e11, 3e11, "bits", NAN)
        + ("holds by derivation",),
    ],
    columns=[c for c in COLUMNS if c not in {*SAME, "p_adjusted"}],
)
VERDICTS = VERDICTS.assign(**SAME, p_adjusted=2 * VERDICTS["p_value"])[COLUMNS]


def scoreboard():
    return plot_scoreboard(VERDICTS, "made")


def test_the_scoreboard_has_all_claims_edges_and_values():
    (axes,) = scoreboard().axes
    words = {text.get_text() for text in axes.texts}
    assert {"X1", "Two", "at most 0.5", "-1 to 1"} <= words
    assert {"at least 0,", "margin 1", "p = 0.02", "p < 0.001"} <= words
    assert {"20 (10 to 30) points", "0.9 (0.5 to 1.2) slope", "no sweep"} <= words
    assert {"infinite (2 to infinite) times", "not testable here", "undecided"} <= words


def test_long_edges_take_two_lines_that_do_not_reach_the_values():
    figure = scoreboard()
    (axes,) = figure.axes
    figure.draw_without_rendering()
    boxes = {t.get_text(): t.get_window_extent() for t in axes.texts}
    assert boxes["1e+09 to"].x1 < boxes["3e+11 bits"].x0


def test_the_scoreboard_counts_each_kind_of_verdict_apart():
    figure = scoreboard()
    (axes,) = figure.axes
    counts = [t for t in axes.texts if t.get_text()[0].isdigit()][:6]
    assert [t.get_text() for t in counts] == [
        "1 reproduced",
        "2 not reproduced",
        "1 equivalent",
        "1 undecided",
        "1 holds by derivation",
        "1 not testable here",
    ]
    figure.draw_without_rendering()
    boxes = [t.get_window_extent() for t in counts]
    for one, other in pairwise(boxes):
        assert one.x1 < other.x0


def test_marks_differ_in_shape_for_readers_of_grey():
    (axes,) = scoreboard().axes
    marks = [line for line in axes.lines if line.get_marker() not in (None, "None")]
    shapes = [(line.get_marker(), line.get_fillstyle()) for line in marks]
    assert len(shapes) == 6 + len(VERDICTS)
    assert len(set(shapes)) == len(set(shapes[:6])) == 6


@pytest.mark.parametrize("draw", [costs, scoreboard, wins_figure])
def test_figures_are_written_with_the_same_bytes_and_their_scale(draw, tmp_path):
    first, second = tmp_path / "first.svg", tmp_path / "second.svg"
    save(draw(), first)
    save(draw(), second)
    assert first.read_bytes() == second.read_bytes()
    assert "made" in first.read_text()
