import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.collections import QuadMesh

from fedorbit.report.figures.designs import plot_designs, plot_forecasts, plot_pareto
from fedorbit.report.figures.looks import load_plotting


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture
def looks(project):
    names = ["fedmeld", "hfl"]
    found = load_plotting(project / "config/plotting.yaml", names)["strategies"]
    return {name: found[name] for name in names}


@pytest.fixture
def table():
    """Return two constellations by two masks by two numbers of stations.

    FedMeld has no use for stations, and no average with the few satellites.
    """
    rows = []
    for planes in (1, 4):
        for mask_deg in (10.0, 25.0):
            for stations in (1, 3):
                ground = (planes, 2, 550.0, "delta", 53.0, mask_deg, stations)
                few = np.nan if planes == 1 else mask_deg / 10
                rows.append((*ground, "fedmeld", few, "few" if planes == 1 else None))
                rows.append((*ground, "hfl", 8.0 / planes / stations, None))
    columns = ["planes", "satellites_per_plane", "altitude_km", "pattern"]
    columns += ["inclination_deg", "min_elevation_deg", "stations", "strategy"]
    found = pd.DataFrame(rows, columns=[*columns, "hours_per_average", "reason"])
    return found.assign(hours_to_target=3 * found["hours_per_average"])


def meshes(figure):
    return [
        own
        for axes in figure.axes
        for own in axes.collections
        if isinstance(own, QuadMesh) and axes.get_title("left")
    ]


def test_the_map_has_rows_of_stations_only_where_these_matter(table, looks):
    figure = plot_designs(table, looks, "t")
    meld, hfl = meshes(figure)
    assert meld.get_array().tolist() == [[None, 1.0], [None, 2.5]]
    expected = [[8, 2], [8 / 3, 2 / 3]] * 2
    np.testing.assert_allclose(hfl.get_array(), expected)
    panels = [axes for axes in figure.axes if axes.get_title("left")]
    assert [axes.get_title("left") for axes in panels] == ["FedMeld", "Hierarchical FL"]
    words = [[label.get_text() for label in a.get_yticklabels()] for a in panels]
    assert words[0] == ["550 km, delta 53°, mask 10°", "550 km, delta 53°, mask 25°"]
    assert words[1][0] == "550 km, delta 53°, mask 10°\n1 to 3 stations, upwards"


def test_the_fronts_are_those_of_each_strategy(table, looks):
    figure = plot_pareto(table, looks, "t")
    left, right = figure.axes
    named = {line.get_label(): line.get_xydata().tolist() for line in left.lines}
    assert named["FedMeld"] == [[8, 1]]
    assert named["Hierarchical FL"] == [[2, pytest.approx(8 / 3)], [8, 2 / 3]]
    named = {line.get_label(): line.get_xydata().tolist() for line in right.lines}
    assert named["Hierarchical FL"] == [[2, 8], [8, 2]]


def test_forecasts_have_points_where_both_sides_are_known(looks):
    rows = [("fedmeld", 2.0, 4.0), ("fedmeld", 3.0, np.nan), ("hfl", np.nan, 1.0)]
    columns = ["strategy", "forecast_hours", "trained_hours"]
    figure = plot_forecasts(pd.DataFrame(rows, columns=columns), looks, 0.85, "t")
    line, meld, hfl = figure.axes[0].lines
    assert meld.get_xydata().tolist() == [[2, 4]] and len(hfl.get_xydata()) == 0
    assert meld.get_label() == "FedMeld\n(1 of 2 cells)"
    assert hfl.get_label() == "Hierarchical FL\n(0 of 1 cells)"
    assert line.get_xydata().tolist() == [[2, 2], [4, 4]]
