"""Studies beside one another: what the figure shows, and the joined table."""

import pandas as pd
import pytest
from tests.report.made_study import LOOKS, run

from fedorbit.report.figures.together import Row, plot_together
from fedorbit.report.numbers.together import together

GIGABIT = 1e9
BITS = {"bits_access": 16 * GIGABIT, "bits_feeder": 8 * GIGABIT, "bits_isl": 0.0}


def row(title, bound=None, hours=24.0) -> Row:
    """Return a study in which FedMeld ends at 0.9 and hierarchical FL at 0.8."""
    rounds = pd.concat(
        [run("fedmeld", "default", 0.9, hours), run("hfl", "default", 0.8, hours)]
    )
    own = [{"strategy": s, "idle_share": 0.25} | BITS for s in LOOKS]
    return Row(title, rounds, pd.DataFrame(own), LOOKS, 24.0, "region", bound)


def words(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_each_study_has_three_panels_with_its_numbers():
    figure = plot_together([row("above"), row("below", bound="hfl")], "a title")
    above, below = figure.axes[:3], figure.axes[3:6]
    assert [above[0].get_title("left"), below[0].get_title("left")] == [
        "above",
        "below",
    ]
    ends = sorted(
        line.get_ydata()[-1] for line in above[0].lines if len(line.get_xdata()) > 2
    )
    # Seeds lie evenly around the levels; half of the way is gone four times.
    assert ends == pytest.approx([100 * (0.1 + p * (1 - 0.5**4)) for p in (0.7, 0.8)])
    # 16 + 8 Gbit are 3 GB.
    assert words(above[2]) == ["3.0, idle 25 %"] * 2
    assert [t.get_text() for t in above[2].get_yticklabels()] == [
        "Melding",
        "Hierarchy",
    ]


def test_a_bound_is_a_line_and_has_no_bars():
    figure = plot_together([row("below", bound="hfl")], "a title")
    left, _, right = figure.axes[:3]
    assert [t.get_text() for t in right.get_yticklabels()] == ["Melding"]
    level = 100 * (0.1 + 0.7 * (1 - 0.5**4))
    flat = [line.get_ydata()[0] for line in left.lines if len(line.get_xdata()) == 2]
    assert any(value == pytest.approx(level) for value in flat)
    assert "Hierarchy" in words(left) and "start, pretrained" in words(left)


@pytest.mark.parametrize(("hours", "scale"), [(24.0, "linear"), (0.5, "log")])
def test_hours_are_logarithmic_where_all_is_over_soon(hours, scale):
    figure = plot_together([row("only", hours=hours)], "a title")
    assert figure.axes[0].get_xscale() == scale


def test_the_table_names_the_study_of_each_row():
    one = pd.DataFrame({"strategy": ["ems"], "accuracy": [0.9]})
    other = pd.DataFrame(
        {"strategy": ["split"], "accuracy": [0.8], "idle_share": [0.1]}
    )
    joined = together({"ground": one, "orbit": other})
    assert list(joined.columns) == ["study", "strategy", "accuracy", "idle_share"]
    assert joined["study"].tolist() == ["ground", "orbit"]
    assert joined["accuracy"].tolist() == [0.9, 0.8]
