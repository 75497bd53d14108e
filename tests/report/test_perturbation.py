import math

import pandas as pd
import pytest
from matplotlib import pyplot as plt
from tests.plans.test_exchanges import table_of
from tests.plans.test_refly import GAP, STEADY

from fedorbit.report.figures.perturbation import (
    MODEL,
    SNAPSHOTS,
    accuracy_by_age,
    perturbation_table,
    plot_accuracy_by_age,
    plot_perturbation,
)
from fedorbit.report.figures.style import save

CASES = [
    {"case": f"{source}={age}", "source": source, "age_days": age, "patience_s": 0.0}
    for source, age in ((SNAPSHOTS, 12.5), (MODEL, 7.0), (MODEL, 0.0))
]


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def table():
    lost, same = table_of(STEADY, GAP, 0.0), table_of(STEADY, STEADY, 0.0)
    return perturbation_table(CASES, [lost, lost, same])


def test_cases_stand_by_source_and_age(table):
    assert table["case"].tolist() == ["drift=0.0", "drift=7.0", "snapshots=12.5"]
    # One of six exchanges is lost, and it would be so alone.
    assert table["lost_percent"].tolist() == [0, 16.667, 16.667]
    assert table["lost_alone_percent"].tolist() == [0, 16.667, 16.667]


def test_accuracy_is_that_of_the_last_round_of_each_seed():
    rows = [
        ("fedmeld", setting, seed, number, 10.0 * number, f"region/{region}", accuracy)
        for setting, last in (("a", 0.5), ("b", 0.9))
        for seed in range(3)
        for number, level in ((1, 0.1), (2, last + 0.01 * seed))
        for region, accuracy in (("A", level), ("B", level + 0.02))
    ]
    columns = ["strategy", "setting", "seed", "round", "time_s", "model", "accuracy"]
    rounds = pd.DataFrame(rows, columns=columns).assign(
        group="region",
        part="test",
        loss=1.0,
        bits_access=0,
        bits_feeder=0,
        bits_isl=0,
        bits_carried=0,
    )
    cases = pd.DataFrame(
        {"setting": ["b", "a"], "source": [MODEL, MODEL], "age_days": [0.0, 7.0]}
    )
    found = accuracy_by_age(rounds, cases)
    assert found["setting"].tolist() == ["b", "a"]
    assert found["mean"].tolist() == pytest.approx([0.92, 0.52])
    # Student's t of 2 degrees of freedom is 4.303; the standard error 0.01 / sqrt(3).
    width = 4.303 * 0.01 / math.sqrt(3)
    assert found["high"].tolist() == pytest.approx(
        [0.92 + width, 0.52 + width], abs=1e-4
    )
    assert len(plot_accuracy_by_age(found).axes[0].lines) > 0


def test_a_figure_of_exchanges_shows_what_the_table_holds(table, tmp_path):
    figure = plot_perturbation(table)
    lost, shift, idle = figure.axes
    ages, percent = lost.lines[0].get_data()
    assert list(ages) == [0, 7] and list(percent) == [0, 16.667]
    for axes in (lost, shift, idle):
        assert axes.get_xlabel() == "age of elements (days)"
        low, high = axes.get_xlim()
        assert low < 0 and high > 12.5
    assert "(s)" in shift.get_ylabel() and "(s)" in idle.get_ylabel()
    save(figure, tmp_path / "a.svg")
    save(plot_perturbation(table), tmp_path / "b.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_a_source_without_cases_is_left_out(table):
    own = table[table["source"] == MODEL]
    figure = plot_perturbation(own)
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["ideal shell that drifts", "if regions were as far as planned"]
