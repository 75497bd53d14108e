import numpy as np
import pandas as pd
import pytest

from fedorbit.report.figures.leakage import plot_leakage
from fedorbit.report.numbers.leakage import LEAKAGE, leakage_table

# Clusters A and B of two experts each; the second seed leaks more.
MASS = {
    0: [[0.5, 0.4, 0.1, 0.0], [0.1, 0.1, 0.5, 0.3]],
    1: [[0.3, 0.3, 0.2, 0.2], [0.2, 0.3, 0.3, 0.2]],
}
OWN = np.array([[1, 1, 0, 0], [0, 0, 1, 1]], dtype=bool)


def experts():
    tables = []
    for seed, mass in MASS.items():
        row, number = np.indices(OWN.shape).reshape(2, -1)
        own = {"seed": seed, "cluster": np.array(["A", "B"])[row], "number": number}
        own |= {"mass": np.array(mass)[row, number], "assigned": OWN[row, number]}
        tables.append(pd.DataFrame(own))
    return pd.concat(tables, ignore_index=True)


def test_what_gates_leak_by_hand():
    """A's experts have .1 of .6 and .1 of .5 of their mass elsewhere with seed 0."""
    table = leakage_table(experts(), ["B", "A"])
    assert list(table.columns) == LEAKAGE
    assert table["cluster"].tolist() == ["B", "A", "B", "A"]
    assert table["leakage"].tolist() == pytest.approx([0.2, 0.1, 0.5, 0.4])
    assert table["foreign"].iloc[1] == pytest.approx((1 / 6 + 1 / 5) / 2)
    assert table["out_of_field"].tolist() == [False, False, True, True]


def test_the_maps_show_means_over_seeds_and_what_clusters_have():
    use = experts().rename(columns={"mass": "before"})
    # With two experts each, samples pass their cluster's alone.
    use["after"] = 0.5 * use["assigned"]
    figure = plot_leakage(use, ["A", "B"], "made up")
    before, after = figure.axes
    texts = [text.get_text() for text in before.texts]
    assert texts == [".40", ".35", ".15", ".10", ".15", ".20", ".40", ".25"]
    # Nothing is written where there is nothing.
    assert [text.get_text() for text in after.texts] == [".50"] * 4
    places = [text.get_position() for text in after.texts]
    assert places == [(0.5, 0.5), (1.5, 0.5), (2.5, 1.5), (3.5, 1.5)]
    for axes in (before, after):
        assert len(axes.patches) == OWN.sum()
    assert "0.30, within" in figure.get_suptitle()
