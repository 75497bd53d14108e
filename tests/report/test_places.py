"""Ground stations and places of clients: their tables and figures."""

import pandas as pd
import pytest
from matplotlib import pyplot as plt

from fedorbit.report.figures.availability import plot_availability
from fedorbit.report.figures.stations import plot_stations
from fedorbit.report.numbers.availability import availability, with_accuracy

COAST = pd.DataFrame(
    {"line": [0, 0], "longitude_deg": [-10.0, 10.0], "latitude_deg": [0.0, 5.0]}
)
REGIONS = pd.DataFrame({"name": ["A"], "latitude_deg": [48.0], "longitude_deg": [2.0]})
LOOKS = {
    "fedmeld": {"label": "FedMeld", "color": "#0072B2", "linestyle": "-"},
    "hfl": {"label": "HFL", "color": "#D55E00", "linestyle": "--"},
}


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def words(figure):
    return [text.get_text() for text in figure.findobj(plt.Text) if text.get_text()]


@pytest.fixture
def stations():
    return pd.DataFrame(
        {
            "station": ["Best", "Good", "Own", "Poor", "Polar"],
            "averages": [6, 3, 2, 0, 0],
            "passes": [9, 9, 9, 9, 0],
            "latitude_deg": [13.0, 5.0, 0.0, 50.0, 78.0],
            "longitude_deg": [145.0, -2.0, -53.0, 0.0, 15.0],
        }
    )


def test_the_best_stations_and_the_own_one_are_named(stations):
    figure = plot_stations(stations, ["Own"], REGIONS, COAST, "title")
    world, counts = figure.axes
    assert {"Best", "Good", "Own"} <= {text.get_text() for text in world.texts}
    assert {"1 Best", "1 Good", "1 Own", "1"} == {t.get_text() for t in counts.texts}
    # Polar sees no satellite: it is a cross, and no average is counted for it.
    assert sum(bar.get_width() for bar in counts.patches) == 4
    assert "stations; the median has 2.5" in words(figure)


def test_the_accuracy_is_that_of_the_last_evaluation_before_the_model():
    newest = pd.DataFrame(
        {
            "site": ["P", "Q"],
            "time_s": [7200.0, 7200.0],
            "region": ["A", "B"],
            "round": [9, 4],
            "made_s": [3600.0, 1800.0],
        }
    )
    rounds = pd.DataFrame(
        [
            (seed, model, time_s, accuracy + 0.2 * seed)
            for seed in (0, 1)
            for model, time_s, accuracy in (
                ("region/A", 0.0, 0.1),
                ("region/A", 3000.0, 0.5),
                ("region/A", 3700.0, 0.9),
                ("region/B", 1800.0, 0.3),
                ("average", 3600.0, 1.0),
                ("ground", 3600.0, 0.7),
            )
        ],
        columns=["seed", "model", "time_s", "accuracy"],
    )
    found = with_accuracy(newest, rounds).set_index("site")
    assert found["accuracy"].tolist() == pytest.approx([0.6, 0.4])
    assert found["age_h"].tolist() == [1.0, 1.5]
    assert found["hour"].tolist() == [2.0, 2.0]
    server = with_accuracy(newest.assign(region="ground", made_s=3600.0), rounds)
    assert server["accuracy"].tolist() == pytest.approx([0.8, 0.8])


def test_the_share_counts_places_that_have_no_model_yet():
    had = pd.DataFrame(
        {
            "strategy": "fedmeld",
            "hour": [1, 1, 1, 2],
            "age_h": [0.5, 1.0, 0.75, 0.25],
            "accuracy": [0.5, 0.7, 0.6, 0.8],
        }
    )
    table = availability(had, 4).set_index("hour")
    assert table["share"].tolist() == [0.75, 0.25]
    assert table["age_h"].tolist() == [0.75, 0.25]
    assert table.loc[1, "accuracy_p5"] == pytest.approx(0.51)
    assert table.loc[1, "accuracy_p95"] == pytest.approx(0.69)


def test_where_no_place_has_a_model_the_table_has_its_columns_still():
    none = pd.DataFrame(columns=["strategy", "hour", "age_h", "accuracy"])
    columns = list(availability(none, 4).columns)
    assert columns[:4] == ["strategy", "hour", "share", "age_h"] and len(columns) == 9


def test_each_strategy_has_a_map_and_a_line():
    hours = [1.0, 2.0] * 2
    table = pd.DataFrame({"strategy": ["fedmeld"] * 2 + ["hfl"] * 2, "hour": hours})
    for column in ("age_h", "accuracy"):
        for part in ("", "_p5", "_p95"):
            table[column + part] = 0.5
    places = REGIONS.assign(age_h=0.5, strategy="fedmeld")
    figure = plot_availability(table, places, REGIONS, COAST, LOOKS, "title")
    assert {"FedMeld", "HFL", "its test accuracy (%)"} <= set(words(figure))
    ages, accuracies = figure.axes[-2:]
    assert [line.get_label() for line in ages.lines] == ["FedMeld", "HFL"]
    assert accuracies.lines[0].get_ydata().tolist() == [50.0, 50.0]
