import math

import pandas as pd
import pytest
from matplotlib import pyplot as plt
from tests.plans.test_exchanges import table_of
from tests.plans.test_refly import GAP, STEADY

from fedorbit.report.figures.perturbation import plot_perturbation
from fedorbit.report.figures.style import save
from fedorbit.report.numbers.perturbation import perturbation_table

LOOK = {"label": "FedMeld", "color": "#0072B2", "linestyle": "-"}


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def rounds_that_end_at(last):
    """Return tidy rounds of two regions and three seeds that end near an accuracy."""
    rows = [
        ("fedmeld", "default", seed, number, 10.0 * number, model, level + more)
        for seed in range(3)
        for number, level in ((1, 0.1), (2, last + 0.01 * seed))
        for model, more in (("region/A", 0), ("region/B", 0.02), ("average", 0.05))
    ]
    columns = ["strategy", "setting", "seed", "round", "time_s", "model", "accuracy"]
    sent = dict.fromkeys(("access", "feeder", "isl", "carried"), 0)
    return pd.DataFrame(rows, columns=columns).assign(
        loss=1.0,
        part="test",
        exchanges=0,
        weight_s=10.0,
        group=[row[5].partition("/")[0] for row in rows],
        **{f"bits_{link}": bits for link, bits in sent.items()},
    )


@pytest.fixture(scope="module")
def table():
    same, lost, waits = (
        table_of(STEADY, passes, patience_s).assign(patience_s=patience_s)
        for passes, patience_s in ((STEADY, 0.0), (GAP, 0.0), (GAP, 7.0))
    )
    exchanges = {0: same, 7: pd.concat([lost, waits])}
    rounds = {0: rounds_that_end_at(0.9), 7: rounds_that_end_at(0.5)}
    return perturbation_table(exchanges, rounds, 0.0)


def test_a_row_for_each_patience_and_age_by_hand(table):
    cases = table[["patience_s", "age_days"]].to_numpy().tolist()
    assert cases == [[0, 0], [0, 7], [7, 7]]
    # One of six exchanges is lost, and it would be so alone.
    assert table["lost_percent"].tolist()[:2] == [0, 16.667]
    assert table["lost_alone_percent"].tolist()[:2] == [0, 16.667]


def test_accuracy_is_that_of_the_last_round_of_each_seed(table):
    assert table["accuracy"].tolist()[:2] == pytest.approx([0.92, 0.52])
    # Student's t of 2 degrees of freedom is 4.303; the standard error 0.01 / sqrt(3).
    width = 4.303 * 0.01 / math.sqrt(3)
    assert table["accuracy_high"].tolist()[:2] == pytest.approx(
        [0.92 + width, 0.52 + width], abs=1e-4
    )
    # The plan that waits for 7 s was not trained.
    assert table.filter(like="accuracy").iloc[2].isna().all()


def test_a_figure_shows_what_the_table_holds(table, tmp_path):
    figure = plot_perturbation(table, 0.0, LOOK, "a title")
    lost, shift, wait, accuracy = figure.axes
    drawn = [line.get_xydata().tolist() for line in lost.lines]
    share = table["lost_percent"].tolist()
    assert drawn == [[[0, 0], [7, 16.667]], [[0, 0], [7, 16.667]], [[7, share[2]]]]
    assert [line.get_color() for line in lost.lines] == ["#0072B2"] * 2 + ["0.45"]
    assert accuracy.lines[0].get_ydata().tolist() == pytest.approx([92, 52])
    for axes in (wait, accuracy):
        assert axes.get_xlabel() == "age of elements (days)"
        low, high = axes.get_xlim()
        assert low < 0 and high > 7
    assert "(s)" in shift.get_ylabel() and "(s)" in wait.get_ylabel()
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == [
        "waits 0 s longer than planned",
        "0 s, if regions were as far as planned",
        "waits 7 s longer than planned",
    ]
    save(figure, tmp_path / "a.svg")
    save(plot_perturbation(table, 0.0, LOOK, "a title"), tmp_path / "b.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
