"""What cannot be planned is named in tables and figures."""

from dataclasses import replace

import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from tests.report.made_study import LOOKS, RATIO, SPEED, run, tables

from fedorbit.data.homes import region_homes
from fedorbit.plans.plan import PlanBuilder
from fedorbit.report.figures.accuracy import plot_accuracy
from fedorbit.report.figures.costs import plot_costs
from fedorbit.report.figures.declared import SweepFigure, SweepMap
from fedorbit.report.figures.sweeps import plot_sweep
from fedorbit.report.figures.timeline import plot_timeline
from fedorbit.report.figures.wins import plot_wins
from fedorbit.report.numbers.infeasible import list_infeasible, with_reasons
from fedorbit.report.numbers.metrics import metrics, per_run
from fedorbit.report.numbers.rounds import ROUNDS, group_means, summary

RUNS = [
    {"strategy": "fedmeld", "setting": "default"},
    {"strategy": "hfl", "setting": "default"},
]
YES, NO = {"feasible": True, "reason": ""}, {"feasible": False, "reason": "Too short."}
HFL = list_infeasible(RUNS, [YES, NO])


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def test_the_list_has_those_that_cannot_be_planned():
    assert HFL.to_dict("list") == {
        "strategy": ["hfl"],
        "setting": ["default"],
        "reason": ["Too short."],
    }
    assert list_infeasible(RUNS, [YES, YES]).empty


def test_a_table_gets_a_row_and_the_reason():
    table = with_reasons(summary(run("fedmeld", "default", 0.9)), HFL)
    assert table["strategy"].tolist() == ["fedmeld", "hfl"]
    assert table["infeasible"].isna().tolist() == [True, False]
    assert table["infeasible"].iloc[1] == "Too short."
    # Whole numbers stay whole beside the empty cell.
    assert table["rounds"].to_csv(index=False).splitlines() == ["rounds", "32", '""']


def test_a_row_that_is_there_gets_the_reason_and_no_second_row():
    plans = pd.DataFrame({"strategy": ["hfl"], "setting": ["default"], "idle": [1.0]})
    table = with_reasons(plans, HFL)
    assert table[["strategy", "infeasible"]].to_numpy().tolist() == [
        ["hfl", "Too short."]
    ]
    # The share of an empty plan would be taken for a result.
    assert table["idle"].isna().all()


def test_a_study_of_which_nothing_can_be_planned_has_tables():
    none = pd.DataFrame(columns=ROUNDS)
    assert group_means(none).empty
    both = list_infeasible(RUNS, [NO, NO])
    assert with_reasons(summary(none), both)["strategy"].tolist() == ["fedmeld", "hfl"]
    figure = plot_accuracy(none, LOOKS, 4.0, "none")
    (words,) = [text.get_text() for text in figure.axes[0].texts]
    assert words == "infeasible:\nMelding\nHierarchy"


def test_the_figures_of_a_study_say_infeasible():
    rounds = run("fedmeld", "default", 0.9)
    figure = plot_accuracy(rounds, LOOKS, 24.0, "made")
    labels = [text.get_text() for text in figure.axes[0].texts]
    assert labels == ["infeasible:\nHierarchy", "Melding"]
    plans = pd.DataFrame({"strategy": [*LOOKS], "setting": "default"})
    table = with_reasons(metrics(per_run(rounds, 0.6), plans), HFL)
    costs = plot_costs(table, LOOKS, 0.6, "made")
    assert "infeasible" in [text.get_text() for text in costs.axes[0].texts]
    empty = {"hfl": PlanBuilder().build()}
    timeline = plot_timeline(empty, region_homes(["A"], 1), [], LOOKS, 1.0)
    assert timeline.axes[0].get_title() == "Hierarchy: infeasible"


def without(made, strategy: str, value: float):
    """Return tables in which a strategy cannot be planned at a swept value."""
    key = made.cells.columns[-1]
    is_gone = (made.cells["strategy"] == strategy) & (made.cells[key] == value)
    gone = made.cells[is_gone]
    names = set(gone["setting"])
    is_left = ~(
        (made.rounds["strategy"] == strategy) & made.rounds["setting"].isin(names)
    )
    return replace(made, rounds=made.rounds[is_left], infeasible=gone)


def test_a_sweep_marks_where_a_strategy_cannot_be_planned():
    made = tables(lambda *_: 0.8, ["fedmeld", "hfl"], {RATIO: [0.1, 0.5]})
    declared = SweepFigure(sweep="made", x=RATIO, y=["accuracy"])
    (axes,) = plot_sweep(declared, without(made, "hfl", 0.5), LOOKS, "made").axes
    (mark,) = [line for line in axes.lines if line.get_marker() == "x"]
    assert mark.get_xdata().tolist() == [0.5]
    # Above the panel, where no line is.
    assert (mark.get_ydata() > 1).all()
    assert mark.get_label() == "Hierarchy: infeasible"
    assert to_hex(mark.get_color()) == "#fe4321"
    assert sorted(len(bars.lines[0].get_xdata()) for bars in axes.containers) == [1, 2]


@pytest.mark.parametrize("at", [["end"], ["over_time"]])
def test_a_sweep_of_which_nothing_can_be_planned_has_a_figure(at):
    made = tables(lambda *_: 0.8, ["hfl"], {RATIO: [0.1, 0.5]})
    none = replace(made, rounds=made.rounds[:0], infeasible=made.cells)
    declared = SweepFigure(sweep="made", x=RATIO, y=["accuracy"], at=at, best="hfl")
    (axes,) = plot_sweep(declared, none, LOOKS, "made").axes
    (mark,) = [line for line in axes.lines if line.get_marker() == "x"]
    assert sorted(mark.get_xdata()) == [0.1, 0.5]
    both = tables(lambda *_: 0.8, [*LOOKS], {RATIO: [0.1, 0.5], SPEED: [1e9, 1e10]})
    none = replace(both, rounds=both.rounds[:0], infeasible=both.cells)
    declared = SweepMap(draw="map", sweep="made", x=RATIO, y=SPEED, strategies=[*LOOKS])
    figure = plot_wins(declared, none, LOOKS, "made")
    assert {t.get_text() for axes in figure.axes for t in axes.texts} == {"infeasible"}


def test_a_strategy_that_cannot_be_planned_does_not_compete_in_a_map():
    made = tables(
        lambda name, _: 0.9 if name == "hfl" else 0.8,
        ["fedmeld", "hfl"],
        {RATIO: [0.1, 0.5], SPEED: [1e9, 1e10]},
    )
    declared = SweepMap(draw="map", sweep="made", x=RATIO, y=SPEED, strategies=[*LOOKS])
    figure = plot_wins(declared, without(made, "hfl", 1e10), LOOKS, "made")
    axes = figure.axes[0]
    words = {text.get_position(): text.get_text() for text in axes.texts}
    # Alone, Melding leads nobody.
    assert words[0, 1] == words[1, 1] == "Melding"
    assert words[0, 0].startswith("Hierarchy\n+")
